"""The verbs of invoices."""

from nummer.apps.invoices.actions.details import (
    confirm_tax_number,
    give_tax_number,
    name_addressee,
    withdraw_tax_number,
)
from nummer.apps.invoices.actions.months import WRITTEN_FROM, close_month, write_documents

__all__ = [
    "WRITTEN_FROM",
    "close_month",
    "confirm_tax_number",
    "give_tax_number",
    "name_addressee",
    "withdraw_tax_number",
    "write_documents",
]
