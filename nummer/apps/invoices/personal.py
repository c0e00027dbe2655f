"""What invoices keep about people."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import (
    Basis,
    Category,
    Copied,
    Erased,
    Inventory,
    Keep,
    NotPersonal,
    Personal,
    Purpose,
)


def _taxed(*, plain: str = "", category: Category = Category.PURCHASE) -> Personal:
    return Personal(
        category=category,
        purpose=Purpose.ACCOUNTING,
        basis=Basis.LAW,
        kept=Keep.BOOKS,
        copied=Copied.PLAIN,
        erased=Erased.LATER,
        plain=plain,
    )


_SUMMED = _taxed(plain="summed by SQL; it names nobody but the account's number")
_OWNER = _taxed(plain="the number by which all rows of a customer are found")
_WHEN = _taxed(plain="compared and ordered by SQL")
_COUNTRY = _taxed(plain="sums of the tax report are made by country", category=Category.PROFILE)
_PIECES = _taxed(category=Category.PROFILE)
_ADDRESSEE = _taxed(category=Category.CONTACT)
_CUT = NotPersonal("how far the journal is covered")
_ID = NotPersonal("random, with the time in it")

PERSONAL: Final[Inventory] = {
    "invoices_month": dict.fromkeys(
        ("month", "ends_at", "opened_at", "seen_before_tx"), NotPersonal("about a month")
    ),
    "invoices_owed": {
        "account_id": _OWNER,
        "month": _WHEN,
        "due_at": NotPersonal("when to write it"),
    },
    "invoices_mark": {
        "account_id": _OWNER,
        "until_at": _CUT,
        "through_line": _CUT,
        "first_open_line": _CUT,
    },
    "invoices_series": dict.fromkeys(("kind", "year", "last"), NotPersonal("a counter")),
    "invoices_issued": {
        **dict.fromkeys(("kind", "year", "serial"), NotPersonal("a running number")),
        "account_id": _OWNER,
        "document_id": _ID,
    },
    "invoices_document": {
        "account_id": _OWNER,
        "id": _ID,
        **dict.fromkeys(("kind", "year", "serial", "month"), _SUMMED),
        **dict.fromkeys(("currency", "net_micro", "tax_micro", "total_micro"), _SUMMED),
        **dict.fromkeys(("until_at", "through_line"), _CUT),
        "issued_at": _WHEN,
        "form": NotPersonal("the layout of the page"),
        "content": _taxed(),
        "evidence_id": _ID,
    },
    "invoices_line": {
        "account_id": _OWNER,
        "document_id": _ID,
        "place": NotPersonal("the place of a line within its document"),
        **dict.fromkeys(
            (
                "service_code",
                "country",
                "tax_country",
                "rate_bp",
                "treatment",
                "of_year",
                "of_serial",
                "quantity",
                "net_micro",
                "tax_micro",
            ),
            _SUMMED,
        ),
    },
    "invoices_evidence": {
        "account_id": _OWNER,
        "id": _ID,
        "country": _COUNTRY,
        "confirmed": _taxed(plain="the staff look for what is not confirmed"),
        "pieces": _PIECES,
        "noted_at": _WHEN,
    },
    "invoices_taxnumber": {
        "account_id": _OWNER,
        "id": _ID,
        "country": _COUNTRY,
        "number": _ADDRESSEE,
        **dict.fromkeys(("given_at", "checked_at", "withdrawn_at"), _WHEN),
    },
    "invoices_addressee": {
        "account_id": _OWNER,
        "id": _ID,
        "name": _ADDRESSEE,
        "address": _ADDRESSEE,
        "given_at": _WHEN,
    },
}
