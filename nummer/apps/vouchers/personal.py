"""What vouchers keep about people."""

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

_REDEEMED: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.ACCOUNTING,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="proves that a code paid in once; the top-up holds the same",
)
_BATCH: Final = NotPersonal("vouchers of the house, before anybody has one")
_GUESS: Final = Personal(
    category=Category.CONDUCT,
    purpose=Purpose.SAFETY,
    basis=Basis.INTEREST,
    kept=Keep.ACCOUNT,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="counted in SQL; the codes that were tried are not kept",
)

PERSONAL: Final[Inventory] = {
    "vouchers_batch": dict.fromkeys(
        (
            "id",
            "amount_micro",
            "currency",
            "count",
            "expires_at",
            "actor",
            "created_at",
            "withdrawn_at",
            "needs_release",
            "released_by",
            "released_at",
        ),
        _BATCH,
    ),
    "vouchers_voucher": {
        "id": _BATCH,
        "batch_id": _BATCH,
        "digest": NotPersonal("a keyed digest of a code that we made"),
        **dict.fromkeys(("account_id", "top_up_id", "redeemed_at"), _REDEEMED),
    },
    "vouchers_guesses": dict.fromkeys(("account_id", "since", "wrong"), _GUESS),
}
