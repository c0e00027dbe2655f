"""Cursors whose statements PostgreSQL parses and plans once for each connection.

Django writes the values into each statement, so the server reads and plans it anew every time:
two thirds of what a poll costs it (ADR 75). For the few statements that programs cause most.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper

PREPARE_AFTER: Final = 2  # a statement asked once or twice in a connection is not worth it


def prepared_cursor() -> AbstractContextManager[CursorWrapper]:
    """Return a cursor of this thread's connection that sends values beside the statement."""
    connection.ensure_connection()
    link = connection.connection
    link.prepare_threshold = PREPARE_AFTER  # statements with their values in them are never kept
    cursor = ServerBindingCursor(link)  # type: ignore[call-arg]  # the stubs know no psycopg 3
    # as connection.cursor() does: with Django's errors, and counted where queries are counted
    wrapped: CursorWrapper = connection._prepare_cursor(cursor)  # type: ignore[attr-defined]  # noqa: SLF001 -- the only way in
    return wrapped
