"""The end of endpoints and of old events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.webhooks.kinds import Sort
from nummer.apps.webhooks.models import Attempt, Endpoint, Follow

KEPT: Final = timedelta(days=30)
PURGED_AT_ONCE: Final = 2_000  # events in one transaction

_FORGOTTEN: Final = """
    WITH told AS (
        DELETE FROM webhooks_delivery WHERE account_id = %s AND endpoint_id = %s
        RETURNING account_id, event_id
    )
    DELETE FROM webhooks_event e USING told t
     WHERE e.account_id = t.account_id AND e.id = t.event_id
       AND NOT EXISTS (SELECT FROM webhooks_delivery d
                        WHERE d.account_id = e.account_id AND d.event_id = e.id
                          AND d.endpoint_id <> %s)
"""
_PURGE: Final = """
    WITH old AS MATERIALIZED (
        SELECT account_id, id FROM webhooks_event WHERE at <= %s ORDER BY at LIMIT %s
           FOR UPDATE SKIP LOCKED
    ), calls AS (
        DELETE FROM webhooks_attempt a USING old o, webhooks_delivery d
         WHERE d.account_id = o.account_id AND d.event_id = o.id
           AND a.account_id = d.account_id AND a.endpoint_id = d.endpoint_id
           AND a.event_id = d.event_id
    ), deliveries AS (
        DELETE FROM webhooks_delivery d USING old o
         WHERE d.account_id = o.account_id AND d.event_id = o.id
    )
    DELETE FROM webhooks_event e USING old o WHERE e.account_id = o.account_id AND e.id = o.id
"""
_UNUSED: Final = f"""
    DELETE FROM webhooks_endpoint e
     WHERE e.sort = '{Sort.MESSAGE}' AND e.created_at <= %s
       AND NOT EXISTS (SELECT FROM webhooks_delivery d
                        WHERE d.account_id = e.account_id AND d.endpoint_id = e.id)
       AND NOT EXISTS (SELECT FROM webhooks_follow f
                        WHERE f.account_id = e.account_id AND f.endpoint_id = e.id)
"""  # noqa: S608 -- a word of our own


def remove(account_id: int, *, endpoint_id: UUID) -> bool:
    """Forget an endpoint and everything that was to be told to it; say whether there was one."""
    with transaction.atomic():
        # Its row first: what is announced meanwhile either finds it gone or is forgotten, too.
        if not (
            Endpoint.objects.select_for_update()
            .filter(account_id=account_id, id=endpoint_id)
            .values_list("id")
        ):
            return False
        Attempt.objects.filter(account_id=account_id, endpoint_id=endpoint_id).delete()
        with connection.cursor() as cursor:
            cursor.execute(_FORGOTTEN, [account_id, endpoint_id, endpoint_id])
        Endpoint.objects.filter(account_id=account_id, id=endpoint_id).delete()
    return True


def purge(*, now: datetime) -> int:
    """Delete what is older than KEPT, the oldest first; return how many events went.

    Addresses of single messages go with the last of their events.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PURGE, [now - KEPT, PURGED_AT_ONCE])
        gone = int(cursor.rowcount)
        Follow.objects.filter(at__lte=now - KEPT).delete()
        cursor.execute(_UNUSED, [now - KEPT])
    return gone
