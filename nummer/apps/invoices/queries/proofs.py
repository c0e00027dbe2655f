"""The invariants of invoices, as queries that must find nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from nummer.apps.invoices.actions.months import SPREAD, owed_from
from nummer.apps.invoices.jobs import next_month
from nummer.kernel import clock

LATE: Final = timedelta(days=1)  # a sweep may be down for a night
_SHOWN_MAX: Final = 5


def audit_lines(now: datetime | None = None) -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for `nummer audit`, which stands at the rim."""
    now = clock.now() if now is None else now
    lines = [_line(name, sql) for name, sql in _PROOFS]
    overdue = _line("every document owed was written within a day", _OVERDUE, [now - LATE])
    month = next_month()
    open_ = month is not None and owed_from(month.first_day) + SPREAD + LATE < now
    return [
        *lines,
        overdue,
        ("invoices: every month that is over was closed", int(open_), str(month) if open_ else ""),
    ]


def _line(name: str, sql: str, arguments: list[datetime] | None = None) -> tuple[str, int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), string_agg(found.name, ', ') FILTER (WHERE found.place <= "  # noqa: S608 -- constants of this app
            f"{_SHOWN_MAX}) FROM (SELECT name, row_number() OVER (ORDER BY name) AS place"
            f" FROM ({sql}) AS breach (name)) AS found",
            arguments or None,
        )
        breaches, detail = cursor.fetchone()
    return (f"invoices: {name}", breaches, detail or "")


_GAPLESS: Final = """
SELECT COALESCE(s.kind, i.kind) || ' ' || COALESCE(s.year, i.year)
  FROM invoices_series s
  FULL JOIN (SELECT kind, year, count(*) AS issued, min(serial) AS first, max(serial) AS last
               FROM invoices_issued GROUP BY kind, year) i USING (kind, year)
 WHERE s.last IS DISTINCT FROM COALESCE(i.last, 0) OR i.issued <> i.last OR i.first <> 1
"""
_NUMBERED: Final = """
SELECT COALESCE(d.account_id, i.account_id)::text
  FROM invoices_document d
  FULL JOIN invoices_issued i
    ON i.kind = d.kind AND i.year = d.year AND i.serial = d.serial
   AND i.account_id = d.account_id AND i.document_id = d.id
 WHERE d.id IS NULL OR i.document_id IS NULL
"""
_SUMMED: Final = """
SELECT d.account_id::text
  FROM invoices_document d
  LEFT JOIN (SELECT account_id, document_id, sum(net_micro) AS net, sum(tax_micro) AS tax
               FROM invoices_line GROUP BY account_id, document_id) l
    ON l.account_id = d.account_id AND l.document_id = d.id
 WHERE l.net IS DISTINCT FROM d.net_micro OR l.tax IS DISTINCT FROM d.tax_micro
"""
# Each sale and each refund stands in the first cut whose edges lie behind it; in no other.
_PLACED: Final = """
WITH moved AS (
  SELECT account_id, id, min(line) AS line, min(booked_at) AS booked_at, min(tx) AS tx,
         COALESCE(-sum(amount) FILTER (WHERE book = 1), 0) AS net,
         COALESCE(-sum(amount) FILTER (WHERE book = 2), 0) AS tax
    FROM ledger.transfer t
   WHERE book IN (1, 2) AND EXISTS (SELECT FROM accounts_account a WHERE a.id = t.account_id)
   GROUP BY account_id, id),
placed AS (
  SELECT moved.*, (SELECT min(d.until_at) FROM invoices_document d
                    WHERE d.account_id = moved.account_id AND d.through_line >= moved.line
                      AND d.until_at > moved.booked_at) AS until_at
    FROM moved)
"""
_EQUAL: Final = f"""
{_PLACED}
SELECT COALESCE(p.account_id, d.account_id)::text
  FROM (SELECT account_id, until_at,
               CASE WHEN net + tax > 0 THEN 'invoice' ELSE 'credit_note' END AS kind,
               sum(abs(net)) AS net, sum(abs(tax)) AS tax
          FROM placed WHERE until_at IS NOT NULL GROUP BY 1, 2, 3) p
  FULL JOIN invoices_document d
    ON d.account_id = p.account_id AND d.until_at = p.until_at AND d.kind = p.kind
 WHERE p.net IS DISTINCT FROM d.net_micro OR p.tax IS DISTINCT FROM d.tax_micro
"""  # noqa: S608 -- constants of this app
# What committed after its month was closed comes with the next month.
_UNWRITTEN: Final = f"""
{_PLACED}
SELECT p.account_id::text
  FROM placed p
 WHERE p.until_at IS NULL
   AND EXISTS (SELECT FROM invoices_month m
                WHERE m.ends_at > p.booked_at AND m.seen_before_tx > p.tx)
   AND NOT EXISTS (SELECT FROM invoices_owed o WHERE o.account_id = p.account_id)
"""  # noqa: S608 -- constants of this app
_TAX_BACK: Final = """
SELECT t.account_id::text
  FROM ledger.transfer t JOIN accounts_account a ON a.id = t.account_id
 WHERE t.book IN (1, 2)
 GROUP BY t.account_id, t.reference, t.book
HAVING sum(t.amount) > 0
"""
_OVERDUE: Final = "SELECT account_id::text FROM invoices_owed WHERE due_at < %s"

_PROOFS: Final = (
    ("the numbers of a kind and a year have no gap", _GAPLESS),
    ("every number names its one document", _NUMBERED),
    ("every document is the sum of its lines", _SUMMED),
    ("every document is the sum of what the ledger booked", _EQUAL),
    ("no sale stays without an invoice once its month is closed", _UNWRITTEN),
    ("no refund brings back more tax, or more price, than its sale bore", _TAX_BACK),
)
