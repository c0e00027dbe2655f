"""What a wallet holds, how it came to it, and the operator's books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.ledger.errors import WalletMissing
from nummer.apps.ledger.models import Book, TransferKind
from nummer.kernel.money import Money

PAGE_LINES_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Balance:
    """A wallet at one moment: `spendable` is what a new order may use.

    `promo` is the part of `total` that is never paid out; `held` and `earmarked` are reserved.
    """

    currency: str
    total: Money
    held: Money
    earmarked: Money
    promo: Money

    @property
    def spendable(self) -> Money:
        """What is neither held nor earmarked, promo money included."""
        return self.total - self.held - self.earmarked

    @classmethod
    def of(cls, currency: str, *, total: int, held: int, earmarked: int, promo: int) -> Balance:
        """Make it from the micro-units of a row."""
        return cls(
            currency=currency,
            total=Money(total, currency),
            held=Money(held, currency),
            earmarked=Money(earmarked, currency),
            promo=Money(promo, currency),
        )


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One operation as the customer sees it, all legs together.

    `line` counts the wallet's operations from 1; the last one of a page is the next `before`.
    """

    line: int
    at: datetime
    kind: TransferKind
    amount: Money
    balance_after: Money
    reference: UUID
    clause: str | None
    id: UUID


@dataclass(frozen=True, slots=True)
class BookTotal:
    """One of the operator's books in one currency; debits minus credits of customers, turned."""

    book: Book
    amount: Money
    transfers: int


def balance(account_id: int) -> Balance:
    """Return the wallet as it stands. Refuses: WalletMissing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT currency, balance, held, earmarked, promo FROM ledger.wallet"
            " WHERE account_id = %s",
            [account_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise WalletMissing
    return Balance.of(row[0], total=row[1], held=row[2], earmarked=row[3], promo=row[4])


def earmarked(account_id: int, *, earmark_id: UUID) -> Money:
    """Return what is kept for one purpose. Refuses: WalletMissing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.currency, coalesce(e.amount, 0) FROM ledger.wallet w"
            " LEFT JOIN ledger.earmark e ON e.account_id = w.account_id AND e.id = %s"
            " WHERE w.account_id = %s",
            [earmark_id, account_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise WalletMissing
    return Money(int(row[1]), row[0])


_STATEMENT: Final = """
SELECT first.line, first.booked_at, first.kind, whole.amount, whole.balance_after,
       first.reference, first.clause, first.id, first.currency
  FROM ledger.transfer AS first
 CROSS JOIN LATERAL (
   SELECT sum(leg.amount)::bigint AS amount,
          (array_agg(leg.balance_after ORDER BY leg.leg DESC))[1] AS balance_after
     FROM ledger.transfer AS leg
    WHERE leg.account_id = first.account_id AND leg.id = first.id) AS whole
 WHERE first.account_id = %(account_id)s AND first.leg = 0
   AND (%(before)s::bigint IS NULL OR first.line < %(before)s::bigint)
   AND (%(kind)s::smallint IS NULL OR first.kind = %(kind)s::smallint)
   AND (%(from_at)s::timestamptz IS NULL OR first.booked_at >= %(from_at)s::timestamptz)
   AND (%(until_at)s::timestamptz IS NULL OR first.booked_at < %(until_at)s::timestamptz)
 ORDER BY first.line DESC
 LIMIT %(limit)s
"""


def statement(
    account_id: int,
    *,
    before: int | None = None,
    limit: int = 50,
    kind: TransferKind | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
) -> list[StatementLine]:
    """Return operations, latest first, below line `before`; at most PAGE_LINES_MAX of them.

    Of one kind and booked from a moment on and before another, where they are given.
    A page keeps its lines whatever is booked meanwhile. An account without a wallet has none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _STATEMENT,
            {
                "account_id": account_id,
                "before": before,
                "kind": kind,
                "from_at": from_at,
                "until_at": until_at,
                "limit": max(1, min(limit, PAGE_LINES_MAX)),
            },
        )
        rows = cursor.fetchall()
    return [
        StatementLine(
            line=line,
            at=at,
            kind=TransferKind(kind),
            amount=Money(amount, currency),
            balance_after=Money(balance_after, currency),
            reference=reference,
            clause=clause,
            id=id_,
        )
        for line, at, kind, amount, balance_after, reference, clause, id_, currency in rows
    ]


def book_totals() -> list[BookTotal]:
    """Return the operator's books: what was rolled up plus what came since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT book, currency, amount, transfers FROM ledger.book_total"
            " ORDER BY book, currency"
        )
        rows = cursor.fetchall()
    return [
        BookTotal(book=Book(book), amount=Money(int(amount), currency), transfers=transfers)
        for book, currency, amount, transfers in rows
    ]
