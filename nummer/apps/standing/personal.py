"""What standing keeps about people: counts, and reasons of ours."""

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


def _conduct(why: str, *, erased: Erased = Erased.DELETED) -> Personal:
    return Personal(
        category=Category.CONDUCT,
        purpose=Purpose.SAFETY,
        basis=Basis.INTEREST,
        kept=Keep.YEARS_3 if erased is Erased.LATER else Keep.ACCOUNT,
        copied=Copied.PLAIN,
        erased=erased,
        plain=why,
    )


_COUNTED = _conduct("counted and compared by SQL")
_SUSPENDED = _conduct("compared by SQL; one of our own words", erased=Erased.LATER)
_BY_STAFF = Personal(
    category=Category.STAFF,
    purpose=Purpose.EVIDENCE,
    basis=Basis.INTEREST,
    kept=Keep.YEARS_3,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="an id, never a name",
)
_ID = NotPersonal("random, with the time in it")
_RULE = NotPersonal("a rule for everybody")

PERSONAL: Final[Inventory] = {
    "standing_limits": {
        "account_id": _COUNTED,
        "orders_per_minute": _COUNTED,
        "open_max": _COUNTED,
        "share_percent_min": _COUNTED,
        "share_after": _COUNTED,
        "changed_at": _COUNTED,
    },
    "standing_tally": {
        "account_id": _COUNTED,
        "recent": _COUNTED,
        "open": _COUNTED,
        "outcomes": _COUNTED,
    },
    "standing_suspension": {
        "account_id": _SUSPENDED,
        "id": _ID,
        "service": _SUSPENDED,
        "lease_id": _SUSPENDED,
        "reason": _SUSPENDED,
        "actor": _BY_STAFF,
        "began_at": _SUSPENDED,
        "lifted_at": _SUSPENDED,
    },
    "standing_block": {
        "id": _ID,
        "kind": _RULE,
        "value": NotPersonal("a code, a range of numbers or a company's sender name"),
        "reason": _RULE,
        "actor": _BY_STAFF,
        "began_at": _RULE,
        "lifted_at": _RULE,
    },
}
