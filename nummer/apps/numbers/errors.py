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
