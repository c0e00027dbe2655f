"""Reads of supply: accounts at wholesalers, looks, changes, stock beside its costs, differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models.functions import Least as Earliest

from nummer.apps.leases import queries as leases
from nummer.apps.supply.errors import NoSuchSupplier
from nummer.apps.supply.models import Change, Difference, Least, Odd, Sync, Wholesale
from nummer.apps.supply.ports import wholesaler_called
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class AccountRow:
    """Our account at a wholesaler; `left` is what may still be spent."""

    code: str
    connected: bool
    balance: Money | None
    left: Money | None
    least: Money | None
    low_at: datetime | None
    funds_at: datetime | None
    synced_at: datetime | None
    compared_at: datetime | None
    differences: int


@dataclass(frozen=True, slots=True)
class SyncRow:
    """A look at what a wholesaler sells, and how far it is."""

    id: UUID
    supplier: str
    began_at: datetime
    places: int
    places_done: int
    groups: int
    changes: int
    numbers: int
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """What a wholesaler has of a country and kind, what it costs, and what is free of ours."""

    country: str
    kind: str
    groups: int
    stock: int
    papers: int
    monthly_from: Money
    monthly_to: Money
    free: int
    least: int
    low_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Something that differed from the look before."""

    id: UUID
    country: str
    kind: str
    place: str
    field: str
    before: str
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """A wholesaler's list of our numbers and our leases differ."""

    id: UUID
    odd: Odd
    reference: str
    e164: str
    found_at: datetime


def key_of(code: str) -> UUID:
    """Return the key by which the sweeper knows an account at a wholesaler."""
    return id_of("supply-account", code)


def due_accounts(*, until: datetime, limit: int) -> list[tuple[datetime, str]]:
    """Return (moment, code) of the accounts to look at, earliest first; only connected ones."""
    rows = Wholesale.objects.annotate(
        due=Earliest("funds_due_at", "sync_due_at", "compare_due_at")
    ).filter(due__lte=until)
    found = rows.order_by("due", "code").values_list("due", "code")[:limit]
    return [(due, code) for due, code in found if wholesaler_called(code) is not None]


def accounts() -> list[AccountRow]:
    """Return our accounts at wholesalers, by code."""
    odd = {
        code: sum(1 for _ in differences(code))
        for code in Wholesale.objects.values_list("code", flat=True)
    }
    return [_account(row, odd) for row in Wholesale.objects.order_by("code")[:LISTED_MAX]]


def account(code: str) -> AccountRow:
    """Return one account. Refuses: NoSuchSupplier."""
    row = Wholesale.objects.filter(code=code).first()
    if row is None:
        raise NoSuchSupplier
    return _account(row, {code: len(differences(code))})


def syncs(code: str, *, limit: int = 10) -> list[SyncRow]:
    """Return the latest looks at what a wholesaler sells, newest first."""
    return [
        SyncRow(
            row.id,
            row.supplier,
            row.began_at,
            row.places,
            row.places_done,
            row.groups,
            row.changes,
            row.numbers,
            row.done_at,
        )
        for row in Sync.objects.filter(supplier=code).order_by("-id")[:limit]
    ]


def changes(code: str, *, before: UUID | None = None, limit: int = 50) -> list[ChangeRow]:
    """Return what differed from look to look, newest first."""
    rows = Change.objects.filter(supplier=code).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        ChangeRow(
            row.id, row.country, row.kind, row.place, row.field, row.before, row.after, row.at
        )
        for row in rows[:limit]
    ]


def differences(code: str, *, limit: int = LISTED_MAX) -> list[DifferenceRow]:
    """Return the differences that last, newest first."""
    rows = Difference.objects.filter(supplier=code, gone_at=None).order_by("-id")[:limit]
    return [
        DifferenceRow(row.id, Odd(row.odd), row.reference, row.e164, row.found_at) for row in rows
    ]


_PLACES: Final = """
SELECT country, kind, count(*), sum(stock), count(*) FILTER (WHERE needs_papers),
       min(monthly_micro), max(monthly_micro), min(currency)
  FROM supply_group WHERE supplier = %s AND gone_at IS NULL
 GROUP BY country, kind ORDER BY country, kind LIMIT %s
"""


def places(code: str, *, now: datetime, limit: int = LISTED_MAX) -> list[PlaceRow]:
    """Return what a wholesaler has by country and kind, beside what is free of ours."""
    free: Mapping[tuple[str, str], int] = leases.free_by_place(code, now=now)
    least = {
        (row.country, row.kind): row
        for row in Least.objects.filter(supplier=code).order_by("country", "kind")
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [code, limit])
        rows = cursor.fetchall()
    return [
        PlaceRow(
            country=country,
            kind=kind,
            groups=groups,
            stock=int(stock),
            papers=papers,
            monthly_from=Money(int(lowest), currency),
            monthly_to=Money(int(highest), currency),
            free=free.get((country, kind), 0),
            least=least[country, kind].least if (country, kind) in least else 0,
            low_at=least[country, kind].low_at if (country, kind) in least else None,
        )
        for country, kind, groups, stock, papers, lowest, highest, currency in rows
    ]


def _account(row: Wholesale, odd: Mapping[str, int]) -> AccountRow:
    balance = None if row.balance_micro is None else Money(row.balance_micro, row.currency)
    credit = Money(row.credit_micro or 0, row.currency) if row.currency else None
    return AccountRow(
        code=row.code,
        connected=wholesaler_called(row.code) is not None,
        balance=balance,
        left=None if balance is None or credit is None else balance + credit,
        least=Money(row.least_micro, row.currency or "USD")
        if row.least_micro is not None
        else None,
        low_at=row.low_at,
        funds_at=row.funds_at,
        synced_at=row.synced_at,
        compared_at=row.compared_at,
        differences=odd.get(row.code, 0),
    )
