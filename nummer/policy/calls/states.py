"""Where a call stands, and what may happen to it there: a table, without money or clock.

Events come from the engine unacknowledged, so they may be lost, doubled or out of order: what does
not fit is no error, it changes nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CallState(StrEnum):
    """Where a call stands; the last two are final."""

    ALLOWED = "allowed"  # its money is held; it rings, or is about to
    TALKING = "talking"  # somebody answered
    ENDED = "ended"  # somebody had answered; settled
    FAILED = "failed"  # nobody answered; its money is free again


class CallEvent(StrEnum):
    """What the engine tells, and what the sweeper finds."""

    ANSWERED = "answered"
    OVER = "over"  # after an answer
    NOT_ANSWERED = "not_answered"
    GONE = "gone"  # the engine knows nothing of it any more


S, E = CallState, CallEvent

# An end that overtakes its start brings the moment of the answer with it, so it settles as well.
TRANSITIONS: Final[dict[CallState, dict[CallEvent, CallState]]] = {
    S.ALLOWED: {
        E.ANSWERED: S.TALKING,
        E.OVER: S.ENDED,
        E.NOT_ANSWERED: S.FAILED,
        E.GONE: S.FAILED,
    },
    S.TALKING: {E.OVER: S.ENDED, E.GONE: S.ENDED},
    S.ENDED: {},
    S.FAILED: {},
}

OPEN: Final = frozenset({S.ALLOWED, S.TALKING})


def next_state(state: CallState, event: CallEvent) -> CallState | None:
    """Return where an event leads; None where it changes nothing."""
    return TRANSITIONS[state].get(event)
