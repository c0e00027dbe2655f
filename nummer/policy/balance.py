"""What may happen to a customer's balance, and what never does."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from nummer.policy.clause import clause

BLOCK_PEOPLE_MIN: Final = 2  # RP-P2b: one proposes, another one confirms


class DebitCause(StrEnum):
    """Why money might leave a balance."""

    ORDER = "order"
    PAYOUT = "payout"
    CORRECTION = "correction"
    DELETED_BY_CLIENT = "deleted_by_client"
    INACTIVITY = "inactivity"
    EXPIRY = "expiry"
    FEE = "fee"


_ALLOWED: Final = frozenset(
    {
        DebitCause.ORDER,
        DebitCause.PAYOUT,
        DebitCause.CORRECTION,
        DebitCause.DELETED_BY_CLIENT,
    }
)


@clause(
    "RP-P2",
    quote="Money on your balance can be used for our services at any time; it never expires, is "
    "never lost through inactivity and is never blocked by us on our own decision.",
)
def may_debit(cause: DebitCause) -> bool:
    """Return whether a balance may go down for this cause; time alone is none."""
    return cause in _ALLOWED


@clause(
    "RP-P2a",
    quote="If you ask us to delete your account, what is left on the balance lapses, but only "
    "after we have shown you the sum, including credits not yet booked, and you have confirmed "
    "that you give it up.",
)
def may_lapse(*, asked_by_client: bool, sum_acknowledged: bool) -> bool:
    """Return whether what is left may lapse with a deletion."""
    return asked_by_client and sum_acknowledged


@clause(
    "RP-P2b",
    quote="The balance is blocked only when a law-enforcement authority demands it, and only with "
    "the reference of that demand on record.",
)
def may_block(*, reference: str, people: frozenset[str]) -> bool:
    """Return whether a balance may be blocked: a reference, and two people who agreed."""
    return bool(reference.strip()) and len(people) >= BLOCK_PEOPLE_MIN
