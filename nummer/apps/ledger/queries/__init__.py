"""What others may read of the ledger."""

from nummer.apps.ledger.models import Book, Fund, HoldState, TransferKind
from nummer.apps.ledger.queries.balances import (
    Balance,
    BookTotal,
    StatementLine,
    balance,
    book_totals,
    earmarked,
    statement,
)
from nummer.apps.ledger.queries.days import DaySum, day_sums
from nummer.apps.ledger.queries.lots import Lot, Share, lots, shares
from nummer.apps.ledger.queries.proofs import audit_lines

__all__ = [
    "Balance",
    "Book",
    "BookTotal",
    "DaySum",
    "Fund",
    "HoldState",
    "Lot",
    "Share",
    "StatementLine",
    "TransferKind",
    "audit_lines",
    "balance",
    "book_totals",
    "day_sums",
    "earmarked",
    "lots",
    "shares",
    "statement",
]
