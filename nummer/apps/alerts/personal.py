"""What alerts keep about people: nothing."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import Inventory, NotPersonal

_OURS: Final = NotPersonal("about the installation itself")

PERSONAL: Final[Inventory] = {"alerts_link": dict.fromkeys(("carrier", "seen_at"), _OURS)}
