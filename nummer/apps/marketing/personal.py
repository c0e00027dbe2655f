"""What marketing keeps about people."""

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

_OURS: Final = NotPersonal("written by the staff, about nobody")
_STAFF: Final = NotPersonal("the number of a member of the staff")


def _told(*, plain: str = "") -> Personal:
    return Personal(
        category=Category.PROFILE,
        purpose=Purpose.CONTACT,
        basis=Basis.CONSENT,
        kept=Keep.ACCOUNT,
        copied=Copied.PLAIN,
        erased=Erased.DELETED,
        plain=plain,
    )


_WRITTEN: Final = Personal(
    category=Category.COMMUNICATION,
    purpose=Purpose.EVIDENCE,
    basis=Basis.CONSENT,
    kept=Keep.YEARS_3,
    copied=Copied.PLAIN,
    erased=Erased.DELETED,
    plain="counted by SQL, and looked at so that nobody is written to twice",
)

PERSONAL: Final[Inventory] = {
    "marketing_segment": {
        "actor": _STAFF,
        **dict.fromkeys(("id", "name", "rules", "created_at", "put_away_at"), _OURS),
    },
    "marketing_campaign": {
        "actor": _STAFF,
        "released_by": _STAFF,
        "after_id": NotPersonal("how far the batches came"),
        **dict.fromkeys(
            (
                "id",
                "segment_id",
                "name",
                "purpose",
                "subjects",
                "bodies",
                "state",
                "created_at",
                "rules",
                "released_at",
                "due_at",
                "ended_at",
            ),
            _OURS,
        ),
    },
    "marketing_recipient": {
        "account_id": _WRITTEN,
        "campaign_id": _WRITTEN,
        "letter_id": NotPersonal("derived from the two"),
        "at": _WRITTEN,
    },
    "marketing_profile": {
        "account_id": _told(plain="whose it is"),
        "interest": _told(plain="asked for by segments in SQL; one of three words"),
        "age_group": _told(),
        "usage": _told(),
        "satisfaction": _told(plain="counted by SQL; a mark from one to five"),
        "changed_at": NotPersonal("when the row changed"),
    },
}
