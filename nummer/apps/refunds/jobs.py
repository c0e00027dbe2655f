"""Work of refunds that falls due: ends of windows, numbers taken away, telling what was decided.

And the job that computes stored decisions anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.leases import held, replacements
from nummer.apps.leases import queries as leases
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds.actions import (
    cancel_lease,
    credit_outages,
    end_offer,
    end_taken,
    end_window,
    meet_deadline,
    miss,
    note_overdue,
    settle_lease,
    tell_refunds,
    warn,
)
from nummer.apps.refunds.actions.deadlines import CREDIT
from nummer.apps.refunds.models import Deadline, Decision, Reported, Taken
from nummer.apps.refunds.replay import continue_replay
from nummer.kernel import clock
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.jobs import END_SUB_ACCOUNT, REPLAY_DECISIONS
from nummer.policy.lease import ENDS

WARNED_NO_SOONER_THAN: Final = timedelta(days=1)  # five working days, less the day of the alarm
JUST_AFTER: Final = timedelta(microseconds=1)  # the last instant of a window belongs to it


def _ended_windows(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = numbers.due_windows(until=until, limit=limit)
    return [DueRow(ends_at + JUST_AFTER, account_id, key) for ends_at, account_id, key in rows]


def _end_window(row: DueRow, now: datetime) -> None:
    with _owed_if_it_fails(row, now):
        end_window(row.account_id, key=row.key, now=now)


def _taken(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return what a carrier took away and nobody ended yet: whoever meant to was killed."""
    rows = Taken.objects.filter(taken_at__lte=until)
    return [
        DueRow(row.taken_at, row.account_id, row.activation_id)
        for row in rows.order_by("taken_at", "account_id", "activation_id")[:limit]
    ]


def _end_taken(row: DueRow, now: datetime) -> None:
    with _owed_if_it_fails(row, now):
        end_taken(row.account_id, key=row.key, now=now)


@contextmanager
def _owed_if_it_fails(row: DueRow, now: datetime) -> Iterator[None]:
    """Note the last day for a credit that cannot be booked now; the sweeper tries it again.

    In normal times nothing is written: a credit that is booked when it falls due needs no row.
    """
    try:
        yield
    except Exception:
        note_overdue(row.account_id, key=row.key, now=now)
        raise
    meet_deadline(row.account_id, kind=CREDIT, subject_id=row.key, now=now)


def _to_warn(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Deadline.objects.filter(state="open", warned_at=None, warn_at__lte=until)
    return [
        DueRow(row.warn_at, row.account_id, row.id)
        for row in rows.order_by("warn_at", "id")[:limit]
    ]


def _warn(row: DueRow, now: datetime) -> None:
    if not _met_meanwhile(row, now):
        warn(row.account_id, deadline_id=row.key, now=now)


def _to_miss(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Deadline.objects.filter(state="open", late_at=None, due_at__lte=until)
    return [
        DueRow(row.due_at, row.account_id, row.id) for row in rows.order_by("due_at", "id")[:limit]
    ]


def _miss(row: DueRow, now: datetime) -> None:
    if not _met_meanwhile(row, now):
        miss(row.account_id, deadline_id=row.key, now=now)


def _met_meanwhile(row: DueRow, now: datetime) -> bool:
    """Close the deadline of a credit that the customer's own hand booked after all."""
    owed = Deadline.objects.filter(account_id=row.account_id, id=row.key, kind=CREDIT).first()
    if owed is None:
        return False
    decided = Decision.objects.filter(account_id=row.account_id, order_id=owed.order_id)
    if not decided.exists():
        return False
    meet_deadline(row.account_id, kind=CREDIT, subject_id=owed.subject_id, now=now)
    return True


def _untold(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Decision.objects.filter(notified_at=None, decision="CREDIT", decided_at__lte=until)
    return [
        DueRow(row.decided_at, row.account_id, row.id)
        for row in rows.order_by("decided_at", "id")[:limit]
    ]


def _tell(row: DueRow, now: datetime) -> None:
    tell_refunds(row.account_id, now=now)


def _failed_leases(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in leases.to_settle(until=until, limit=limit)]


def _settle_lease(row: DueRow, now: datetime) -> None:
    settle_lease(row.account_id, lease_id=row.key, now=now)


def _reported(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Reported.objects.filter(look_at__lte=until)
    return [
        DueRow(row.look_at, row.account_id, row.lease_id)
        for row in rows.order_by("look_at", "account_id", "lease_id")[:limit]
    ]


def _credit_outages(row: DueRow, now: datetime) -> None:
    credit_outages(row.account_id, lease_id=row.key, now=now)


def _unanswered(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in replacements.offers_over(until=until, limit=limit)]


def _end_offer(row: DueRow, now: datetime) -> None:
    end_offer(row.account_id, lease_id=row.key, now=now)


DUE_SOURCES: Final = (
    DueSource("refunds.windows", _ended_windows, _end_window, lead=None),
    DueSource("refunds.letters", _untold, _tell, lead=AT_END),
    DueSource("refunds.deadlines_near", _to_warn, _warn, lead=WARNED_NO_SOONER_THAN),
    DueSource("refunds.deadlines_passed", _to_miss, _miss, lead=WARNED_NO_SOONER_THAN),
    DueSource("refunds.taken", _taken, _end_taken, lead=None),
    DueSource("refunds.leases", _failed_leases, _settle_lease),
    DueSource("refunds.outages", _reported, _credit_outages),
    DueSource("refunds.offers", _unanswered, _end_offer),
)


def replay_decisions(*, run_id: str) -> None:
    """Compute some more stored decisions anew."""
    continue_replay(UUID(run_id), now=clock.now())


def end_sub_account(*, account_id: int, sub_account_id: str) -> None:
    """End the leases of a closed sub-account, each as if its holder had ended it now (ADR 433)."""
    for lease_id in held.of_sub_account(account_id, sub_account_id=UUID(sub_account_id)):
        if leases.lease(account_id, lease_id=lease_id).state not in ENDS:
            cancel_lease(account_id, lease_id=lease_id, surface="closing", now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {
    REPLAY_DECISIONS: replay_decisions,
    END_SUB_ACCOUNT: end_sub_account,
}
