"""Which carriers the gateway sees bound."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from nummer.apps.alerts.models import Link

DOWN_AFTER: Final = timedelta(minutes=2)
LINKS_MAX: Final = 1_000


def saw_bound(carriers: Collection[str], *, now: datetime) -> None:
    """Note that these carriers are bound now."""
    with connection.cursor() as cursor:
        cursor.execute(_SAW, [now, sorted(carriers)])


def carriers_down(wanted: Collection[str], *, now: datetime) -> list[str]:
    """Return which of these carriers were not seen bound for DOWN_AFTER, or never."""
    rows = Link.objects.filter(carrier__in=list(wanted), seen_at__gte=now - DOWN_AFTER)
    seen = set(rows.order_by("carrier").values_list("carrier", flat=True)[:LINKS_MAX])
    return sorted(set(wanted) - seen)


_SAW = """
    INSERT INTO alerts_link (carrier, seen_at)
    SELECT carrier, %s FROM unnest(%s::text[]) AS bound (carrier) ORDER BY carrier
        ON CONFLICT (carrier) DO UPDATE SET seen_at = EXCLUDED.seen_at
"""
