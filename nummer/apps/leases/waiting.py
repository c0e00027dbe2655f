"""A moment of patience: programs expect that a number they rented is there when they are answered.

The supplier is asked by a job; most answer within a second. Who waits holds a thread of the port,
so few may, and for a short while; the others see an order that waits.
"""

from __future__ import annotations

import time
from threading import BoundedSemaphore
from typing import Final

from nummer.apps.leases.queries import LeaseRow, lease
from nummer.policy.lease import LeaseState

WAITING_MAX: Final = 2
SUPPLIED_WITHIN_S: Final = 3.0
_LOOK_S: Final = 0.05
_AT_WORK: Final = frozenset({LeaseState.PAID, LeaseState.AT_SUPPLIER})
_waiting: Final = BoundedSemaphore(WAITING_MAX)


def supplied(placed: LeaseRow) -> LeaseRow:
    """Return an order once its supplier answered, or as it is after a short while."""
    if not _waiting.acquire(blocking=False):
        return placed
    try:
        ends_at = time.monotonic() + SUPPLIED_WITHIN_S
        row = lease(placed.account_id, lease_id=placed.id)
        while row.state in _AT_WORK and time.monotonic() < ends_at:
            time.sleep(_LOOK_S)
            row = lease(placed.account_id, lease_id=placed.id)
        return row
    finally:
        _waiting.release()
