"""Deleting messages whose time is over (PP-2.6): whole rows, by age."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import connection, transaction

BATCH: Final = 5_000  # rows a transaction: short locks, and little to repeat after a kill
BATCHES_MAX: Final = 10  # a call: a second or two, so that whoever stops us need not wait

_MESSAGES: Final = """
WITH old AS (SELECT account_id, id FROM messaging_message
              WHERE received_at < %s ORDER BY received_at LIMIT %s)
DELETE FROM messaging_message m USING old
 WHERE m.account_id = old.account_id AND m.id = old.id
"""
_OUTGOING: Final = """
WITH old AS (SELECT account_id, id FROM messaging_outgoing
              WHERE queued_at < %s AND state NOT IN ('queued', 'taken')
              ORDER BY queued_at LIMIT %s)
DELETE FROM messaging_outgoing o USING old
 WHERE o.account_id = old.account_id AND o.id = old.id
"""
_READ: Final = """
WITH old AS (SELECT account_id, lease_id, theirs_index FROM messaging_conversation
              WHERE changed_at < %s ORDER BY changed_at LIMIT %s)
DELETE FROM messaging_conversation c USING old
 WHERE c.account_id = old.account_id AND c.lease_id = old.lease_id
   AND c.theirs_index = old.theirs_index
"""
_REPORT: Final = """
INSERT INTO messaging_purge AS p (day, before, messages, outgoing) VALUES (%s, %s, %s, %s)
ON CONFLICT (day) DO UPDATE
   SET before = greatest(p.before, excluded.before),
       messages = p.messages + excluded.messages,
       outgoing = p.outgoing + excluded.outgoing
"""


def purge(*, before: datetime, now: datetime) -> None:
    """Delete what arrived, or was queued and has left, before a moment; report it by the day.

    With it goes how far conversations were read whose last reading is as old.

    The report is written in the transaction that deletes, so it never says less than what is
    gone. What is more than BATCHES_MAX is left to the next call, and so is what a kill leaves.
    """
    for _ in range(BATCHES_MAX):
        if _purge_batch(before, now) < BATCH:
            return


def _purge_batch(before: datetime, now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [before, BATCH])
        messages: int = cursor.rowcount
        cursor.execute(_OUTGOING, [before, BATCH])
        outgoing: int = cursor.rowcount
        cursor.execute(_READ, [before, BATCH])
        cursor.execute(_REPORT, [now.astimezone(UTC).date(), before, messages, outgoing])
    return max(messages, outgoing)
