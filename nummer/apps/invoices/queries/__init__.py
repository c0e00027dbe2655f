"""What others may read of invoices."""

from nummer.apps.invoices.details import Addressee, TaxNumberRow, addressee, tax_number
from nummer.apps.invoices.queries.days import (
    Day,
    Difference,
    Gap,
    ListState,
    Sent,
    Side,
    SideSum,
    day_of,
    reconcile,
    reconcile_sent,
)
from nummer.apps.invoices.queries.documents import (
    DocumentRow,
    Page,
    documents,
    documents_of_month,
    pdf,
)
from nummer.apps.invoices.queries.proofs import audit_lines
from nummer.apps.invoices.queries.taxed import (
    Doubt,
    doubts,
    reverse_charged,
    unchecked_tax_numbers,
)
from nummer.apps.invoices.queries.totals import TaxRow, TaxTotals, closed_months, tax_totals

__all__ = [
    "Addressee",
    "Day",
    "Difference",
    "DocumentRow",
    "Doubt",
    "Gap",
    "ListState",
    "Page",
    "Sent",
    "Side",
    "SideSum",
    "TaxNumberRow",
    "TaxRow",
    "TaxTotals",
    "addressee",
    "audit_lines",
    "closed_months",
    "day_of",
    "documents",
    "documents_of_month",
    "doubts",
    "pdf",
    "reconcile",
    "reconcile_sent",
    "reverse_charged",
    "tax_number",
    "tax_totals",
    "unchecked_tax_numbers",
]
