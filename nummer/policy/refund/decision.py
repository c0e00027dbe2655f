"""What was decided, in a form that can be stored, shown and compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nummer.kernel.money import Money
from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.facts import Destination


class Verdict(StrEnum):
    """The ten answers."""

    CREDIT = "CREDIT"
    PAYOUT = "PAYOUT"
    DENY = "DENY"
    NONE = "NONE"
    HOLD = "HOLD"
    NEED_INFO = "NEED_INFO"
    DUPLICATE = "DUPLICATE"
    ALTERNATIVE = "ALTERNATIVE"
    REVIEW = "REVIEW"


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitShare:
    """One part of a payout that goes several ways."""

    method: str
    destination: Destination
    amount: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision. `credited` is what must be booked to the balance now, also before a payout.

    Dates are local and mean the end of that day. `considered` names the rules in the order they
    were tried, the deciding one last; `calendar_version` is the calendar the dates come from.
    `ground` is the clause under which money is due, also where another one makes it wait.
    """

    decision: Verdict
    clauses: tuple[str, ...]
    exact: Amount
    credited: Amount
    currency: str
    destination: Destination = Destination.NONE
    credit_by: date | None = None
    decide_by: date | None = None
    settle_by: date | None = None
    payout_denied_by: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    split: tuple[SplitShare, ...] = ()
    duplicate_of: str | None = None
    considered: tuple[str, ...] = ()
    ground: str = ""
    calendar_version: str = ""

    @property
    def amount(self) -> Money:
        """Return the sum for the ledger: credited, paid, held or due, else zero."""
        return self.exact.money(self.currency)

    @property
    def clause(self) -> str | None:
        """Return the first deciding clause."""
        return self.clauses[0] if self.clauses else None
