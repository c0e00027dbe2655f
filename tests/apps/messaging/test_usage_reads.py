"""What adding up the usage of some days reads of a long journal."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.ledger.models import TransferKind
from nummer.apps.messaging import queries
from nummer.apps.messaging.queries import Bucket
from tests import builders
from tests.builders import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]

BOOKINGS = 50_000
_YEAR = """
INSERT INTO ledger.transfer
       (account_id, id, leg, line, kind, book, fund, currency, amount, promo, balance_after,
        promo_after, held_after, earmarked_after, reference, booked_at)
SELECT %s, md5(%s::text || g)::uuid, 0, g + 10, %s, 1, 1, 'EUR', -1000, 0, 1, 0, 0, 0,
       md5(%s::text || g)::uuid, %s::timestamptz + g * interval '10 minutes'
  FROM generate_series(1, %s) g
"""


def test_days_are_added_up_without_reading_the_rest_of_the_journal() -> None:
    account_id = builders.customer(balance="5.00")
    began = NOW - timedelta(days=300)
    kind = TransferKind.USAGE.value
    with connection.cursor() as cursor:
        cursor.execute(_YEAR, [account_id, account_id, kind, account_id, began, BOOKINGS])
        cursor.execute("SELECT brin_summarize_new_values('ledger.transfer_by_time')")
        cursor.execute("ANALYZE ledger.transfer")
        cursor.execute("SELECT pg_relation_size('ledger.transfer') / 8192")
        [pages] = cursor.fetchone()
    day = (began + timedelta(days=100)).date()

    with CaptureQueriesContext(connection) as made:
        rows = queries.usage(account_id, since=day, until=day + timedelta(days=9), by=Bucket.WHOLE)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + made[0]["sql"])
        [plan] = cursor.fetchone()
    [top] = plan if isinstance(plan, list) else json.loads(plan)
    read = top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"]

    assert sum(row.price_micro for row in rows) == 10 * 144 * 1000
    assert read < pages / 5
