"""What visits keep about people: nothing."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import Inventory, NotPersonal

_SUM: Final = NotPersonal("a sum over everybody who read a kind of page on a day")

PERSONAL: Final[Inventory] = {
    "visits_pageday": dict.fromkeys(("day", "page", "views", "timed", "seconds"), _SUM)
}
