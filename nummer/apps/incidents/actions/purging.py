"""What is old goes: words and persons first, the facts themselves with the books (PP-2.6).

A decision keeps its own copy of the facts that it rests on, so it can be computed again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db import connection

from nummer.policy.privacy import LENGTHS, Keep

WORDS_KEPT: Final = LENGTHS[Keep.YEARS_3]
FACTS_KEPT: Final = LENGTHS[Keep.BOOKS]
AT_ONCE: Final = 1_000


def purge(account_id: int, *, now: datetime) -> int:
    """Take off and delete what of an account is old, AT_ONCE of each kind; return how many rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT incidents_purge(%s, %s, %s, %s)",
            [account_id, now - WORDS_KEPT, now - FACTS_KEPT, AT_ONCE],
        )
        return int(cursor.fetchone()[0])


def old(*, until: datetime, limit: int) -> list[tuple[datetime, int]]:
    """Return (since, account) of those of whom something is old by `until`, earliest first."""
    asked: dict[str, Any] = {
        "words": WORDS_KEPT,
        "facts": FACTS_KEPT,
        "words_until": until - WORDS_KEPT,
        "facts_until": until - FACTS_KEPT,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OLD, asked)
        return list(cursor.fetchall())


_OLD: Final = """
SELECT min(due_at) AS due_at, account_id FROM (
  (SELECT learned_at + %(words)s AS due_at, account_id FROM incidents_fact
    WHERE actor <> 'gone' AND learned_at <= %(words_until)s ORDER BY learned_at LIMIT %(limit)s)
  UNION ALL
  (SELECT (SELECT greatest(f.learned_at, max(l.learned_at)) FROM incidents_fact l
            WHERE l.account_id = f.account_id AND l.about = f.id) + %(facts)s, f.account_id
     FROM incidents_fact f
    WHERE actor = 'gone' AND learned_at <= %(facts_until)s AND NOT EXISTS (
      SELECT 1 FROM incidents_fact l
       WHERE l.account_id = f.account_id AND l.about = f.id AND l.learned_at > %(facts_until)s)
    ORDER BY f.learned_at LIMIT %(limit)s)
  UNION ALL
  (SELECT released_at + %(words)s, account_id FROM incidents_blockrelease
    WHERE released_at <= %(words_until)s ORDER BY released_at LIMIT %(limit)s)
  UNION ALL
  (SELECT proposed_at + %(words)s, account_id FROM incidents_blockproposal p
    WHERE proposed_at <= %(words_until)s AND NOT EXISTS (
      SELECT 1 FROM incidents_balanceblock b WHERE b.account_id = p.account_id AND b.id = p.id)
    ORDER BY proposed_at LIMIT %(limit)s)
) AS each_kind
GROUP BY account_id ORDER BY due_at, account_id LIMIT %(limit)s
"""
