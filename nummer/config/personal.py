"""The installation's own table names nobody."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import Inventory, NotPersonal

_CLOCK = NotPersonal("the sandbox's clock")

PERSONAL: Final[Inventory] = {"config_clock_shift": {"one": _CLOCK, "ahead": _CLOCK}}
