"""What a number costs, for whom, and from when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import queries
from nummer.apps.catalogue.actions import set_price, switch_service
from nummer.apps.catalogue.errors import (
    NoPrice,
    PriceInThePast,
    PriceNotPayable,
    PriceTaken,
    ServiceOff,
    UnknownCountry,
    UnknownService,
)
from nummer.apps.catalogue.models import Price, Service
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money

pytestmark = pytest.mark.usefixtures("catalogue")


def _quote(now: datetime, **changed: str) -> queries.Quote:
    asked = {
        "service": "tg",
        "country": "NO",
        "currency": "NOK",
        "customer_country": "NO",
        "customer_kind": "person",
    }
    return queries.quote(**{**asked, **changed}, now=now)


@pytest.mark.parametrize(
    ("label", "changed", "sums"),
    [
        ("Norway 25 %", {}, ("19.20 NOK", "4.80 NOK", "24.00 NOK")),
        (
            "Germany 19 %, rounded up to the cent",
            {"currency": "EUR", "customer_country": "DE"},
            ("1.60 EUR", "0.31 EUR", "1.91 EUR"),
        ),
        (
            "Finland 25.5 %, rounded up to the cent",
            {"currency": "EUR", "customer_country": "FI"},
            ("1.60 EUR", "0.41 EUR", "2.01 EUR"),
        ),
        (
            "the United States: no tax",
            {"currency": "USD", "customer_country": "US"},
            ("1.76 USD", "0.00 USD", "1.76 USD"),
        ),
        (
            "Great Britain 20 %",
            {"currency": "GBP", "customer_country": "GB"},
            ("1.36 GBP", "0.28 GBP", "1.64 GBP"),
        ),
        (
            "the tax is the customer's country's, not the number's",
            {"country": "DE", "customer_country": "NO"},
            ("19.20 NOK", "4.80 NOK", "24.00 NOK"),
        ),
        (
            "a company pays the same until its number is verified",
            {"customer_kind": "company"},
            ("19.20 NOK", "4.80 NOK", "24.00 NOK"),
        ),
        (
            "a country we have no rate for",
            {"customer_country": "XK"},
            ("19.20 NOK", "0.00 NOK", "19.20 NOK"),
        ),
    ],
)
def test_quote_names_price_tax_and_total(
    now: datetime, label: str, changed: dict[str, str], sums: tuple[str, str, str]
) -> None:
    quote = _quote(now, **changed)
    assert (str(quote.net), str(quote.tax), str(quote.total)) == sums, label


@pytest.mark.parametrize(
    ("label", "changed", "refusal"),
    [
        ("a service nobody knows", {"service": "zzzz"}, UnknownService),
        ("a country nobody knows", {"country": "QQ"}, UnknownCountry),
        ("a currency without a list", {"currency": "JPY"}, NoPrice),
        ("a country without prices", {"country": "BR"}, NoPrice),
        ("script in the code", {"service": "<script>"}, UnknownService),
        ("a NUL byte in the code", {"service": "t\0g"}, UnknownService),
        ("a NUL byte in the country", {"country": "N\0"}, UnknownCountry),
        ("an endless code", {"service": "t" * 1_000_000}, UnknownService),
        ("a country in small letters", {"country": "no"}, UnknownCountry),
    ],
)
def test_quote_refuses(
    now: datetime, label: str, changed: dict[str, str], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        _quote(now, **changed)


@given(net_micro=st.integers(1, 10**9), rate_bp=st.integers(0, 10_000))
def test_total_is_payable_and_tax_is_never_less_than_the_rate(net_micro: int, rate_bp: int) -> None:
    net = Money(net_micro * 10_000, "EUR")
    tax = net.share_up(rate_bp, 10_000)
    assert (net + tax).micro % 10_000 == 0
    assert net.micro * rate_bp <= tax.micro * 10_000 < net.micro * rate_bp + 10_000 * 10_000


def test_service_that_is_off_is_neither_quoted_nor_listed(now: datetime) -> None:
    switch_service("tg", enabled=False, actor="staff:3", now=now)
    with pytest.raises(ServiceOff):
        _quote(now)
    assert queries.prices("NOK", now=now, service="tg") == []
    assert "tg" not in {row.code for row in queries.services()}
    assert "tg" in {row.code for row in queries.services(enabled_only=False)}


def test_switching_is_recorded_once_with_who_did_it(now: datetime) -> None:
    switch_service("tg", enabled=False, actor="staff:3", now=now)
    switch_service("tg", enabled=False, actor="staff:4", now=now)
    line = Line.objects.get()
    assert (line.actor, line.verb, line.row) == ("staff:3", "service_off", "tg")


@pytest.mark.parametrize("code", ["zzzz", "", "t\0g"])
def test_switching_an_unknown_service_is_refused(now: datetime, code: str) -> None:
    with pytest.raises(UnknownService):
        switch_service(code, enabled=True, actor="staff:3", now=now)


def _set(now: datetime, *, net: Money | None, from_at: datetime, currency: str = "NOK") -> None:
    set_price(
        service="tg",
        country="NO",
        currency=currency,
        net=net,
        from_at=from_at,
        actor="staff:3",
        now=now,
    )


def test_new_price_holds_from_its_moment_on_and_not_before(now: datetime) -> None:
    begins = now + timedelta(days=1)
    _set(now, net=Money.parse("10.00", "NOK"), from_at=begins)
    assert str(_quote(begins - timedelta(microseconds=1)).net) == "19.20 NOK"
    assert str(_quote(begins).net) == "10.00 NOK"
    assert {str(p.net) for p in queries.prices("NOK", now=begins, service="tg", country="NO")} == {
        "10.00 NOK"
    }


def test_price_without_a_sum_ends_the_offer(now: datetime) -> None:
    _set(now, net=None, from_at=now)
    with pytest.raises(NoPrice):
        _quote(now)
    assert queries.prices("NOK", now=now, service="tg", country="NO") == []


@pytest.mark.parametrize(
    ("net", "days", "refusal"),
    [
        pytest.param(Money.parse("1.00", "NOK"), -1, PriceInThePast, id="yesterday"),
        pytest.param(Money(0, "NOK"), 0, PriceNotPayable, id="nothing"),
        pytest.param(Money(-1_000_000, "NOK"), 0, PriceNotPayable, id="less than nothing"),
        pytest.param(Money(1_000_001, "NOK"), 0, PriceNotPayable, id="a fraction of an øre"),
    ],
)
def test_price_that_cannot_hold_is_refused_and_changes_nothing(
    now: datetime, net: Money, days: int, refusal: type[Refusal]
) -> None:
    before = Price.objects.count()
    with pytest.raises(refusal):
        _set(now, net=net, from_at=now + timedelta(days=days))
    assert Price.objects.count() == before
    assert not Line.objects.exists()


def test_two_prices_cannot_begin_at_one_moment(now: datetime) -> None:
    _set(now, net=Money.parse("1.00", "NOK"), from_at=now)
    with pytest.raises(PriceTaken):
        _set(now, net=Money.parse("2.00", "NOK"), from_at=now)
    assert str(_quote(now).net) == "1.00 NOK"


def test_price_in_a_currency_without_a_list_is_refused(now: datetime) -> None:
    with pytest.raises(PriceNotPayable):
        _set(now, net=Money.parse("1.00", "JPY"), from_at=now, currency="JPY")


def test_list_of_prices_has_each_service_and_country_once_and_agrees_with_the_quote(
    now: datetime,
) -> None:
    rows = queries.prices("EUR", now=now, customer_country="DE")
    assert len({(row.service, row.country) for row in rows}) == len(rows)
    assert len(rows) == Service.objects.count() * 9
    one = next(row for row in rows if (row.service, row.country) == ("wa", "SE"))
    assert one == _quote(now, service="wa", country="SE", currency="EUR", customer_country="DE")
