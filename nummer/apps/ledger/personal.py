"""What the ledger's columns say about people (the tables lie in the schema `ledger`)."""

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

BOOKED: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="sums are computed in SQL; once the account is erased the id names nobody",
)
RESERVED: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="sums are computed in SQL; once the account is erased the id names nobody",
)
DERIVED: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="it follows from the sums of the same wallet",
)

PERSONAL: Final[Inventory] = {
    "ledger.book": {
        "code": NotPersonal("an account of the operator"),
        "name": NotPersonal("an account of the operator"),
        "class": NotPersonal("an account of the operator"),
    },
    "ledger.kind": {
        "code": NotPersonal("a word of the ledger"),
        "name": NotPersonal("a word of the ledger"),
    },
    "ledger.wallet": {
        "account_id": BOOKED,
        "currency": BOOKED,
        "balance": BOOKED,
        "promo": BOOKED,
        "held": BOOKED,
        "earmarked": BOOKED,
        "last_line": NotPersonal("a counter of lines"),
        "opened_at": BOOKED,
    },
    "ledger.transfer": {
        "account_id": BOOKED,
        "id": BOOKED,
        "leg": NotPersonal("the place of a part within its operation"),
        "line": NotPersonal("a counter of lines"),
        "kind": BOOKED,
        "book": BOOKED,
        "fund": BOOKED,
        "currency": BOOKED,
        "amount": BOOKED,
        "promo": BOOKED,
        "balance_after": DERIVED,
        "promo_after": DERIVED,
        "held_after": DERIVED,
        "earmarked_after": DERIVED,
        "reference": BOOKED,
        "reverses": BOOKED,
        "clause": BOOKED,
        "booked_at": BOOKED,
        "tx": NotPersonal("the database's own number of the transaction"),
    },
    "ledger.hold": {
        "account_id": RESERVED,
        "id": RESERVED,
        "kind": RESERVED,
        "reference": RESERVED,
        "asked": RESERVED,
        "amount": RESERVED,
        "captured": RESERVED,
        "state": RESERVED,
        "opened_at": RESERVED,
        "expires_at": RESERVED,
        "closed_at": RESERVED,
    },
    "ledger.earmark": {
        "account_id": RESERVED,
        "id": RESERVED,
        "amount": RESERVED,
        "changed_at": RESERVED,
    },
    "ledger.book_balance": {
        "book": NotPersonal("a sum over all customers"),
        "currency": NotPersonal("a sum over all customers"),
        "amount": NotPersonal("a sum over all customers"),
        "transfers": NotPersonal("a sum over all customers"),
    },
    "ledger.day_total": dict.fromkeys(
        ("day", "kind", "currency", "amount", "transfers"),
        NotPersonal("a sum over all customers"),
    ),
    "ledger.rollup_mark": {
        "single": NotPersonal("the mark of the roll-up"),
        "first_uncounted_tx": NotPersonal("the mark of the roll-up"),
        "rolled_at": NotPersonal("the mark of the roll-up"),
    },
}
