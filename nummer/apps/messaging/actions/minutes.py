"""How many SMS each minute had: added by whoever carries them, every few seconds (ADR 425)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import connection, transaction

from nummer.apps.messaging.models import Minute

KEPT: Final = timedelta(days=2)


class Counted(StrEnum):
    """What is counted; the names are the columns."""

    CAME = "came"  # carriers delivered it
    ACKNOWLEDGED = "acknowledged"  # it was stored, and the carrier told so
    REFUSED = "refused"  # the carrier was told to keep it
    LEFT = "left"  # a carrier took it of us
    DECLINED = "declined"  # a carrier would not


_ADD: Final = """
INSERT INTO messaging_minute AS m (minute, came, acknowledged, refused, "left", declined)
VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (minute) DO UPDATE
  SET came = m.came + excluded.came, acknowledged = m.acknowledged + excluded.acknowledged,
      refused = m.refused + excluded.refused, "left" = m."left" + excluded."left",
      declined = m.declined + excluded.declined
"""


def count_minutes(counts: Mapping[datetime, Mapping[Counted, int]], *, now: datetime) -> None:
    """Add to the counts of minutes, and forget those that are over for two days."""
    with transaction.atomic(), connection.cursor() as cursor:
        for minute in sorted(counts):
            said = [counts[minute].get(each, 0) for each in Counted]
            cursor.execute(_ADD, [minute, *said])
        Minute.objects.filter(minute__lt=now - KEPT).delete()
