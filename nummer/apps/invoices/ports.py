"""What this app asks of the operator's settings."""

from __future__ import annotations

from enum import StrEnum


class ReverseCharge(StrEnum):
    """Which tax numbers of companies in other countries make their purchases untaxed."""

    NEVER = "never"
    CHECKED = "checked"  # those that the staff found in the register of their country
    FORM = "form"  # those whose form and check digits are right, too


_installed: list[ReverseCharge] = []


def install_reverse_charge(rule: ReverseCharge) -> None:
    """Make `rule` the one in force; `config` does this once at start."""
    _installed[:] = [rule]


def reverse_charge() -> ReverseCharge:
    """Return the rule in force."""
    assert _installed, "config installs the rule at start"
    return _installed[0]
