"""The tax of a month: sums by country and rate that reconcile with the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

from nummer.apps.invoices.models import DocumentKind, Month, Treatment
from nummer.kernel.money import Money
from nummer.policy.tax import TaxMonth


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What was sold to customers of a country at a rate, and what of it came back."""

    country: str
    rate_bp: int
    treatment: Treatment
    kind: DocumentKind
    sales: int
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class TaxTotals:
    """A month's rows; `booked` are the ledger's sums of what its documents cover, by currency.

    `written` are the documents' own: both are (net, tax), sales less what came back.
    """

    month: TaxMonth
    rows: list[TaxRow]
    written: dict[str, tuple[Money, Money]]
    booked: dict[str, tuple[Money, Money]]

    @property
    def reconciled(self) -> bool:
        """Tell whether the ledger says the same."""
        return self.written == self.booked


def closed_months(limit: int = 120) -> list[TaxMonth]:
    """Return the months that are closed, newest first."""
    rows = Month.objects.order_by("-month").values_list("month", flat=True)[:limit]
    return [TaxMonth.beginning(day) for day in rows]


def tax_totals(month: TaxMonth) -> TaxTotals:
    """Return the tax of a month's documents, beside the ledger's sums of what they cover."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [month.first_day])
        rows = [
            TaxRow(
                country,
                rate_bp,
                Treatment(treatment),
                DocumentKind(kind),
                sales,
                Money(net, currency),
                Money(tax, currency),
            )
            for country, rate_bp, treatment, kind, currency, sales, net, tax in cursor.fetchall()
        ]
        cursor.execute(_BOOKED, [month.first_day])
        booked = {row[0]: (Money(row[1], row[0]), Money(row[2], row[0])) for row in cursor}
    return TaxTotals(month, rows, _written(rows), booked)


def _written(rows: list[TaxRow]) -> dict[str, tuple[Money, Money]]:
    sums: dict[str, tuple[Money, Money]] = {}
    for row in rows:
        zero = Money(0, row.net.currency)
        net, tax = sums.get(row.net.currency, (zero, zero))
        if row.kind is DocumentKind.INVOICE:
            sums[row.net.currency] = (net + row.net, tax + row.tax)
        else:
            sums[row.net.currency] = (net - row.net, tax - row.tax)
    return sums


_ROWS: Final = """
SELECT l.tax_country, l.rate_bp, l.treatment, d.kind, d.currency, sum(l.quantity)::bigint,
       sum(l.net_micro)::bigint, sum(l.tax_micro)::bigint
  FROM invoices_document d
  JOIN invoices_line l ON l.account_id = d.account_id AND l.document_id = d.id
 WHERE d.month = %s
 GROUP BY l.tax_country, l.rate_bp, l.treatment, d.kind, d.currency
 ORDER BY d.currency, l.tax_country, l.rate_bp DESC, l.treatment, d.kind DESC
"""
# Straight from the journal, by the edges of the cut (`cut`): no line of a document is read.
_BOOKED: Final = """
WITH edge AS (
  SELECT DISTINCT account_id, through_line, until_at FROM invoices_document WHERE month = %s),
covered AS (
  SELECT edge.*, before.through_line AS before_line, before.until_at AS before_at
    FROM edge
    LEFT JOIN LATERAL (
      SELECT d.through_line, d.until_at FROM invoices_document d
       WHERE d.account_id = edge.account_id AND d.until_at < edge.until_at
       ORDER BY d.until_at DESC LIMIT 1) AS before ON true)
SELECT t.currency,
       COALESCE(-sum(t.amount) FILTER (WHERE t.book = 1), 0)::bigint,
       COALESCE(-sum(t.amount) FILTER (WHERE t.book = 2), 0)::bigint
  FROM covered c
  JOIN ledger.transfer t ON t.account_id = c.account_id
 WHERE t.book IN (1, 2) AND t.line <= c.through_line AND t.booked_at < c.until_at
   AND NOT (t.line <= COALESCE(c.before_line, 0)
            AND t.booked_at < COALESCE(c.before_at, '-infinity'::timestamptz))
 GROUP BY t.currency
"""
