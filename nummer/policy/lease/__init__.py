"""What was promised about rented numbers: when they are paid, reminded of, kept and let go."""

from nummer.policy.lease.dates import (
    GRACE_DAYS,
    QUARANTINE,
    REMINDED_DAYS_BEFORE,
    SUPPLIED_WITHIN,
    Period,
    grace_ends,
    next_period,
    period_of,
    quarantine_ends,
    reminders,
    supplied_by,
)
from nummer.policy.lease.states import (
    ENDS,
    HOLDING,
    PENDING,
    SERVED,
    TRANSITIONS,
    LeaseEvent,
    LeaseState,
    after,
)

__all__ = [
    "ENDS",
    "GRACE_DAYS",
    "HOLDING",
    "PENDING",
    "QUARANTINE",
    "REMINDED_DAYS_BEFORE",
    "SERVED",
    "SUPPLIED_WITHIN",
    "TRANSITIONS",
    "LeaseEvent",
    "LeaseState",
    "Period",
    "after",
    "grace_ends",
    "next_period",
    "period_of",
    "quarantine_ends",
    "reminders",
    "supplied_by",
]
