"""What alerts keep about people: nothing."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import Inventory, NotPersonal

_OURS: Final = NotPersonal("about the installation itself")

PERSONAL: Final[Inventory] = {
    "alerts_link": dict.fromkeys(("carrier", "seen_at"), _OURS),
    "alerts_look": dict.fromkeys(("kind", "due_at"), _OURS),
    "alerts_alert": dict.fromkeys(
        (
            "id",
            "kind",
            "subject",
            "said",
            "seen_at",
            "raised_at",
            "told_at",
            "times_told",
            "cleared_at",
        ),
        _OURS,
    ),
}
