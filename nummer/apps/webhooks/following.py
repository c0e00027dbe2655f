"""Up to where a list that is followed is complete (ADR 252).

Ids carry the time at which they were made, rows appear when their transaction commits: a later
id may be there before an earlier one. Whoever asks "what came after this id" must not be told of
anything behind which something can still appear.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import connection

MADE_BEFORE_MS: Final = 5_000  # the longest that an id is made before its transaction begins
_TIME_SHIFT: Final = 80  # RFC 9562, section 5.7: the upper 48 bits are milliseconds

QUIET_MS: Final = 60_000  # who has not written anything by then only reads, as a backup does

# The moment at which the oldest transaction began that may have something to show.
_OLDEST_WRITER: Final = """
    SELECT min(xact_start) FROM pg_stat_activity
     WHERE (backend_xid IS NOT NULL OR xact_start > to_timestamp(%s / 1000.0))
       AND datname = current_database() AND pid <> pg_backend_pid()
"""


def settled_before() -> UUID:
    """Return the id before which no further one appears; ask before the rows are read."""
    before_ms = int(time.time() * 1000)  # ids are made by the real clock
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_WRITER, [before_ms - QUIET_MS])
        (oldest,) = cursor.fetchone()
    return id_at(min(before_ms, _ms(oldest)) - MADE_BEFORE_MS)


def id_at(moment_ms: int) -> UUID:
    """Return the lowest id of a millisecond."""
    return UUID(int=moment_ms << _TIME_SHIFT)


def _ms(moment: datetime | None) -> int:
    return int((moment or datetime.max.replace(tzinfo=UTC)).timestamp() * 1000)
