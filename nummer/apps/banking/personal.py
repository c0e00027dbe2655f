"""What banking keeps about people: sums and references. Nothing of a payer's name or account."""

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

_BOOKED: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="matched and summed in SQL; the customer's copy has the same in his top-up",
)
_BANKS: Final = NotPersonal("how the bank writes its statements")
_STAFF: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.EVIDENCE,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="who decided on money; compared by a constraint",
)

PERSONAL: Final[Inventory] = {
    "banking_reference": {
        "number": NotPersonal("a counter"),
        **dict.fromkeys(("word", "subject", "account_id", "subject_id", "drawn_at"), _BOOKED),
    },
    "banking_statement": {
        **dict.fromkeys(
            (
                "id",
                "account",
                "statement",
                "made",
                "opening_micro",
                "closing_micro",
                "entries",
                "taken_at",
                "finished_at",
            ),
            _BANKS,
        ),
        "actor": _STAFF,
    },
    "banking_entry": {
        "id": NotPersonal("random, with the time in it"),
        "key": NotPersonal("a digest of what the bank calls the entry"),
        "statement_id": _BANKS,
        "place": _BANKS,
        "account": _BANKS,
        **dict.fromkeys(
            (
                "amount_micro",
                "currency",
                "reversal",
                "booked_on",
                "bank_reference",
                "word",
                "state",
                "reason",
                "account_id",
                "top_up_id",
                "deed",
                "why",
                "taken_at",
                "closed_at",
            ),
            _BOOKED,
        ),
        "first": _STAFF,
        "second": _STAFF,
    },
    "banking_look": dict.fromkeys(
        ("place", "looked_at"), NotPersonal("when a folder was looked into")
    ),
}
