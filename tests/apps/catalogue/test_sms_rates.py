"""What an SMS costs, whom, and by which carrier it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import sms_pricing
from nummer.apps.catalogue.errors import (
    CarrierCodeRefused,
    NoRate,
    PrefixRefused,
    PriceInThePast,
    PriceNotPayable,
    PriceTaken,
    RouteRefused,
)
from nummer.apps.catalogue.models import SmsCost, SmsRate, SmsRoute
from nummer.apps.catalogue.sms_pricing import CostLine, RateLine
from nummer.apps.catalogue.sms_rates import (
    SmsQuote,
    earning,
    is_local,
    rate_stamp,
    routes_to,
    sms_quote,
)
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

pytestmark = pytest.mark.usefixtures("catalogue")

OSLO = PhoneNumber("+4721234567")
BERLIN = PhoneNumber("+493012345678")


def _eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def _sell(
    now: datetime,
    *rates: tuple[str, str | None],
    local: bool = False,
    from_at: datetime | None = None,
    reason: str = "",
) -> None:
    sms_pricing.add_rates(
        [
            RateLine(prefix, local=local, net=None if net is None else _eur(net), currency="EUR")
            for prefix, net in rates
        ],
        from_at=from_at or now,
        actor="staff:1",
        now=now,
        reason=reason,
    )


def _buy(
    now: datetime, *costs: tuple[str, str | None], carrier: str = "one", currency: str = "EUR"
) -> None:
    sms_pricing.add_costs(
        [
            CostLine(prefix, "", None if cost is None else Money.parse(cost, currency), currency)
            for prefix, cost in costs
        ],
        carrier=carrier,
        from_at=now,
        actor="staff:1",
        now=now,
    )


def _route(now: datetime, *, carrier: str = "one", prefix: str = "", **changed: int) -> None:
    given = {"enabled": True, "priority": 10, "throughput_per_s": 100, **changed}
    sms_pricing.set_route(
        carrier=carrier,
        supplier=f"{carrier}-ltd",
        prefix=prefix,
        enabled=bool(given["enabled"]),
        priority=given["priority"],
        throughput_per_s=given["throughput_per_s"],
        actor="staff:1",
        now=now,
    )


def _quote(to: PhoneNumber, now: datetime, *, ours: str = "SE", customer: str = "US") -> SmsQuote:
    return sms_quote(to=to, ours_country=ours, currency="EUR", customer_country=customer, now=now)


def test_the_longest_prefix_decides(now: datetime) -> None:
    _sell(now, ("", "0.20"), ("47", "0.10"), ("4721", "0.05"), ("47212", "0.06"), ("4722", "0.01"))

    quote = _quote(OSLO, now)

    assert (quote.prefix, quote.per_part.net, quote.local) == ("47212", _eur("0.06"), False)


def test_a_local_rate_holds_from_a_number_of_the_same_country_only(now: datetime) -> None:
    _sell(now, ("47", "0.10"))
    _sell(now, ("47", "0.04"), local=True)

    assert _quote(OSLO, now, ours="NO").per_part.net == _eur("0.04")
    assert _quote(OSLO, now, ours="NO").local
    assert _quote(OSLO, now, ours="SE").per_part.net == _eur("0.10")


def test_a_longer_prefix_goes_before_a_local_one(now: datetime) -> None:
    _sell(now, ("4721", "0.30"))
    _sell(now, ("47", "0.04"), local=True)

    assert _quote(OSLO, now, ours="NO").per_part.net == _eur("0.30")


def test_a_rate_holds_until_the_next_one_begins(now: datetime) -> None:
    later = now + timedelta(days=3)
    _sell(now, ("47", "0.10"))
    _sell(now, ("47", "0.12"), from_at=later)

    assert _quote(OSLO, later - timedelta(seconds=1)).per_part.net == _eur("0.10")
    assert _quote(OSLO, later).per_part.net == _eur("0.12")


def test_where_a_prefix_ended_the_shorter_one_holds_again(now: datetime) -> None:
    later = now + timedelta(days=3)
    _sell(now, ("47", "0.10"), ("4721", "0.30"))
    _sell(now, ("4721", None), from_at=later)

    assert _quote(OSLO, now).per_part.net == _eur("0.30")
    assert _quote(OSLO, later).per_part.net == _eur("0.10")


def test_tax_of_a_part_is_exact_to_the_micro_unit(now: datetime) -> None:
    _sell(now, ("47", "0.044001"))

    quote = _quote(OSLO, now, customer="NO")

    assert quote.per_part.tax.micro == 11_001  # 25 % is 11000.25
    assert quote.per_part.total.micro == 55_002


def test_what_no_prefix_covers_is_refused(now: datetime) -> None:
    _sell(now, ("46", "0.10"))

    with pytest.raises(NoRate):
        _quote(OSLO, now)


def test_carriers_come_by_priority_and_cost(now: datetime) -> None:
    for carrier, cost, priority in (
        ("one", "0.05", 10),
        ("two", "0.04", 10),
        ("three", "0.01", 20),
    ):
        _buy(now, ("47", cost), carrier=carrier)
        _route(now, carrier=carrier, priority=priority)

    routes = routes_to(to=OSLO, now=now)

    assert [(route.carrier, route.supplier, route.cost) for route in routes] == [
        ("two", "two-ltd", _eur("0.04")),
        ("one", "one-ltd", _eur("0.05")),
        ("three", "three-ltd", _eur("0.01")),
    ]


def test_costs_in_two_currencies_are_compared_by_what_they_count(now: datetime) -> None:
    sms_pricing.set_parity(
        currency="NOK", euro=_eur("0.085"), from_at=now, actor="staff:1", now=now
    )
    _buy(now, ("47", "0.50"), carrier="one", currency="NOK")  # 0.0425 euros
    _buy(now, ("47", "0.043"), carrier="two")
    _route(now, carrier="one")
    _route(now, carrier="two")

    routes = routes_to(to=OSLO, now=now)

    assert [str(route.cost) for route in routes] == ["0.50 NOK", "0.043 EUR"]


def test_a_carrier_switched_off_for_a_longer_prefix_is_left_out_there(now: datetime) -> None:
    _buy(now, ("", "0.05"))
    _route(now)
    _route(now, prefix="47", enabled=False)

    assert routes_to(to=OSLO, now=now) == []
    assert len(routes_to(to=BERLIN, now=now)) == 1


def test_a_carrier_without_a_cost_that_holds_takes_nothing(now: datetime) -> None:
    _buy(now, ("47", "0.05"))
    _buy(now + timedelta(days=1), ("47", None))
    _route(now)

    assert len(routes_to(to=OSLO, now=now)) == 1
    assert routes_to(to=OSLO, now=now + timedelta(days=1)) == []
    assert routes_to(to=BERLIN, now=now) == []


@pytest.mark.parametrize(
    ("sent", "delivered", "first"),
    [
        pytest.param(100, 79, "two", id="delivers too little"),
        pytest.param(100, 80, "one", id="delivers enough"),
        pytest.param(99, 0, "one", id="too few to say"),
    ],
)
def test_a_carrier_that_delivers_too_little_goes_behind(
    now: datetime, sent: int, delivered: int, first: str
) -> None:
    _buy(now, ("47", "0.01"), carrier="one")
    _buy(now, ("47", "0.05"), carrier="two")
    _route(now, carrier="one")
    _route(now, carrier="two")
    sms_pricing.set_quality(
        carrier="one", prefix="47", sent=sent, delivered=delivered, delay_ms=900, now=now
    )

    assert routes_to(to=OSLO, now=now)[0].carrier == first


def test_a_sale_goes_by_no_carrier_that_costs_more(now: datetime) -> None:
    _sell(now, ("47", "0.05"))
    for carrier, cost in (("one", "0.04"), ("two", "0.05"), ("three", "0.050001")):
        _buy(now, ("47", cost), carrier=carrier)
        _route(now, carrier=carrier)

    left = earning(routes_to(to=OSLO, now=now), quote=_quote(OSLO, now))

    assert [route.carrier for route in left] == ["one", "two"]


def test_a_sale_that_cannot_be_compared_goes_nowhere(now: datetime) -> None:
    _sell(now, ("47", "0.05"))
    _buy(now, ("47", "0.01"), currency="USD")
    _route(now)

    assert earning(routes_to(to=OSLO, now=now), quote=_quote(OSLO, now)) == []


def test_every_change_moves_the_stamp(now: datetime) -> None:
    seen = [rate_stamp()]
    _sell(now, ("47", "0.05"))
    seen.append(rate_stamp())
    _buy(now, ("47", "0.01"))
    seen.append(rate_stamp())
    _route(now)
    seen.append(rate_stamp())
    sms_pricing.set_parity(
        currency="NOK", euro=_eur("0.085"), from_at=now, actor="staff:1", now=now
    )
    seen.append(rate_stamp())

    assert seen == sorted(set(seen))


def test_what_was_set_stands_in_the_record(now: datetime) -> None:
    before = Line.objects.count()
    _sell(now, ("47", "0.05"), ("46", "0.05"))

    line = Line.objects.order_by("-id")[0]
    assert Line.objects.count() == before + 1
    assert (line.actor, line.verb, line.place) == ("staff:1", "sms_rates_set", "catalogue_smsrate")


def test_the_same_moment_is_taken_once(now: datetime) -> None:
    _sell(now, ("47", "0.05"))
    stamp = rate_stamp()

    with pytest.raises(PriceTaken):
        _sell(now, ("46", "0.06"), ("47", "0.06"))

    assert SmsRate.objects.count() == 1
    assert rate_stamp() == stamp


@pytest.mark.parametrize(
    ("prefix", "net", "refusal"),
    [
        ("+47", "0.05", PrefixRefused),
        ("47 2", "0.05", PrefixRefused),
        ("1234567890123456", "0.05", PrefixRefused),
        ("٤٧", "0.05", PrefixRefused),
        ("47", "0.00", PriceNotPayable),
    ],
)
def test_bad_rates_are_refused(
    now: datetime, prefix: str, net: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        _sell(now, (prefix, net))

    assert SmsRate.objects.count() == 0


def test_nothing_begins_in_the_past(now: datetime) -> None:
    with pytest.raises(PriceInThePast):
        _sell(now, ("47", "0.05"), from_at=now - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"carrier": "Big Carrier"}, CarrierCodeRefused),
        ({"prefix": "x"}, PrefixRefused),
        ({"priority": 1000}, RouteRefused),
        ({"throughput_per_s": 0}, RouteRefused),
    ],
)
def test_bad_routes_are_refused(
    now: datetime, changed: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        _route(now, **changed)

    assert SmsRoute.objects.count() == 0


@pytest.mark.parametrize(
    ("digits", "country", "local"),
    [
        ("4721234567", "NO", True),
        ("4721234567", "SE", False),
        ("12025550143", "US", True),
        ("14165550143", "US", False),
        ("14165550143", "CA", True),
        ("447400123456", "GB", True),
        ("447781123456", "GG", True),
        ("88213123456", "NO", False),
        ("21012345678", "NO", False),
    ],
)
def test_a_number_is_local_in_its_own_country(digits: str, country: str, local: bool) -> None:  # noqa: FBT001 -- a column
    assert is_local(digits, ours_country=country) == local


@dataclass(frozen=True)
class _Planned:
    prefix: str
    local: bool
    micro: int | None
    day: int


_PREFIXES = st.sampled_from(["", "4", "47", "471", "472", "4712", "47121", "1", "12", "1202"])
_PLANS = st.lists(
    st.builds(
        _Planned,
        prefix=_PREFIXES,
        local=st.booleans(),
        micro=st.none() | st.integers(1, 9),
        day=st.integers(0, 4),
    ),
    max_size=14,
    unique_by=lambda plan: (plan.prefix, plan.local, plan.day),
)


def _oracle(plans: list[_Planned], digits: str, *, local: bool, day: int) -> int | None:
    """Read all rows from the first to the last, as a person would."""
    holds: dict[tuple[str, bool], _Planned] = {}
    for plan in sorted(plans, key=lambda plan: plan.day):
        if plan.day <= day and digits.startswith(plan.prefix) and (local or not plan.local):
            holds[plan.prefix, plan.local] = plan
    sold = [plan for plan in holds.values() if plan.micro is not None]
    if not sold:
        return None
    return max(sold, key=lambda plan: (len(plan.prefix), plan.local)).micro


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    plans=_PLANS,
    digits=st.sampled_from(["47", "471", "4712", "12025", "46"]).flatmap(
        lambda head: st.text("12", min_size=6, max_size=6).map(lambda tail: f"{head}{tail}")
    ),
    day=st.integers(-1, 5),
)
def test_any_list_is_read_as_its_rows_say(
    now: datetime, plans: list[_Planned], digits: str, day: int
) -> None:
    SmsRate.objects.all().delete()
    for plan in plans:
        net = None if plan.micro is None else Money(plan.micro, "EUR")
        sms_pricing.add_rates(
            [RateLine(plan.prefix, local=plan.local, net=net, currency="EUR")],
            from_at=now + timedelta(days=plan.day),
            actor="staff:1",
            now=now,
        )
    expected = _oracle(plans, digits, local=is_local(digits, ours_country="NO"), day=day)

    try:
        found = _quote(PhoneNumber(f"+{digits}"), now + timedelta(days=day), ours="NO")
        answer = found.per_part.net.micro
    except NoRate:
        answer = None

    assert answer == expected


def test_the_sandbox_sells_everywhere_above_cost(now: datetime) -> None:
    from nummer.config.sandbox_seed import _price_sms

    _price_sms(now)

    assert SmsCost.objects.count() > 400
    for to in (OSLO, BERLIN, "+447400123456", "+12025550143", "+12425550143", "+81312345678"):
        number = to if isinstance(to, PhoneNumber) else PhoneNumber(to)
        for currency in ("EUR", "NOK", "GBP", "USD"):
            for ours in ("NO", "DE", "GB", "US"):
                quote = sms_quote(
                    to=number,
                    ours_country=ours,
                    currency=currency,
                    customer_country="NO",
                    now=now,
                )
                routes = routes_to(to=number, now=now)
                assert len(routes) == 2
                assert earning(routes, quote=quote) == routes
