"""What supply keeps about people: nothing but the ids of leases in differences."""

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

_OFFER = NotPersonal("describes what a wholesaler sells")
_OURS = NotPersonal("the operator's own account at a wholesaler")
_LEASE = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.SERVICE,
    basis=Basis.CONTRACT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.KEPT,
    plain="compared by SQL with leases; it names nobody but a lease",
)

PERSONAL: Final[Inventory] = {
    "supply_wholesale": dict.fromkeys(
        (
            "code",
            "currency",
            "balance_micro",
            "credit_micro",
            "least_micro",
            "low_at",
            "funds_at",
            "funds_due_at",
            "synced_at",
            "sync_due_at",
            "compared_at",
            "compare_due_at",
        ),
        _OURS,
    ),
    "supply_group": dict.fromkeys(
        (
            "id",
            "supplier",
            "remote_id",
            "sku_id",
            "country",
            "region",
            "city",
            "area",
            "kind",
            "prefix",
            "features",
            "setup_micro",
            "monthly_micro",
            "currency",
            "needs_papers",
            "selectable",
            "stock",
            "restriction",
            "seen_at",
            "gone_at",
        ),
        _OFFER,
    ),
    "supply_sync": dict.fromkeys(
        (
            "id",
            "supplier",
            "actor",
            "began_at",
            "places",
            "places_done",
            "groups",
            "changes",
            "numbers",
            "done_at",
        ),
        _OURS,
    ),
    "supply_change": dict.fromkeys(
        (
            "id",
            "sync_id",
            "supplier",
            "group_id",
            "country",
            "kind",
            "place",
            "field",
            "before",
            "after",
            "at",
        ),
        _OFFER,
    ),
    "supply_least": dict.fromkeys(("id", "supplier", "country", "kind", "least", "low_at"), _OURS),
    "supply_difference": {
        **dict.fromkeys(("id", "supplier", "odd", "found_at", "gone_at"), _OURS),
        **dict.fromkeys(("reference", "e164"), _LEASE),
    },
}
