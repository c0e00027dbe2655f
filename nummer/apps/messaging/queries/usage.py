"""What an account used, by day, month or year: SMS both ways, rented numbers, one-time numbers.

Money is what was booked: a charge, and what came back of it, on the day (UTC) of its booking, so
that the sums are those of the statement to the last unit. Texts that were sent count on the day on
which their charge was taken, so that they stand beside their money; received ones on the day on
which they came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from nummer.apps.ledger.models import TransferKind


class Bucket(StrEnum):
    """Over how long a row adds up; WHOLE is all the days asked for."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    WHOLE = "whole"


class Used(StrEnum):
    """What was used."""

    SMS_IN = "sms_in"
    SMS_OUT = "sms_out"
    NUMBER = "number"  # a paid period of a rented number, with its set-up
    ONE_TIME = "one_time"  # a number for one code


@dataclass(frozen=True, slots=True)
class UsageRow:
    """A sum: `since` is the first day of its bucket, inside the days asked for.

    `kind` is that of a rented number, else empty. `times` counts texts, periods or orders; `units`
    the parts of texts, and the same as `times` otherwise. Texts are deleted after some days, and
    counted no longer then (`texts_counted_from`); their money stays. `price_micro` is positive
    where money was paid.
    """

    since: date
    used: Used
    kind: str
    times: int
    units: int
    price_micro: int


_BOOKED_KINDS: Final = (TransferKind.ORDER, TransferKind.REFUND, TransferKind.USAGE)
_ACCEPTED: Final = ["sent", "delivered", "undelivered"]  # the states that were paid for

# A charge is told by what its reference is the id of, and a reversal is of the kind that it undoes:
# few are, and each is looked up, where a join would read the journal twice.
_USAGE: Final = """
WITH moved AS MATERIALIZED (
  SELECT t.*, coalesce((SELECT r.kind FROM ledger.transfer r
                         WHERE r.account_id = t.account_id AND r.id = t.reverses
                           AND r.leg = t.leg), t.kind) AS undone
    FROM ledger.transfer t
   WHERE t.account_id = %(account_id)s
     AND t.booked_at >= %(since)s AND t.booked_at < %(until)s),
booked AS (
  SELECT (t.booked_at AT TIME ZONE 'UTC')::date AS day,
         CASE WHEN p.id IS NOT NULL THEN 'number'
              WHEN t.undone = %(usage)s OR c.id IS NOT NULL THEN 'sms_out'
              ELSE 'one_time' END AS used,
         coalesce(l.kind, '') AS kind, -t.amount AS price,
         CASE WHEN t.kind = %(order)s AND t.leg = 0 THEN 1 ELSE 0 END AS times
    FROM moved t
    LEFT JOIN leases_period p ON p.account_id = t.account_id AND p.id = t.reference
    LEFT JOIN leases_lease l ON l.account_id = p.account_id AND l.id = p.lease_id
    LEFT JOIN messaging_charge c ON c.account_id = t.account_id AND c.id = t.reference
   WHERE t.undone = ANY (%(kinds)s)),
single AS (
  SELECT day, used, kind, times::bigint AS times, times::bigint AS units, price FROM booked
  UNION ALL
  SELECT (c.closed_at AT TIME ZONE 'UTC')::date, 'sms_out', '', 1, o.parts, 0
    FROM messaging_outgoing o
    JOIN messaging_charge c ON c.account_id = o.account_id AND c.id = o.charge_id
   WHERE o.account_id = %(account_id)s AND o.lease_id IS NOT NULL AND o.state = ANY (%(accepted)s)
     AND c.closed_at >= %(since)s AND c.closed_at < %(until)s
  UNION ALL
  SELECT (m.received_at AT TIME ZONE 'UTC')::date, 'sms_in', '', 1, m.parts, 0
    FROM messaging_message m
   WHERE m.account_id = %(account_id)s AND m.lease_id IS NOT NULL AND m.outcome = 'rented'
     AND m.received_at >= %(since)s AND m.received_at < %(until)s)
SELECT CASE %(bucket)s WHEN 'whole' THEN %(first)s::date
            ELSE greatest(date_trunc(%(unit)s, day::timestamp)::date, %(first)s::date) END AS since,
       used, kind, sum(times)::bigint, sum(units)::bigint, sum(price)::bigint
  FROM single
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def usage(account_id: int, *, since: date, until: date, by: Bucket) -> list[UsageRow]:
    """Return what was used on the days from `since` to `until`, both in it, the eldest first.

    A bucket in which nothing was used has no row. One statement, which reads the
    journal of these days by its ranges of time (ADR 391).
    """
    values: dict[str, Any] = {
        "account_id": account_id,
        "since": _midnight(since),
        "until": _midnight(until) + timedelta(days=1),
        "first": since,
        "bucket": by.value,
        "unit": Bucket.DAY.value if by is Bucket.WHOLE else by.value,
        "order": TransferKind.ORDER.value,
        "usage": TransferKind.USAGE.value,
        "kinds": [kind.value for kind in _BOOKED_KINDS],
        "accepted": _ACCEPTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, values)
        return [
            UsageRow(first, Used(used), kind, times, units, price)
            for first, used, kind, times, units, price in cursor.fetchall()
        ]


def texts_counted_from() -> date:
    """Return the first day of which no text is deleted for its age yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(before) FROM messaging_purge")
        before: datetime | None = cursor.fetchone()[0]
    if before is None:
        return date.min
    at = before.astimezone(UTC)
    return at.date() if at.time() == time() else at.date() + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
