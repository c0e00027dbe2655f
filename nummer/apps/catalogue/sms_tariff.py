"""What texts cost and which way they go, remembered until a list changes (ADR 360).

A tariff holds what is sold in one currency to one calling code: a few thousand prefixes, read in
milliseconds when they are first needed. Whoever accepts texts by it names its `version`, and the
call that takes the money refuses where that is no longer the state of the lists.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db import connection

from nummer.apps.catalogue import sms_rates
from nummer.apps.catalogue.sms_book import compared, held_parities
from nummer.apps.catalogue.sms_rates import Quality, Route, SmsQuote, part_taxed
from nummer.kernel.money import Money
from nummer.kernel.prefixes import Prefixes
from nummer.kernel.remembered import Remembered

T = TypeVar("T")

TARIFFS_MAX: Final = 1_000
# Qualities order routes of one priority and are measured every hour; no stamp tells of them.
KEPT: Final = timedelta(minutes=5)


class Longest(Generic[T]):
    """A table that few ask, for numbers and beginnings of them: from the longest length down."""

    __slots__ = ("_lengths", "_rows")

    def __init__(self, rows: Mapping[str, T]) -> None:
        self._rows = rows
        self._lengths = sorted({len(prefix) for prefix in rows}, reverse=True)

    def find(self, digits: str) -> T | None:
        """Return what stands at the longest prefix of a number."""
        rows = self._rows
        for length in self._lengths:
            found = rows.get(digits[:length])
            if found is not None:
                return found
        return None


@dataclass(frozen=True, slots=True)
class _Sold:
    """A rate that holds; `compared` is in 10⁻¹² euros."""

    rate_id: UUID
    prefix: str
    net: Money
    local: bool
    compared: int | None
    allowed: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What the lists say at the longest prefix of a number: each has its own."""

    abroad: _Sold | None
    home: _Sold | None
    known: str  # the longest prefix at which something is said of a carrier


_NOTHING: Final = _Said(abroad=None, home=None, known="")


@dataclass(frozen=True, slots=True)
class _Way:
    """What the operator says about a carrier and a prefix."""

    supplier: str
    enabled: bool
    priority: int
    throughput_per_s: int


@dataclass(slots=True)
class Tariff:
    """What holds from `since` until `until` for the numbers of one calling code.

    `quote` and `ways` answer as `sms_rates.sms_quote` and `earning` of `routes_to` do.
    """

    version: str
    since: datetime
    until: datetime
    any_route: bool
    _said: Prefixes[_Said]
    _carriers: Mapping[str, _Carrier]
    _quotes: dict[tuple[UUID, int], SmsQuote] = field(default_factory=dict)
    _routes: dict[str, list[Route]] = field(default_factory=dict)
    _earning: dict[tuple[str, UUID], list[Route]] = field(default_factory=dict)

    def holds(self, now: datetime) -> bool:
        """Tell whether it may be asked at a moment."""
        return self.since <= now < self.until

    def quote(self, digits: str, *, ours_country: str, tax_bp: int) -> SmsQuote | None:
        """Return what a part costs from a number of a country; None where it is not sold."""
        said = self._said.find(digits) or _NOTHING
        sold, home = said.abroad, said.home
        # Whose number it is takes long to find out, and decides only between two rates.
        if home is not sold and sms_rates.is_local(digits, ours_country=ours_country):
            sold = home
        if sold is None:
            return None
        found = self._quotes.get((sold.rate_id, tax_bp))
        if found is None:
            found = self._quotes[sold.rate_id, tax_bp] = SmsQuote(
                rate_id=sold.rate_id,
                prefix=sold.prefix,
                per_part=part_taxed(sold.net, rate_bp=tax_bp),
                local=sold.local,
                compared=sold.compared,
                below_cost_allowed=sold.allowed,
            )
        return found

    def routes(self, digits: str, *, quote: SmsQuote) -> Sequence[Route]:
        """Return the carriers that take it and that its price may go by, the best first."""
        known = (self._said.find(digits) or _NOTHING).known
        found = self._earning.get((known, quote.rate_id))
        if found is None:
            found = sms_rates.earning(self._ways(known), quote=quote)
            self._earning[known, quote.rate_id] = found
        return found

    def _ways(self, known: str) -> list[Route]:
        """Return the routes of the numbers of which no longer prefix is known than this one."""
        found = self._routes.get(known)
        if found is None:
            ways = [
                route
                for code, carrier in self._carriers.items()
                if (route := carrier.route(code, known)) is not None
            ]
            found = self._routes[known] = sms_rates.best_first(sorted(ways, key=_by_cost))
        return found


@dataclass(frozen=True, slots=True)
class _Carrier:
    """What is known of one carrier: for each of the three its own longest prefix counts."""

    ways: Longest[_Way]
    costs: Longest[tuple[UUID, Money, int | None, bool]]
    qualities: Longest[Quality]

    def route(self, code: str, digits: str) -> Route | None:
        way, cost = self.ways.find(digits), self.costs.find(digits)
        if way is None or not way.enabled or cost is None:
            return None
        cost_id, amount, worth, allowed = cost
        return Route(
            carrier=code,
            supplier=way.supplier,
            priority=way.priority,
            throughput_per_s=way.throughput_per_s,
            cost_id=cost_id,
            cost=amount,
            compared=worth,
            quality=self.qualities.find(digits),
            loss_allowed=allowed,
        )


def _by_cost(route: Route) -> tuple[int, bool, int, str]:
    """Order as catalogue_sms_routes does: what cannot be compared goes last."""
    return (route.priority, route.compared is None, route.compared or 0, route.carrier)


_KEPT: Final[Remembered[Tariff]] = Remembered(TARIFFS_MAX)


def remembered(code: str, *, currency: str, now: datetime) -> Tariff | None:
    """Return the tariff of a calling code where it is in memory; asks nobody."""
    found = _KEPT.get((code, currency))
    return found if found is not None and found.holds(now) else None


def in_force(codes: Collection[str], *, currency: str, now: datetime) -> Mapping[str, Tariff]:
    """Return the tariffs of calling codes as the lists are now; reads those that changed."""
    stands = version()  # before what it is about
    found: dict[str, Tariff] = {}
    for code in sorted(codes):
        kept = remembered(code, currency=currency, now=now)
        fits = kept is not None and kept.version == stands
        found[code] = kept if kept and fits else _read(code, stands, currency=currency, now=now)
    return found


def _read(code: str, stands: str, *, currency: str, now: datetime) -> Tariff:
    asked: dict[str, Any] = {
        "currency": currency,
        "now": now,
        "shorter": [code[:length] for length in range(len(code))],
        "from": code,
        "to": str(int(code) + 1),
    }
    parities = held_parities(at=now)
    rates = _rates(_rows(_RATES, asked), parities=parities)
    carriers, prefixes = _carriers(asked, parities=parities)
    ((until,),) = _rows(_UNTIL, asked)
    latest = now + KEPT
    return _KEPT.keep(
        (code, currency),
        Tariff(
            version=stands,
            since=now,
            until=latest if until is None else min(until, latest),
            any_route=sms_rates.any_route(),
            _said=Prefixes(_together(rates, prefixes), within=code),
            _carriers=carriers,
        ),
    )


def _together(
    rates: Mapping[bool, Mapping[str, _Sold]], carriers: Collection[str]
) -> Mapping[str, _Said]:
    """Return what all lists say at each prefix of any of them: one look-up answers for all."""
    abroad, home = Longest(rates[False]), Longest({**rates[False], **rates[True]})
    known = Longest({prefix: prefix for prefix in carriers})
    return {
        prefix: _Said(abroad.find(prefix), home.find(prefix), known.find(prefix) or "")
        for prefix in {*rates[False], *rates[True], *carriers}
    }


def tax_bp(country: str, *, now: datetime) -> int:
    """Return what consumers of a country pay on top, in hundredths of a per cent."""
    rows = _rows(_TAX, {"country": country, "now": now})
    return int(rows[0][0]) if rows else 0


def version() -> str:
    """Return the state of the lists now: another one after every change."""
    return str(_rows("SELECT catalogue_rate_version()", {})[0][0])


def _rates(
    rows: Sequence[tuple[Any, ...]], *, parities: Mapping[str, int]
) -> Mapping[bool, Mapping[str, _Sold]]:
    """Return the rates by prefix, those for numbers of the same country under True."""
    found: dict[bool, dict[str, _Sold]] = {False: {}, True: {}}
    for rate_id, prefix, local, currency, net_micro, reason in rows:
        net = Money(net_micro, currency)
        found[local][prefix] = _Sold(
            rate_id, prefix, net, local, compared(net, parities), bool(reason)
        )
    return found


def _carriers(
    asked: Mapping[str, Any], *, parities: Mapping[str, int]
) -> tuple[Mapping[str, _Carrier], set[str]]:
    """Return the carriers by code, and every prefix at which something is said of one."""
    ways: dict[str, dict[str, _Way]] = {}
    costs: dict[str, dict[str, tuple[UUID, Money, int | None, bool]]] = {}
    qualities: dict[str, dict[str, Quality]] = {}
    for carrier, prefix, *said in _rows(_ROUTES, asked):
        ways.setdefault(carrier, {})[prefix] = _Way(*said)
    for carrier, prefix, cost_id, currency, micro, reason in _rows(_COSTS, asked):
        cost = Money(micro, currency)
        costs.setdefault(carrier, {})[prefix] = (
            cost_id,
            cost,
            compared(cost, parities),
            bool(reason),
        )
    for carrier, prefix, sent, delivered, delay_ms in _rows(_QUALITIES, asked):
        qualities.setdefault(carrier, {})[prefix] = Quality.of(sent, delivered, delay_ms)
    carriers = {
        code: _Carrier(
            Longest(ways[code]), Longest(costs.get(code, {})), Longest(qualities.get(code, {}))
        )
        for code in sorted(ways)
    }
    prefixes = {
        prefix
        for table in (ways, costs, qualities)
        for code in carriers
        for prefix in table.get(code, {})
    }
    return carriers, prefixes


# Digits sort alike in every collation, so a range finds what begins with a calling code.
_HERE: Final = "(prefix = ANY(%(shorter)s) OR (prefix >= %(from)s AND prefix < %(to)s))"
_RATES: Final = f"""
SELECT id, prefix, local, currency, net_micro, reason
  FROM (SELECT DISTINCT ON (prefix, local) id, prefix, local, currency, net_micro, reason
          FROM catalogue_smsrate
         WHERE currency = %(currency)s AND from_at <= %(now)s AND {_HERE}
         ORDER BY prefix, local, from_at DESC) held
 WHERE net_micro IS NOT NULL
 ORDER BY prefix, local
"""  # noqa: S608 -- our own words
_COSTS: Final = f"""
SELECT carrier, prefix, id, currency, cost_micro, reason
  FROM (SELECT DISTINCT ON (carrier, prefix) carrier, prefix, id, currency, cost_micro, reason
          FROM catalogue_smscost
         WHERE from_at <= %(now)s AND {_HERE}
         ORDER BY carrier, prefix, from_at DESC) held
 WHERE cost_micro IS NOT NULL
 ORDER BY carrier, prefix
"""  # noqa: S608 -- our own words
_ROUTES: Final = f"""
SELECT carrier, prefix, supplier, enabled, priority, throughput_per_s FROM catalogue_smsroute
 WHERE {_HERE} ORDER BY carrier, prefix
"""  # noqa: S608 -- our own words
_QUALITIES: Final = f"""
SELECT carrier, prefix, sent, delivered, delay_ms FROM catalogue_smsquality
 WHERE {_HERE} ORDER BY carrier, prefix
"""  # noqa: S608 -- our own words
_UNTIL: Final = f"""
SELECT least(
  (SELECT min(from_at) FROM catalogue_smsrate
    WHERE currency = %(currency)s AND from_at > %(now)s AND {_HERE}),
  (SELECT min(from_at) FROM catalogue_smscost WHERE from_at > %(now)s AND {_HERE}),
  (SELECT min(from_at) FROM catalogue_parity WHERE from_at > %(now)s))
"""  # noqa: S608 -- our own words
_TAX: Final = """
SELECT rate_bp FROM catalogue_taxrate
 WHERE country_id = %(country)s AND from_on <= (%(now)s AT TIME ZONE 'UTC')::date
 ORDER BY from_on DESC LIMIT 1
"""


def _rows(statement: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
