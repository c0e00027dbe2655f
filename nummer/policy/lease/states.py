"""Where a lease stands, and what may happen to it there: a table, without money or clock."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LeaseState(StrEnum):
    """Where a lease stands; the last two are final."""

    PAID = "paid"  # ordered, and its money is held; nothing is ordered without
    PAPERS = "papers"  # waits for papers
    AT_SUPPLIER = "at_supplier"  # the supplier was or is being asked
    ACTIVE = "active"  # the paid period runs, and the lease renews itself
    CANCELLED = "cancelled"  # the paid period runs, and the lease ends with it
    GRACE = "grace"  # unpaid: the number is kept, and serves nobody
    RELEASED = "released"  # ended
    FAILED = "failed"  # never began


class LeaseEvent(StrEnum):
    """What may happen to a lease."""

    PAPERS_NEEDED = "papers_needed"
    PAPERS_COMPLETE = "papers_complete"  # or none are needed
    SUPPLIED = "supplied"
    NOT_SUPPLIED = "not_supplied"
    RENEWED = "renewed"
    UNPAID = "unpaid"
    NOTICE_GIVEN = "notice_given"  # the customer ends it with its period
    NOTICE_TAKEN_BACK = "notice_taken_back"
    PERIOD_OVER = "period_over"
    GRACE_OVER = "grace_over"
    ENDED_NOW = "ended_now"  # by the customer, at once
    ENDED_BY_OPERATOR = "ended_by_operator"
    HANDED_OVER = "handed_over"  # to another customer, whose own lease begins
    PORTED = "ported"  # the number went to another provider


S, E = LeaseState, LeaseEvent

_ENDED: Final = {E.ENDED_NOW: S.RELEASED, E.ENDED_BY_OPERATOR: S.RELEASED}

TRANSITIONS: Final[dict[LeaseState, dict[LeaseEvent, LeaseState]]] = {
    S.PAID: {
        E.PAPERS_NEEDED: S.PAPERS,
        E.PAPERS_COMPLETE: S.AT_SUPPLIER,
        E.NOT_SUPPLIED: S.FAILED,
        **_ENDED,
    },
    S.PAPERS: {E.PAPERS_COMPLETE: S.AT_SUPPLIER, E.NOT_SUPPLIED: S.FAILED, **_ENDED},
    S.AT_SUPPLIER: {E.SUPPLIED: S.ACTIVE, E.NOT_SUPPLIED: S.FAILED, **_ENDED},
    S.ACTIVE: {
        E.RENEWED: S.ACTIVE,
        E.UNPAID: S.GRACE,
        E.NOTICE_GIVEN: S.CANCELLED,
        E.HANDED_OVER: S.RELEASED,
        E.PORTED: S.RELEASED,
        **_ENDED,
    },
    S.CANCELLED: {
        E.NOTICE_TAKEN_BACK: S.ACTIVE,
        E.PERIOD_OVER: S.RELEASED,
        E.PORTED: S.RELEASED,
        **_ENDED,
    },
    S.GRACE: {
        E.RENEWED: S.ACTIVE,
        E.NOTICE_GIVEN: S.RELEASED,  # its period is over
        E.GRACE_OVER: S.RELEASED,
        E.PORTED: S.RELEASED,
        **_ENDED,
    },
    S.RELEASED: {},
    S.FAILED: {},
}

PENDING: Final = frozenset({S.PAID, S.PAPERS, S.AT_SUPPLIER})  # money is held, nothing was taken
SERVED: Final = frozenset({S.ACTIVE, S.CANCELLED})  # the number serves its holder
ENDS: Final = frozenset({S.RELEASED, S.FAILED})
HOLDING: Final = frozenset(S) - ENDS  # the number is nobody else's


def after(state: LeaseState, event: LeaseEvent) -> LeaseState | None:
    """Return where an event leads from a state; None where it cannot happen."""
    return TRANSITIONS[state].get(event)
