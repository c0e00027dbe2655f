"""What the operator settles for payouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class ReleaseRule:
    """Up to which sum a payout leaves without a person, by currency; 0 where none is named."""

    alone_most: Mapping[str, Money]

    def needs_two(self, amount: Money) -> bool:
        """Tell whether two persons have to release this sum."""
        most = self.alone_most.get(amount.currency, Money(0, amount.currency))
        return most < amount


_installed: list[ReleaseRule] = []


def install_release_rule(rule: ReleaseRule) -> None:
    """Make `rule` the one in force; `config` does this once at start."""
    _installed[:] = [rule]


def release_rule() -> ReleaseRule:
    """Return the rule in force."""
    assert _installed, "config installs the rule at start"
    return _installed[0]
