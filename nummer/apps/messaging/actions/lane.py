"""One call to the database in one round trip: bound by the server, prepared, binary both ways.

Django's cursor writes every value into the text of the statement, which both sides then pay for;
for a batch of messages that is more than storing it. The session is Django's own, so a call takes
part in its transaction, and commits by itself outside of one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from psycopg import Connection, Cursor
from psycopg.pq import Format

from nummer.apps.messaging.actions.columns import DUMPERS

_PREPARE_AFTER: Final = 1  # executions; Django's own cursors never prepare


class _Lane(threading.local):
    session: Connection[Any] | None = None
    cursor: Cursor[tuple[Any, ...]] | None = None


_lane: Final = _Lane()


def call(statement: bytes, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows. Raises Django's database errors."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = _cursor(connection.connection)
        cursor.execute(statement, values, binary=True)
        return cursor.fetchall()


def _cursor(session: Connection[Any]) -> Cursor[tuple[Any, ...]]:
    """Return this thread's cursor; a session that is new has to learn our columns."""
    if _lane.session is not session or _lane.cursor is None:
        for column, dumper in DUMPERS.items():
            session.adapters.register_dumper(column, dumper)
        session.prepare_threshold = _PREPARE_AFTER
        _lane.session = session
        _lane.cursor = Cursor(session)
        _lane.cursor.format = Format.BINARY
    return _lane.cursor
