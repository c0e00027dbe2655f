"""What an SMS costs and which carriers take it: the longest prefix that holds decides (ADR 230)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import phonenumbers
from django.db import connection

from nummer.apps.catalogue.errors import NoRate
from nummer.apps.catalogue.leasing import Sum
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

# Below these a carrier goes behind the others of his priority: with fewer SMS chance decides.
QUALITY_SENT_MIN: Final = 100
QUALITY_BP_MIN: Final = 8_000
_BP: Final = 10_000  # basis points of a whole


@dataclass(frozen=True, slots=True)
class SmsQuote:
    """What a part costs the customer; `local` says by which kind of rate.

    `compared` is its net in 10⁻¹² euros, None where nobody said what its currency counts.
    """

    rate_id: UUID
    prefix: str
    per_part: Sum
    local: bool
    compared: int | None
    below_cost_allowed: bool


@dataclass(frozen=True, slots=True)
class Quality:
    """What came of the latest SMS of a carrier; `delay` is the median until it was delivered."""

    sent: int
    delivered: int
    delay: timedelta | None

    @classmethod
    def of(cls, sent: int, delivered: int, delay_ms: int | None) -> Quality:
        """Return what was measured in milliseconds."""
        return cls(sent, delivered, None if delay_ms is None else timedelta(milliseconds=delay_ms))

    @property
    def delivered_bp(self) -> int | None:
        """Return the share that was delivered in hundredths of a per cent; None of nothing."""
        return self.delivered * _BP // self.sent if self.sent else None

    @property
    def poor(self) -> bool:
        """Whether so little arrives that others go first."""
        share = self.delivered_bp
        return share is not None and self.sent >= QUALITY_SENT_MIN and share < QUALITY_BP_MIN


@dataclass(frozen=True, slots=True)
class Route:
    """A carrier that takes the SMS, and what a sale keeps of it: supplier, cost and currency."""

    carrier: str
    supplier: str
    priority: int
    throughput_per_s: int
    cost_id: UUID
    cost: Money  # of a part
    compared: int | None  # the cost in 10⁻¹² euros, as in SmsQuote
    quality: Quality | None
    loss_allowed: bool  # a person allowed the cost to be above what it brings


def sms_quote(
    *, to: PhoneNumber, ours_country: str, currency: str, customer_country: str, now: datetime
) -> SmsQuote:
    """Return what a part costs at `now` from a number of `ours_country`, with tax; one statement.

    Refuses: NoRate.
    """
    row = _one(
        _RATE,
        [
            prefixes(to.digits),
            is_local(to.digits, ours_country=ours_country),
            currency,
            customer_country,
            now,
        ],
    )
    if row is None:
        raise NoRate
    return _quote_of(row, currency)


def routes_to(*, to: PhoneNumber, now: datetime) -> list[Route]:
    """Return the carriers that take an SMS to a number, best first; one statement.

    Order: priority, carriers that deliver too little last, cost, code. Empty where none takes it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROUTES, [prefixes(to.digits), now])
        rows = cursor.fetchall()
    routes = [_route(row) for row in rows]
    return best_first(routes)


def measured_by(*, to: PhoneNumber, now: datetime) -> UUID | None:
    """Return the rate under whose prefix SMS to a number are measured, None where none holds."""
    row = _one(
        "SELECT id FROM catalogue_smsrate WHERE prefix = ANY(%s) AND from_at <= %s"
        " AND net_micro IS NOT NULL ORDER BY length(prefix) DESC, from_at DESC, id LIMIT 1",
        [prefixes(to.digits), now],
    )
    found: UUID | None = None if row is None else row[0]
    return found


def any_route() -> bool:
    """Whether the operator says anywhere which carriers take SMS."""
    row = _one("SELECT EXISTS (SELECT FROM catalogue_smsroute)", [])
    assert row is not None, "there is always an answer"
    return bool(row[0])


def earning(routes: Sequence[Route], *, quote: SmsQuote) -> list[Route]:
    """Return the routes that a sale may go by: none that costs more than it brings.

    A rate that a person allowed to be below cost may go by all of them, and a cost that a person
    allowed may serve every rate. What cannot be compared is left out.
    """
    if quote.below_cost_allowed:
        return list(routes)
    return [
        route
        for route in routes
        if route.loss_allowed or not costs_more(route.cost, route.compared, quote=quote)
    ]


def costs_more(cost: Money, compared: int | None, *, quote: SmsQuote) -> bool:
    """Whether a part costs us more than it brings, or nobody can say."""
    net = quote.per_part.net
    if cost.currency == net.currency:
        return net < cost
    return compared is None or quote.compared is None or quote.compared < compared


def rate_stamp() -> int:
    """Return a number that grows whenever rates, costs, routes or parities change."""
    row = _one("SELECT stamp FROM catalogue_rate_stamp()", [])
    assert row is not None, "there is always a stamp"
    return int(row[0])


def prefixes(digits: str) -> list[str]:
    """Return all beginnings of a number, the empty one too."""
    return [digits[:length] for length in range(len(digits) + 1)]


def is_local(digits: str, *, ours_country: str) -> bool:
    """Whether a number belongs to the country of ours.

    A calling code of one country decides by itself; the numbering plan decides for the others.
    """
    for length in (1, 2, 3):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
        if regions is None:
            continue
        if len(regions) == 1:
            return regions[0] == ours_country
        return ours_country in regions and PhoneNumber(f"+{digits}").region == ours_country
    return False


def part_taxed(net: Money, *, rate_bp: int) -> Sum:
    """Return the price of a part with its tax, rounded up to a micro-unit (ADR 230)."""
    return Sum(net, Money(-(-net.micro * rate_bp // _BP), net.currency))


_RATE: Final = """
SELECT rate_id, prefix, net_micro, local, rate_bp, compared_micro, allowed
  FROM catalogue_sms_rate(%s, %s, %s, %s, %s)
"""
_ROUTES: Final = """
SELECT carrier, supplier, priority, throughput_per_s, cost_id, currency, cost_micro,
       compared_micro, sent, delivered, delay_ms, allowed
  FROM catalogue_sms_routes(%s, %s)
"""


def _quote_of(row: Sequence[Any], currency: str) -> SmsQuote:
    rate_id, prefix, net_micro, local, rate_bp, compared, allowed = row
    return SmsQuote(
        rate_id=rate_id,
        prefix=prefix,
        per_part=part_taxed(Money(net_micro, currency), rate_bp=rate_bp),
        local=local,
        compared=_whole(compared),
        below_cost_allowed=allowed,
    )


def best_first(routes: Sequence[Route]) -> list[Route]:
    """Put carriers that deliver too little behind the others of their priority.

    The rows come by priority and cost; sorting is stable.
    """
    return sorted(
        routes, key=lambda route: (route.priority, route.quality is not None and route.quality.poor)
    )


def _one(statement: str, values: list[Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _route(row: tuple[Any, ...]) -> Route:
    carrier, supplier, priority, throughput_per_s, cost_id, currency, cost_micro = row[:7]
    return Route(
        carrier=carrier,
        supplier=supplier,
        priority=priority,
        throughput_per_s=throughput_per_s,
        cost_id=cost_id,
        cost=Money(cost_micro, currency),
        compared=_whole(row[7]),
        quality=_quality(*row[8:11]),
        loss_allowed=row[11],
    )


def _whole(compared: Decimal | None) -> int | None:
    return None if compared is None else int(compared)


def _quality(sent: int | None, delivered: int | None, delay_ms: int | None) -> Quality | None:
    if sent is None or delivered is None:
        return None
    return Quality.of(sent, delivered, delay_ms)
