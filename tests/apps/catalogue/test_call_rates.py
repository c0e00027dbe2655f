"""What talk costs, whom, and by which carrier it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import call_pricing
from nummer.apps.catalogue.call_pricing import CallCostLine, CallRateLine
from nummer.apps.catalogue.call_rates import CallQuote, call_quote, trunks_to
from nummer.apps.catalogue.errors import (
    CarrierCodeRefused,
    NoRate,
    PrefixRefused,
    PriceInThePast,
    PriceNotPayable,
    PriceTaken,
    RouteRefused,
)
from nummer.apps.catalogue.models import CallCost, CallRate, CallRoute
from nummer.apps.catalogue.sms_pricing import set_parity
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.calls import Terms

pytestmark = pytest.mark.usefixtures("catalogue")

OSLO = PhoneNumber("+4721234567")
BERLIN = PhoneNumber("+493012345678")
CHEAP, DEAR = Terms(0, 10_000), Terms(50_000, 900_000, 60, 60, 3)


def _sell(
    now: datetime,
    *rates: tuple[str, Terms | None],
    local: bool = False,
    from_at: datetime | None = None,
) -> None:
    call_pricing.add_call_rates(
        [CallRateLine("EUR", local=local, prefix=prefix, terms=terms) for prefix, terms in rates],
        from_at=from_at or now,
        actor="staff:1",
        now=now,
    )


def _buy(
    now: datetime, *costs: tuple[str, Terms | None], carrier: str = "one", currency: str = "EUR"
) -> None:
    call_pricing.add_call_costs(
        [CallCostLine(prefix, "Somewhere", currency, terms) for prefix, terms in costs],
        carrier=carrier,
        from_at=now,
        actor="staff:1",
        now=now,
    )


def _route(
    now: datetime, carrier: str = "one", prefix: str = "", *, on: bool = True, priority: int = 10
) -> None:
    call_pricing.set_call_route(
        carrier=carrier,
        supplier="supplier",
        prefix=prefix,
        enabled=on,
        priority=priority,
        actor="staff:1",
        now=now,
    )


def _quote(now: datetime, to: PhoneNumber = OSLO, *, ours: str = "DE") -> CallQuote:
    return call_quote(to=to, ours_country=ours, currency="EUR", customer_country="NO", now=now)


def test_longest_prefix_decides_and_brings_all_its_terms(now: datetime) -> None:
    _sell(now, ("", CHEAP), ("47", DEAR))

    quote = _quote(now)

    assert (quote.prefix, quote.terms, quote.currency) == ("47", DEAR, "EUR")
    assert quote.tax_bp == 2_500
    assert _quote(now, BERLIN).terms == CHEAP


@pytest.mark.clause("LD-S2")
def test_local_rate_counts_within_a_country_alone(now: datetime) -> None:
    _sell(now, ("47", DEAR))
    _sell(now, ("47", CHEAP), local=True)

    assert (_quote(now, ours="NO").terms, _quote(now, ours="NO").local) == (CHEAP, True)
    assert (_quote(now, ours="DE").terms, _quote(now, ours="DE").local) == (DEAR, False)


def test_rates_follow_one_another_and_end(now: datetime) -> None:
    _sell(now, ("47", CHEAP))
    _sell(now, ("47", DEAR), from_at=now + timedelta(days=1))
    _sell(now, ("47", None), from_at=now + timedelta(days=2))

    assert _quote(now + timedelta(hours=23)).terms == CHEAP
    assert _quote(now + timedelta(hours=24)).terms == DEAR
    with pytest.raises(NoRate):
        _quote(now + timedelta(days=2))


def test_carriers_by_priority_then_by_what_two_minutes_cost(now: datetime) -> None:
    set_parity(
        currency="USD", euro=Money.parse("0.90", "EUR"), from_at=now, actor="staff:1", now=now
    )
    _buy(now, ("", Terms(0, 20_000)), carrier="minutes")  # 0.04
    _buy(now, ("", Terms(30_000, 1_000)), carrier="setup")  # 0.032
    _buy(now, ("", Terms(0, 20_000)), carrier="dollars", currency="USD")  # 0.036
    _buy(now, ("", Terms(0, 1)), carrier="unknown", currency="SEK")
    _buy(now, ("", CHEAP), carrier="last")
    _buy(now, ("", CHEAP), carrier="off")
    _buy(now, ("46", CHEAP), carrier="elsewhere")
    for carrier in ("minutes", "setup", "dollars", "unknown", "elsewhere", "off"):
        _route(now, carrier)
    _route(now, "last", priority=20)
    _route(now, "off", prefix="47", on=False)

    found = trunks_to(to=OSLO, now=now)

    assert [one.carrier for one in found] == ["setup", "dollars", "minutes", "unknown", "last"]
    assert found[0].compared == 32_000 * 10**6
    assert found[3].compared is None


@given(
    rates=st.dictionaries(
        st.sampled_from(["", "4", "47", "472", "4721", "4722", "493"]),
        st.integers(0, 3).map(lambda price: Terms(price, price)),
        min_size=1,
    ),
    number=st.sampled_from([OSLO, BERLIN, PhoneNumber("+4722334455")]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_longest_prefix_as_the_simplest_search_finds_it(
    now: datetime, rates: dict[str, Terms], number: PhoneNumber
) -> None:
    CallRate.objects.all().delete()
    _sell(now, *rates.items())
    fits = [prefix for prefix in rates if number.digits.startswith(prefix)]

    if fits:
        assert _quote(now, number).terms == rates[max(fits, key=len)]
    else:
        with pytest.raises(NoRate):
            _quote(now, number)


@pytest.mark.parametrize(
    ("write", "refusal"),
    [
        (lambda now: _sell(now, ("4a", CHEAP)), PrefixRefused),
        (lambda now: _sell(now, ("47", CHEAP), ("47", DEAR)), PriceTaken),
        (
            lambda now: _sell(now, ("47", CHEAP), from_at=now - timedelta(seconds=1)),
            PriceInThePast,
        ),
        (lambda now: _buy(now, ("47", CHEAP), carrier="One!"), CarrierCodeRefused),
        (lambda now: _buy(now, ("+47", CHEAP)), PrefixRefused),
        (lambda now: _buy(now, ("47", CHEAP), currency="QQQ"), PriceNotPayable),
        (lambda now: _route(now, priority=1_000), RouteRefused),
        (lambda now: _route(now, carrier=""), CarrierCodeRefused),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    now: datetime, write: Callable[[datetime], None], refusal: type[Refusal]
) -> None:
    before = [table.objects.count() for table in (CallRate, CallCost, CallRoute, Line)]
    with pytest.raises(refusal):
        write(now)
    assert [table.objects.count() for table in (CallRate, CallCost, CallRoute, Line)] == before


def test_who_set_it_is_recorded_without_values(now: datetime) -> None:
    _sell(now, ("47", CHEAP))
    _buy(now, ("47", CHEAP))
    _route(now)
    _route(now, on=False)

    lines = Line.objects.filter(place__startswith="catalogue_call").order_by("id")
    assert [line.verb for line in lines] == [
        "call_rates_set",
        "call_costs_set",
        "call_route_set",
        "call_route_set",
    ]
    assert {line.actor for line in lines} == {"staff:1"}
    assert CallRoute.objects.get().enabled is False
