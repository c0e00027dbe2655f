"""Measures of each carrier what came of the SMS of rented numbers, and of probes (ADR 320)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from nummer.apps.catalogue import sms_pricing
from nummer.apps.messaging.models import Outgoing

EVERY: Final = timedelta(hours=1)
MEASURED: Final = timedelta(days=1)  # what is older says little about a route today
RECEIPT_WITHIN: Final = timedelta(minutes=30)  # what has no receipt by then did not arrive


def measure_quality(*, now: datetime) -> int:
    """Keep of each carrier and rate's prefix what became of a day's SMS; return how many rows.

    Those without a receipt count once they had the time to get one.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _MEASURE,
            {"since": now - MEASURED, "now": now, "settled": now - RECEIPT_WITHIN},
        )
        rows = cursor.fetchall()
    for carrier, prefix, sent, delivered, delay_ms in rows:
        sms_pricing.set_quality(
            carrier=carrier,
            prefix=prefix,
            sent=sent,
            delivered=delivered,
            delay_ms=delay_ms,
            now=now,
        )
    sms_pricing.set_quality(carrier=_RUN, prefix="", sent=0, delivered=0, delay_ms=None, now=now)
    sms_pricing.forget_quality(before=now)
    return len(rows)


def quality_due_at() -> datetime | None:
    """Return when to measure next: an hour after the last time, while anything left since."""
    last = sms_pricing.quality_measured_at()
    left = Outgoing.objects.filter(rate_id__isnull=False).exclude(state__in=["queued", "taken"])
    if last is not None:
        left = left.filter(queued_at__gt=last - MEASURED)
    first = left.order_by("queued_at").values_list("queued_at", flat=True).first()
    if first is None:
        return None
    return (first if last is None else last) + EVERY


_RUN: Final = ""  # no carrier's code: when the last run was, also where nothing was to measure

_MEASURE: Final = """
SELECT o.carrier, r.prefix, count(*)::integer,
       (count(*) FILTER (WHERE o.state = 'delivered'))::integer,
       (1000 * percentile_cont(0.5) WITHIN GROUP (
         ORDER BY greatest(0, extract(epoch FROM o.done_at - o.sent_at)))
         FILTER (WHERE o.state = 'delivered'))::integer
  FROM messaging_outgoing o
  JOIN catalogue_smsrate r ON r.id = o.rate_id
 WHERE o.state NOT IN ('queued', 'taken') AND o.queued_at > %(since)s AND o.queued_at <= %(now)s
   AND (o.state IN ('delivered', 'undelivered') OR o.state = 'sent' AND o.sent_at <= %(settled)s)
   AND o.carrier <> ''
 GROUP BY o.carrier, r.prefix
 ORDER BY o.carrier, r.prefix
"""
