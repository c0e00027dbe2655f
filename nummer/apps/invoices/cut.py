"""Which sales a document covers: a cut through the journal of a wallet (ADR 122).

A wallet numbers its operations as they are committed, but an operation may be booked at an
earlier moment than the one before it: whatever was due while the machine was off is booked at the
moment at which it was due. So a cut has two edges. A document covers each operation up to a line
and before a moment, unless an earlier document did. Nothing is noted for a sale, and each sale is
covered exactly once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection

from nummer.apps.invoices.models import Mark, Treatment
from nummer.kernel.money import Money

_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Edge:
    """Up to which line and before which moment the journal is covered."""

    through_line: int
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """What lies between two edges; lines before `first_line` are covered all."""

    account_id: int
    first_line: int
    covered: Edge
    until: Edge


@dataclass(frozen=True, slots=True)
class Sold:
    """Sales of one thing at one price and rate, or what came back of them, all positive.

    `of` is (year, serial) of the invoice that a credited sale stands on, None where no invoice
    has it.
    """

    service: str
    country: str
    rate_bp: int
    treatment: Treatment
    of: tuple[int, int] | None
    quantity: int
    net: Money
    tax: Money


def cut_before(account_id: int, mark: Mark | None, *, until_at: datetime) -> Cut:
    """Return the cut from what is covered to everything that is booked now before `until_at`.

    Operations get their lines under the wallet's lock, so all up to the last one are committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_line FROM ledger.wallet WHERE account_id = %s", [account_id])
        row = cursor.fetchone()
    covered = Edge(mark.through_line, mark.until_at) if mark else Edge(0, _EARLIEST)
    return Cut(
        account_id=account_id,
        first_line=mark.first_open_line if mark else 1,
        covered=covered,
        until=Edge(max(row[0] if row else 0, covered.through_line), until_at),
    )


def first_open_line(cut: Cut) -> int:
    """Return the first line that is still open once the cut is covered."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_OPEN, _arguments(cut))
        (line,) = cursor.fetchone()
    return cut.until.through_line + 1 if line is None else int(line)


def sales(cut: Cut) -> list[Sold]:
    """Return what was sold within the cut, in the order of an invoice."""
    return _read(_SALES, cut)


def credits_given(cut: Cut) -> list[Sold]:
    """Return what came back within the cut, with the invoices that the sales stand on."""
    return _read(_CREDITS, cut)


def _read(sql: str, cut: Cut) -> list[Sold]:
    with connection.cursor() as cursor:
        cursor.execute(sql, _arguments(cut))
        rows = cursor.fetchall()
    return [
        Sold(
            service=service,
            country=country,
            rate_bp=rate_bp,
            treatment=Treatment(treatment),
            of=None if year is None else (year, serial),
            quantity=quantity,
            net=Money(net, currency),
            tax=Money(tax, currency),
        )
        for service, country, rate_bp, treatment, year, serial, quantity, currency, net, tax in rows
    ]


def _arguments(cut: Cut) -> dict[str, int | datetime]:
    return {
        "account_id": cut.account_id,
        "first_line": cut.first_line,
        "covered_line": cut.covered.through_line,
        "covered_at": cut.covered.until_at,
        "through_line": cut.until.through_line,
        "until_at": cut.until.until_at,
    }


def total(parts: Sequence[Sold], currency: str) -> tuple[Money, Money]:
    """Return the sums without tax and of the tax."""
    zero = Money(0, currency)
    return sum((part.net for part in parts), zero), sum((part.tax for part in parts), zero)


_WITHIN: Final = """
       account_id = %(account_id)s AND leg = 0
   AND line BETWEEN %(first_line)s AND %(through_line)s
   AND booked_at < %(until_at)s
   AND NOT (line <= %(covered_line)s AND booked_at < %(covered_at)s)
"""
_FIRST_OPEN: Final = """
SELECT min(line) FROM ledger.transfer
 WHERE account_id = %(account_id)s AND leg = 0
   AND line BETWEEN %(first_line)s AND %(through_line)s AND booked_at >= %(until_at)s
"""
# Books 1 and 2 are revenue and tax: what is not booked there is no sale (top-ups, payouts, gifts).
_OPERATIONS: Final = f"""
WITH moved AS (
  SELECT first.line, first.reference, first.booked_at, first.currency,
         COALESCE(-sum(leg.amount) FILTER (WHERE leg.book = 1), 0)::bigint AS net,
         COALESCE(-sum(leg.amount) FILTER (WHERE leg.book = 2), 0)::bigint AS tax
    FROM (SELECT account_id, id, line, reference, booked_at, currency
            FROM ledger.transfer WHERE {_WITHIN}) AS first
    JOIN ledger.transfer AS leg ON leg.account_id = first.account_id AND leg.id = first.id
   WHERE leg.book IN (1, 2)
   GROUP BY first.line, first.reference, first.booked_at, first.currency),
told AS (
  SELECT moved.*, COALESCE(o.service_code, '') AS service, COALESCE(o.country, '') AS country,
         COALESCE(o.tax_rate_bp, p.tax_rate_bp,
                  (abs(moved.tax) * 10000 + abs(moved.net) / 2) / GREATEST(abs(moved.net), 1)
                 )::integer AS rate_bp,
         COALESCE(o.placed_at, p.agreed_at) AS placed_at
    FROM moved
    LEFT JOIN orders_order o ON o.account_id = %(account_id)s AND o.id = moved.reference
    LEFT JOIN leases_period p ON p.account_id = %(account_id)s AND p.id = moved.reference),
judged AS (
  SELECT told.*,
         CASE WHEN rate_bp > 0 OR tax <> 0 THEN 'taxed'
              WHEN EXISTS (SELECT FROM invoices_taxnumber n
                            WHERE n.account_id = %(account_id)s AND n.given_at <= told.placed_at
                              AND (n.withdrawn_at IS NULL OR told.placed_at < n.withdrawn_at))
                THEN 'reverse_charge'
              ELSE 'outside' END AS treatment
    FROM told)
"""  # noqa: S608 -- constants of this app
_SALES: Final = f"""{_OPERATIONS}
SELECT service, country, rate_bp, treatment, NULL, NULL, count(*), currency,
       sum(net)::bigint, sum(tax)::bigint
  FROM judged WHERE net + tax > 0
 GROUP BY service, country, rate_bp, treatment, currency, net
 ORDER BY service, country, rate_bp, treatment, net
"""  # noqa: S608 -- constants of this app
# The invoice of a sale is the first whose edge lies behind it.
_CREDITS: Final = f"""{_OPERATIONS}
SELECT j.service, j.country, j.rate_bp, j.treatment, sold.year, sold.serial, count(*), j.currency,
       -sum(j.net)::bigint, -sum(j.tax)::bigint
  FROM judged j
  LEFT JOIN LATERAL (
    SELECT d.year, d.serial
      FROM ledger.transfer s
      JOIN invoices_document d
        ON d.account_id = s.account_id AND d.kind = 'invoice'
       AND d.through_line >= s.line AND d.until_at > s.booked_at
     WHERE s.account_id = %(account_id)s AND s.id = j.reference AND s.leg = 0
     ORDER BY d.until_at LIMIT 1) AS sold ON true
 WHERE j.net + j.tax < 0
 GROUP BY j.service, j.country, j.rate_bp, j.treatment, sold.year, sold.serial, j.currency, j.net
 ORDER BY sold.year, sold.serial, j.service, j.country, j.rate_bp, j.treatment, -j.net
"""  # noqa: S608 -- constants of this app
