"""Refusals of numbers and activations."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class OutOfStock(Refusal):
    """No number of that service and country is free."""

    code: ClassVar[str] = "out_of_stock"
    sentence: ClassVar[str] = gettext_noop(
        "There is no free number for this service and country at the moment."
    )


class NoSuchActivation(Refusal):
    """The account has no activation with that id."""

    code: ClassVar[str] = "no_such_activation"
    sentence: ClassVar[str] = gettext_noop("There is no such order in your account.")


class ActivationClosed(Refusal):
    """The activation has ended already; `state` says how."""

    code: ClassVar[str] = "activation_closed"
    sentence: ClassVar[str] = gettext_noop("This order has already ended.")


class NoCodeYet(Refusal):
    """Finishing or asking for another code needs a first one."""

    code: ClassVar[str] = "no_code_yet"
    sentence: ClassVar[str] = gettext_noop("No code has come yet, so there is nothing to finish.")


class NumberOfOtherUse(Refusal):
    """A number is in the stock for something else, which never changes (ADR 202)."""

    code: ClassVar[str] = "number_of_other_use"
    sentence: ClassVar[str] = gettext_noop(
        "This number is in the stock already, to be sold or rented. Choose another one."
    )


class SheetTooLarge(Refusal):
    """The file is longer than an import takes; `limit` is in megabytes."""

    code: ClassVar[str] = "sheet_too_large"
    sentence: ClassVar[str] = gettext_noop(
        "The file is too large. Divide it: up to %(limit)s MB and 200,000 lines are possible."
    )


class SheetEmpty(Refusal):
    """The file has no line below its heading."""

    code: ClassVar[str] = "sheet_empty"
    sentence: ClassVar[str] = gettext_noop("The file has no numbers in it.")


class SheetBroken(Refusal):
    """The file cannot be trusted from `line` on: odd bytes, an endless line, an open quote."""

    code: ClassVar[str] = "sheet_broken"
    sentence: ClassVar[str] = gettext_noop(
        "The file cannot be read at line %(line)s. Nothing was imported."
    )


class SheetColumnMissing(Refusal):
    """The heading lacks `column`, or has it twice."""

    code: ClassVar[str] = "sheet_column_missing"
    sentence: ClassVar[str] = gettext_noop(
        "The first line must name the column %(column)s once. Nothing was imported."
    )


class NoSuchImport(Refusal):
    """No import has that id."""

    code: ClassVar[str] = "no_such_import"
    sentence: ClassVar[str] = gettext_noop("There is no such import.")
