"""The verbs and reads of replays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, QuerySet
from procrastinate.contrib.django import app as jobs

from nummer.apps.agreements import queries as texts
from nummer.apps.agreements.texts import REFUND_POLICY
from nummer.apps.audit import actions as audit
from nummer.apps.refunds.errors import NoSuchReplay
from nummer.apps.refunds.models import Decision, ReplayDifference, ReplayRun
from nummer.apps.refunds.replay.comparing import differences
from nummer.kernel.ids import new_id
from nummer.kernel.jobs import REPLAY_DECISIONS

BATCH_RECORDS: Final = 1_000
BATCHES_OF_A_JOB: Final = 20  # some seconds; the next job goes on, so that a stop waits for little
DIFFERENCES_PAGE: Final = 200
BEFORE_ALL: Final = UUID(int=0)
_READ: Final = (
    "account_id",
    "id",
    "decision",
    "clauses",
    "amount_micro",
    "currency",
    "facts",
    "facts_sha256",
    "policy_version",
    "calendar_version",
    "credited_micro",
    "request",
    "outcome",
    "by_people",
)


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """How far a replay is: `done` of `total` decisions, of which `differing` differ."""

    id: UUID
    created_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    differing: int


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A decision that would not give itself today, and in which parts."""

    account_id: int
    decision_id: UUID
    parts: tuple[str, ...]


def start_replay(*, actor: str, now: datetime, as_job: bool = True) -> UUID:
    """Begin to compute all decisions of up to `now` anew, or go on with the run that is under way.

    Without `as_job` the caller takes the batches himself.
    """
    with transaction.atomic():
        # Where a run is under way already, this one is left out (replay_one_at_a_time).
        ReplayRun.objects.bulk_create(
            [
                ReplayRun(
                    id=new_id(),
                    actor=actor,
                    created_at=now,
                    total=_decisions(until=now).count(),
                    done=0,
                    after_account_id=0,
                    after_id=BEFORE_ALL,
                )
            ],
            ignore_conflicts=True,
        )
        run = ReplayRun.objects.get(finished_at=None)
        audit.record(
            actor=actor, verb="replay_started", place="refunds_replayrun", row=str(run.id), now=now
        )
        if as_job:
            jobs.configure_task(name=REPLAY_DECISIONS).defer(run_id=str(run.id))
    return run.id


def continue_replay(run_id: UUID, *, now: datetime) -> None:
    """Take some batches of a run and leave the rest to the next job. Refuses: NoSuchReplay."""
    for _ in range(BATCHES_OF_A_JOB):
        if not replay_batch(run_id, now=now):
            return
    jobs.configure_task(name=REPLAY_DECISIONS).defer(run_id=str(run_id))


def replay_batch(run_id: UUID, *, now: datetime) -> bool:
    """Compute the next decisions anew; say whether any are left.

    A batch that somebody else took meanwhile counts once. Refuses: NoSuchReplay.
    """
    run = ReplayRun.objects.filter(id=run_id).first()
    if run is None:
        raise NoSuchReplay
    if run.finished_at is not None:
        return False
    batch = _next(run)
    if not batch:
        # Decisions that were being written when the run began may be among those done.
        _here(run).update(finished_at=now, total=F("done"))
        return False
    versions = {text.version for text in texts.versions(REFUND_POLICY)}
    found = [
        (row.account_id, row.id, parts)
        for row in batch
        if (parts := differences(row, policy_versions=versions))
    ]
    _keep(run, batch, found)
    return True


def replay_run(run_id: UUID) -> ReplayRow:
    """Return how far a replay is. Refuses: NoSuchReplay."""
    rows = _rows(ReplayRun.objects.filter(id=run_id))
    if not rows:
        raise NoSuchReplay
    return rows[0]


def replay_runs(*, limit: int = 20) -> list[ReplayRow]:
    """Return the latest replays, newest first."""
    return _rows(ReplayRun.objects.order_by("-created_at", "-id")[:limit])


def found_differences(
    run_id: UUID, *, limit: int = DIFFERENCES_PAGE, after: tuple[int, UUID] = (0, BEFORE_ALL)
) -> list[DifferenceRow]:
    """Return what a replay found behind the decision `after`, in the order of the key."""
    rows = ReplayDifference.objects.filter(pk__gt=(*after, run_id), run_id=run_id)
    return [
        DifferenceRow(row.account_id, row.decision_id, tuple(row.parts))
        for row in rows.order_by("account_id", "decision_id")[:limit]
    ]


def _decisions(*, until: datetime) -> QuerySet[Decision]:
    return Decision.objects.filter(decided_at__lte=until)


def _next(run: ReplayRun) -> list[Decision]:
    rows = _decisions(until=run.created_at).filter(pk__gt=(run.after_account_id, run.after_id))
    return list(rows.only(*_READ).order_by("account_id", "id")[:BATCH_RECORDS])


def _here(run: ReplayRun) -> QuerySet[ReplayRun]:
    """Return the run while it still stands where it was read."""
    return ReplayRun.objects.filter(
        id=run.id,
        finished_at=None,
        after_account_id=run.after_account_id,
        after_id=run.after_id,
    )


def _keep(
    run: ReplayRun, batch: Sequence[Decision], found: Sequence[tuple[int, UUID, tuple[str, ...]]]
) -> None:
    """Write progress and differences together; whoever comes second writes nothing."""
    last = batch[-1]
    with transaction.atomic():
        moved = _here(run).update(
            done=F("done") + len(batch), after_account_id=last.account_id, after_id=last.id
        )
        if moved:
            ReplayDifference.objects.bulk_create(
                ReplayDifference(
                    run_id=run.id, account_id=account_id, decision_id=decision_id, parts=list(parts)
                )
                for account_id, decision_id, parts in found
            )


def _rows(runs: QuerySet[ReplayRun]) -> list[ReplayRow]:
    return [
        ReplayRow(
            id=run.id,
            created_at=run.created_at,
            finished_at=run.finished_at,
            total=run.total,
            done=run.done,
            differing=run.differing,
        )
        for run in runs.annotate(differing=Count("replaydifference"))
    ]
