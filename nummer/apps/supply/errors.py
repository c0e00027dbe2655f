"""Refusals of supply."""

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchSupplier(Refusal):
    """No wholesaler with that code is connected here."""

    code: ClassVar[str] = "no_such_supplier"
    sentence: ClassVar[str] = gettext_noop("This supplier is not connected.")


class SupplierNotGenuine(Refusal):
    """What calls itself a wholesaler's message is not signed by him."""

    code: ClassVar[str] = "supplier_not_genuine"
    sentence: ClassVar[str] = gettext_noop("The message is not signed by the supplier.")


class LeastNotPossible(Refusal):
    """A least stock or balance is no whole number from 0 on, or no sum."""

    code: ClassVar[str] = "least_not_possible"
    sentence: ClassVar[str] = gettext_noop("This cannot be the least. Please give another value.")
