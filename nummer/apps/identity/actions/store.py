"""What the verbs of papers share: one at a time for each account."""

from __future__ import annotations

from typing import Final

from django.db import connection

_PAPERS: Final = 0x50415052  # keeps this lock apart from others on the same account


def one_at_a_time(account_id: int) -> None:
    """Let nobody else hand in, send or purge an account's papers until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PAPERS, account_id & 0x7FFF_FFFF])
