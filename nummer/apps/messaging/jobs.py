"""Time-driven work of messages: long ones whose other parts stay away, and old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.messaging.actions import (
    answer_by_itself,
    call_unknown,
    expire,
    flush_parts,
    forward_by_mail,
    give_up,
    purge,
)
from nummer.apps.messaging.actions.fates import NOT_SENT_IN_TIME, OUTCOME_UNKNOWN
from nummer.apps.messaging.actions.join import stale_sets
from nummer.apps.messaging.actions.quality import measure_quality, quality_due_at
from nummer.apps.messaging.queries import due_mails, due_replies, oldest_kept, sent
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.ids import id_of

PARTS_WAIT: Final = timedelta(seconds=60)  # carriers send the parts of a message within seconds
KEPT: Final = timedelta(days=30)  # PP-2.6
# A text that is a day late is rarely what its sender still wants to say.
SENT_WITHIN: Final = timedelta(hours=24)
# A gateway needs minutes for what it took. What is still with it then has a fate that could not be
# written, or was with a gateway that did not come back.
TAKEN_WITHIN: Final = timedelta(hours=1)
# Carriers try for up to two days to deliver and then report; one more for the report (ADR 221).
KNOWN_WITHIN: Final = timedelta(hours=72)
# One row is due for each minute in which something arrived: a message goes at most so much before
# its 30 days are over and never after them, and one deletion never holds up the sweep for long.
STEP_S: Final = 60


def _find(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(oldest + PARTS_WAIT, 0, UUID(bytes=index))
        for oldest, index in stale_sets(before=until - PARTS_WAIT, limit=limit)
    ]


def _fire(row: DueRow, now: datetime) -> None:
    flush_parts(row.key.bytes, now=now)


def _find_old(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    oldest = oldest_kept()
    if oldest is None:
        return []
    due_at = _minute(oldest + KEPT)
    if due_at > until:
        return []
    # A call may leave some of its minute: the rest is a row of its own, named by its oldest.
    return [DueRow(due_at, 0, id_of("messaging.purge", oldest.isoformat()))]


def _fire_old(row: DueRow, now: datetime) -> None:
    purge(before=row.due_at - KEPT + timedelta(seconds=STEP_S), now=now)


def _find_mails(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in due_mails(until=until, limit=limit)]


def _fire_mails(row: DueRow, now: datetime) -> None:
    forward_by_mail(row.account_id, lease_id=row.key, now=now)


def _find_replies(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in due_replies(until=until, limit=limit)]


def _fire_reply(row: DueRow, now: datetime) -> None:
    answer_by_itself(row.account_id, sms_id=row.key, now=now)


def _find_unmeasured(until: datetime, limit: int) -> Sequence[DueRow]:
    del limit
    due_at = quality_due_at()
    if due_at is None or due_at > until:
        return []
    return [DueRow(due_at, 0, id_of("messaging.quality", due_at.isoformat()))]


def _measure(row: DueRow, now: datetime) -> None:
    del row
    measure_quality(now=now)


def _minute(moment: datetime) -> datetime:
    return moment - timedelta(seconds=moment.timestamp() % STEP_S)


def _find_not_sent(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(queued_at + SENT_WITHIN, account_id, key)
        for queued_at, account_id, key in sent.not_sent(until=until - SENT_WITHIN, limit=limit)
    ]


def _fire_not_sent(row: DueRow, now: datetime) -> None:
    give_up(row.account_id, sms_id=row.key, reason=NOT_SENT_IN_TIME, now=now)


def _find_taken(until: datetime, limit: int) -> Sequence[DueRow]:
    return sorted(
        DueRow(max(queued_at + SENT_WITHIN, taken_at + TAKEN_WITHIN), account_id, key)
        for queued_at, taken_at, account_id, key in sent.still_taken(
            queued_until=until - SENT_WITHIN, taken_until=until - TAKEN_WITHIN, limit=limit
        )
    )


def _fire_taken(row: DueRow, now: datetime) -> None:
    call_unknown(row.account_id, sms_id=row.key, now=now)


def _find_deadlines(until: datetime, limit: int) -> Sequence[DueRow]:
    return [DueRow(*row) for row in sent.deadlines(until=until, limit=limit)]


def _fire_deadline(row: DueRow, now: datetime) -> None:
    expire(row.account_id, sms_id=row.key, now=now)


def _find_unknown(until: datetime, limit: int) -> Sequence[DueRow]:
    return [
        DueRow(since + KNOWN_WITHIN, account_id, key)
        for since, account_id, key in sent.unknown(until=until - KNOWN_WITHIN, limit=limit)
    ]


def _fire_unknown(row: DueRow, now: datetime) -> None:
    give_up(row.account_id, sms_id=row.key, reason=OUTCOME_UNKNOWN, now=now)


DUE_SOURCES: Final = (
    DueSource("messaging.not_sent", _find_not_sent, _fire_not_sent, lead=SENT_WITHIN),
    DueSource("messaging.taken", _find_taken, _fire_taken, lead=TAKEN_WITHIN),
    DueSource("messaging.deadlines", _find_deadlines, _fire_deadline, lead=None),
    DueSource("messaging.unknown", _find_unknown, _fire_unknown, lead=KNOWN_WITHIN),
    DueSource("messaging.parts", _find, _fire, lead=None),
    DueSource("messaging.replies", _find_replies, _fire_reply),
    DueSource("messaging.mails", _find_mails, _fire_mails, lead=AT_END),
    DueSource("messaging.quality", _find_unmeasured, _measure, lead=AT_END),
    DueSource("messaging.purge", _find_old, _fire_old, lead=KEPT - timedelta(days=1)),
)
