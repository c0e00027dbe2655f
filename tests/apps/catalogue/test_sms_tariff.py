"""What is remembered of rates and routes answers as the lists do, and knows when they change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.catalogue import sms_pricing, sms_tariff
from nummer.apps.catalogue.errors import NoRate
from nummer.apps.catalogue.sms_pricing import CostLine, RateLine
from nummer.apps.catalogue.sms_rates import earning, routes_to, sms_quote
from nummer.apps.catalogue.sms_tariff import KEPT, Tariff
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber, calling_code_of

pytestmark = pytest.mark.usefixtures("catalogue")

NUMBERS = ("4791234567", "4721234567", "4740000000", "4791999999", "4791234000")
_moments = count()


def _tariff(now: datetime, code: str = "47") -> Tariff:
    return sms_tariff.in_force([code], currency="EUR", now=now)[code]


def _sell(now: datetime, prefix: str, net: str | None, *, local: bool = False) -> None:
    money = None if net is None else Money.parse(net, "EUR")
    sms_pricing.add_rates(
        [RateLine(prefix, local=local, net=money, currency="EUR")],
        from_at=now,
        actor="staff:1",
        now=now,
        reason="sold below its cost",
    )


def _carry(now: datetime, carrier: str, prefix: str, *, cost: str | None, priority: int) -> None:
    money = None if cost is None else Money.parse(cost, "EUR")
    sms_pricing.add_costs(
        [CostLine(prefix, "", money, "EUR")], carrier=carrier, from_at=now, actor="staff:1", now=now
    )
    sms_pricing.set_route(
        carrier=carrier,
        supplier=carrier,
        prefix=prefix,
        enabled=cost != "0.09",
        priority=priority,
        throughput_per_s=9,
        actor="staff:1",
        now=now,
    )


def _require_alike(tariff: Tariff, *, now: datetime) -> None:
    """Ask the tariff and the lists about the same numbers."""
    for digits in NUMBERS:
        for ours in ("NO", "DE"):
            number = PhoneNumber(f"+{digits}")
            asked: dict[str, Any] = {"to": number, "ours_country": ours, "currency": "EUR"}
            try:
                said = sms_quote(**asked, customer_country="NO", now=now)
            except NoRate:
                said = None
            tax_bp = sms_tariff.tax_bp("NO", now=now)
            quote = tariff.quote(digits, ours_country=ours, tax_bp=tax_bp)
            assert quote == said
            if quote is not None:
                routes = routes_to(to=number, now=now)
                assert list(tariff.routes(digits, quote=quote)) == earning(routes, quote=quote)


_PREFIXES = st.sampled_from(["", "4", "47", "479", "4791", "47912345", "4721", "49"])
_SUMS = st.sampled_from(["0.01", "0.03", "0.05", "0.09", None])
_RATES = st.lists(
    st.tuples(_PREFIXES, _SUMS, st.booleans()), max_size=8, unique_by=lambda r: (r[0], r[2])
)
_CARRIED = st.lists(
    st.tuples(st.sampled_from(["one", "two"]), _PREFIXES, _SUMS, st.integers(1, 2)),
    max_size=8,
    unique_by=lambda r: (r[0], r[1]),
)


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rates=_RATES, carried=_CARRIED)
def test_it_answers_as_the_lists_do(
    now: datetime,
    rates: Sequence[tuple[str, str | None, bool]],
    carried: Sequence[tuple[str, str, str | None, int]],
) -> None:
    then = now + timedelta(days=next(_moments))  # each example's lists mend those before
    for prefix, net, local in rates:
        _sell(then, prefix, net, local=local)
    for carrier, prefix, cost, priority in carried:
        _carry(then, carrier, prefix, cost=cost, priority=priority)

    _require_alike(_tariff(then), now=then)


def test_what_did_not_change_is_not_read_again(now: datetime) -> None:
    _sell(now, "47", "0.05")

    first = _tariff(now)

    assert _tariff(now) is first
    assert sms_tariff.remembered("47", currency="EUR", now=now) is first


def test_after_a_change_it_is_read_anew(now: datetime) -> None:
    _sell(now, "47", "0.05")
    first = _tariff(now)

    _sell(now, "479", "0.06")

    assert sms_tariff.version() != first.version
    assert _tariff(now).quote("4791234567", ours_country="DE", tax_bp=0) != first.quote(
        "4791234567", ours_country="DE", tax_bp=0
    )


def test_it_holds_until_a_rate_begins(now: datetime) -> None:
    _sell(now, "47", "0.05")
    _sell(now + timedelta(seconds=9), "47", "0.06")

    tariff = _tariff(now)

    assert tariff.until == now + timedelta(seconds=9)
    assert tariff.holds(tariff.until - timedelta(microseconds=1))
    assert not tariff.holds(tariff.until)
    assert _tariff(tariff.until).until == tariff.until + KEPT


def test_a_number_of_no_country_has_no_tariff() -> None:
    assert calling_code_of("9991234567") is None
    assert calling_code_of("12425550143") == "1"
    assert calling_code_of("35312345678") == "353"
