"""What payments keep about people; nothing of a card, an account at a bank or a wallet."""

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

PAID: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="compared and summed in SQL; once the account is erased the id names nobody",
)
DOUBLE: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="looked up by the provider's word; the top-up holds the same",
)

PERSONAL: Final[Inventory] = {
    "payments_topup": {
        "account_id": PAID,
        "id": PAID,
        "amount_micro": PAID,
        "currency": PAID,
        "provider": PAID,
        "method": PAID,
        "refundable": NotPersonal("a property of the method"),
        "provider_reference": PAID,
        "pay_url": DOUBLE,
        "state": PAID,
        "started_at": PAID,
        "closed_at": PAID,
    },
    "payments_reference": {
        "id": NotPersonal("a counter"),
        "provider": DOUBLE,
        "reference": DOUBLE,
        "account_id": DOUBLE,
        "top_up_id": DOUBLE,
    },
    "payments_notice": {
        "id": NotPersonal("random, with the time in it"),
        "provider": DOUBLE,
        "event_id": DOUBLE,
        "reference": DOUBLE,
        "paid": DOUBLE,
        "amount_micro": DOUBLE,
        "currency": DOUBLE,
        "outcome": DOUBLE,
        "received_at": DOUBLE,
    },
}
