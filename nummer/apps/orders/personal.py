"""What orders keep about people."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import (
    Basis,
    Category,
    Copied,
    Erased,
    Inventory,
    Keep,
    Personal,
    Purpose,
)

_BOUGHT = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.PLAIN,
    erased=Erased.LATER,
    plain="what was sold for how much is bookkeeping; it names nobody but the account's number",
)
_AGREED = Personal(
    category=Category.AGREEMENT,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="consents and text versions are evidence that decisions compare; they name nobody",
)

_NOTED = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.SESSION,
    copied=Copied.NO,
    erased=Erased.DELETED,
    plain="ids that live for a minute, so that a repeated purchase buys once",
)

PERSONAL: Final[Inventory] = {
    "orders_order": {
        **dict.fromkeys(
            (
                "account_id",
                "id",
                "key",
                "kind",
                "service_code",
                "country",
                "price_id",
                "net_micro",
                "tax_micro",
                "total_micro",
                "tax_rate_bp",
                "currency",
                "window_s",
                "placed_at",
                "confirmed_at",
            ),
            _BOUGHT,
        ),
        **dict.fromkeys(
            (
                "surface",
                "key_id",
                "consent_immediate_at",
                "consent_loss_at",
                "texts",
                "documents",
                "listing",
            ),
            _AGREED,
        ),
    },
    "orders_note": dict.fromkeys(("account_id", "id", "key", "noted_at"), _NOTED),
}
