"""Refusals of invoices."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchInvoice(Refusal):
    """The account has no invoice and no credit note with that id."""

    code: ClassVar[str] = "no_such_invoice"
    sentence: ClassVar[str] = gettext_noop("There is no such invoice in your account.")


class OnlyForCompanies(Refusal):
    """A person gave a tax number; only companies have one here."""

    code: ClassVar[str] = "only_for_companies"
    sentence: ClassVar[str] = gettext_noop("Only companies can give a tax number.")


class TaxNumberRefused(Refusal):
    """The number cannot exist, is another country's, or nobody can check those of the country."""

    code: ClassVar[str] = "tax_number_refused"
    sentence: ClassVar[str] = gettext_noop(
        "This is not a tax number of your country. Please look for typing errors."
    )


class NoSuchTaxNumber(Refusal):
    """The account gave no tax number, or withdrew it."""

    code: ClassVar[str] = "no_such_tax_number"
    sentence: ClassVar[str] = gettext_noop("There is no tax number in this account.")


class AddresseeRefused(Refusal):
    """Name or address is too long, or has signs that nobody writes."""

    code: ClassVar[str] = "addressee_refused"
    sentence: ClassVar[str] = gettext_noop(
        "Please write a name of one line and an address of at most six lines."
    )
