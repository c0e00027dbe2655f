"""Reads rates, costs, routes, parities and prices of rented numbers for those who keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from nummer.apps.catalogue.models import LeasePrice, SmsQuality, SmsRoute
from nummer.apps.catalogue.sms_book import held_parities, longest
from nummer.apps.catalogue.sms_lists import Change, Difference, list_lines
from nummer.apps.catalogue.sms_rates import Quality
from nummer.kernel.money import Money

ROWS_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate that holds, or begins later; without a sum its prefix ends then."""

    prefix: str
    local: bool
    net: Money | None
    from_at: datetime
    reason: str

    @property
    def cursor(self) -> str:
        """Return what leads to the rows behind this one."""
        return f"{self.prefix}:{int(self.local)}"


@dataclass(frozen=True, slots=True)
class CostRow:
    """A cost that holds."""

    carrier: str
    prefix: str
    destination: str
    cost: Money
    from_at: datetime
    reason: str

    @property
    def cursor(self) -> str:
        """Return what leads to the rows behind this one."""
        return f"{self.prefix}:{self.carrier}"


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A carrier's word about a prefix, and how well he does there."""

    carrier: str
    supplier: str
    prefix: str
    enabled: bool
    priority: int
    throughput_per_s: int
    quality: Quality | None


@dataclass(frozen=True, slots=True)
class LeasePriceRow:
    """What a rented number costs from a moment on, without tax; without a month the offer ends."""

    country: str
    kind: str
    monthly: Money | None
    setup: Money
    from_at: datetime


def rates_held(
    currency: str, *, beginning: str, now: datetime, after: str = "", limit: int = ROWS_PAGE
) -> list[RateRow]:
    """Return the rates of a currency that hold, of prefixes that begin so, by prefix."""
    prefix, local = _place(after)
    rows = _read(
        _RATES,
        {
            "currency": currency,
            "like": f"{_digits(beginning)}%",
            "now": now,
            "prefix": prefix,
            "local": local == "1",
            "begun": bool(after),
            "limit": limit,
        },
    )
    return [_rate(row, currency=currency) for row in rows]


def rates_planned(
    currency: str, *, beginning: str, now: datetime, limit: int = ROWS_PAGE
) -> list[RateRow]:
    """Return the rates of a currency that begin later, the next first."""
    values = {"currency": currency, "like": f"{_digits(beginning)}%", "now": now, "limit": limit}
    return [_rate(row, currency=currency) for row in _read(_PLANNED, values)]


def costs_held(
    carrier: str, *, beginning: str, now: datetime, after: str = "", limit: int = ROWS_PAGE
) -> list[CostRow]:
    """Return the costs that hold, of one carrier or (empty) of all, by prefix and carrier."""
    prefix, behind = _place(after)
    rows = _read(
        _COSTS,
        {
            "carrier": carrier,
            "like": f"{_digits(beginning)}%",
            "now": now,
            "prefix": prefix,
            "behind": behind,
            "begun": bool(after),
            "limit": limit,
        },
    )
    return [
        CostRow(name, prefix, destination, Money(micro, currency), from_at, reason)
        for name, prefix, destination, currency, micro, from_at, reason in rows
    ]


def carriers_of_sms() -> list[str]:
    """Return the codes of all carriers that have a route or a cost."""
    return [str(row[0]) for row in _read(_CARRIERS, {})]


def routes(*, limit: int = 1_000) -> list[RouteRow]:
    """Return all routes by prefix, in the order they are tried, each with its carrier's quality."""
    measured: dict[str, dict[str, Quality]] = {}
    for row in SmsQuality.objects.order_by("carrier", "prefix"):
        measured.setdefault(row.carrier, {})[row.prefix] = Quality.of(
            row.sent, row.delivered, row.delay_ms
        )
    return [
        RouteRow(
            carrier=row.carrier,
            supplier=row.supplier,
            prefix=row.prefix,
            enabled=row.enabled,
            priority=row.priority,
            throughput_per_s=row.throughput_per_s,
            quality=longest(measured.get(row.carrier, {}), row.prefix),
        )
        for row in SmsRoute.objects.order_by("prefix", "priority", "carrier")[:limit]
    ]


def parities(*, now: datetime) -> list[tuple[str, Money]]:
    """Return what a unit of each currency counts in euros, by currency."""
    held = held_parities(at=now)
    return [(code, Money(held[code], "EUR")) for code in sorted(held) if code != "EUR"]


def lease_prices(*, now: datetime) -> list[LeasePriceRow]:
    """Return what holds and what begins later, by country, kind, currency and moment."""
    rows: dict[tuple[str, str, str], list[LeasePrice]] = {}
    for row in LeasePrice.objects.order_by("country_id", "kind", "currency", "from_at"):
        key = (row.country_id, row.kind, row.currency)
        if row.from_at <= now:
            rows[key] = []  # a later one has taken its place
        rows.setdefault(key, []).append(row)
    return [
        LeasePriceRow(
            country=row.country_id,
            kind=row.kind,
            monthly=None
            if row.monthly_net_micro is None
            else Money(row.monthly_net_micro, row.currency),
            setup=Money(row.setup_net_micro, row.currency),
            from_at=row.from_at,
        )
        for group in rows.values()
        for row in group
    ]


def all_list_lines(
    list_id: UUID, *, change: Change | None, losses_only: bool
) -> Iterator[list[Difference]]:
    """Yield all differences of a list, some at a time."""
    after = ""
    while rows := list_lines(
        list_id, change=change, losses_only=losses_only, after=after, limit=5_000
    ):
        yield rows
        after = rows[-1].prefix


_RATES: Final = """
SELECT prefix, local, net_micro, from_at, reason
  FROM (SELECT DISTINCT ON (prefix, local) prefix, local, net_micro, from_at, reason
          FROM catalogue_smsrate
         WHERE currency = %(currency)s AND prefix LIKE %(like)s AND from_at <= %(now)s
           AND (NOT %(begun)s OR (prefix, local) > (%(prefix)s, %(local)s))
         ORDER BY prefix, local, from_at DESC) held
 WHERE net_micro IS NOT NULL
 ORDER BY prefix, local LIMIT %(limit)s
"""
_PLANNED: Final = """
SELECT prefix, local, net_micro, from_at, reason FROM catalogue_smsrate
 WHERE currency = %(currency)s AND prefix LIKE %(like)s AND from_at > %(now)s
 ORDER BY from_at, prefix, local LIMIT %(limit)s
"""
_COSTS: Final = """
SELECT carrier, prefix, destination, currency, cost_micro, from_at, reason
  FROM (SELECT DISTINCT ON (prefix, carrier)
               carrier, prefix, destination, currency, cost_micro, from_at, reason
          FROM catalogue_smscost
         WHERE (%(carrier)s = '' OR carrier = %(carrier)s) AND prefix LIKE %(like)s
           AND from_at <= %(now)s
           AND (NOT %(begun)s OR (prefix, carrier) > (%(prefix)s, %(behind)s))
         ORDER BY prefix, carrier, from_at DESC) held
 WHERE cost_micro IS NOT NULL
 ORDER BY prefix, carrier LIMIT %(limit)s
"""
_CARRIERS: Final = """
SELECT carrier FROM catalogue_smsroute UNION SELECT carrier FROM catalogue_smscost ORDER BY 1
"""


def _read(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _rate(row: tuple[Any, ...], *, currency: str) -> RateRow:
    prefix, local, micro, from_at, reason = row
    net = None if micro is None else Money(micro, currency)
    return RateRow(prefix, local=local, net=net, from_at=from_at, reason=reason)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")


def _place(after: str) -> tuple[str, str]:
    prefix, _, rest = after.partition(":")
    return _digits(prefix), "".join(sign for sign in rest if sign.isprintable())
