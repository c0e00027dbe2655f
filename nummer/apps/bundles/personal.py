"""What bundles keep about people: identity papers before they are handed in, sealed."""

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

_ID: Final = NotPersonal("random, with the time in it")
_SEALED: Final = Personal(
    category=Category.PAPERS,
    purpose=Purpose.LEGAL,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.SHREDDED,
)
_COURSE: Final = Personal(
    category=Category.PAPERS,
    purpose=Purpose.LEGAL,
    basis=Basis.CONTRACT,
    kept=Keep.DAYS_30,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="what kind of paper it is, and when; looked for by SQL, and it names nobody",
)

PERSONAL: Final[Inventory] = {
    "bundles_bundle": {
        "id": _ID,
        "papers_id": _ID,
        "said": _SEALED,
        **dict.fromkeys(
            ("account_id", "country", "kind", "told", "created_at", "changed_at"), _COURSE
        ),
    },
    "bundles_piece": {
        "id": _ID,
        "said": _SEALED,
        "content": _SEALED,
        **dict.fromkeys(
            ("account_id", "kind", "type", "media", "created_at", "changed_at"), _COURSE
        ),
    },
    "bundles_assignment": {
        "id": _ID,
        "bundle_id": _ID,
        "piece_id": _ID,
        **dict.fromkeys(("account_id", "created_at"), _COURSE),
    },
}
