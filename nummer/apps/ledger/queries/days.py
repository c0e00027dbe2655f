"""What moved on each day, of all customers together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import connection

from nummer.apps.ledger.models import TransferKind
from nummer.kernel.money import Money


@dataclass(frozen=True, slots=True)
class DaySum:
    """What one kind of movement came to on a day, in UTC; positive is the customers' gain."""

    day: date
    kind: TransferKind
    amount: Money
    transfers: int


def day_sums(*, since: date, until: date) -> list[DaySum]:
    """Return the sums of the days from `since` to `until`, both in it, the eldest first.

    A reversal counts as what it takes back, on its own day.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, kind, currency, amount, transfers FROM ledger.day_sum"
            " WHERE day BETWEEN %s AND %s ORDER BY day, kind, currency",
            [since, until],
        )
        return [
            DaySum(day, TransferKind(kind), Money(int(amount), currency), transfers)
            for day, kind, currency, amount, transfers in cursor.fetchall()
        ]
