"""The page that says why an order went as it did, and the measured figures before buying."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nummer.apps.numbers.models import CodeRate
from nummer.apps.numbers.rates import EVERY_COUNTRY
from nummer.apps.numbers.rates.figures import Tally
from nummer.apps.orders.actions import Placed
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.refunds.jobs import DUE_SOURCES
from nummer.apps.refunds.timeline import Kind
from nummer.config.sweeper import sweep_until
from tests import builders
from tests.faces.conftest import LANGUAGES, Enter, StandingClock

CODE = "Telegram code: 48213"
STATEMENTS_MAX = 32  # of the whole page, session and frame included
FRAGMENT_STATEMENTS_MAX = 20


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def page_of(browser: Client, placed: Placed) -> str:
    answer = browser.get(f"/orders/{placed.activation_id}/")
    assert answer.status_code == 200
    return answer.text


def kinds(page: str) -> list[str]:
    return re.findall(r'data-kind="(\w+)"', page)


WAITING = {
    "en": "If no SMS of Telegram arrives before the waiting time ends, €2.00 goes back",
    "nb": "Kommer det ingen SMS fra Telegram før ventetiden er ute, går 2,00 €",
    "de": "Kommt keine SMS von Telegram, bevor die Wartezeit endet, gehen 2,00 €",
}


@pytest.mark.parametrize(("language", "sentence"), WAITING.items())
def test_open_order_says_what_applies_in_the_words_of_its_version(
    enter: Enter, language: str, sentence: str
) -> None:
    customer = builders.customer(locale=language)
    placed = builders.order(customer)

    page = page_of(enter(customer, language=language), placed)

    told = text_of(page).replace("\xa0", " ")
    assert sentence in told
    version = builders.newest("refund-policy")
    assert f'href="/documents/refund-policy/{version}/#RP-B4"' in page
    assert re.search(r'role="timer" data-seconds-left="1200">20:00<', page)
    assert kinds(page) == ["ordered", "number_shown"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_machine_stands_on_the_page(enter: Enter, language: str) -> None:
    customer = builders.customer(locale=language)
    browser = enter(customer, language=language)
    shown, cancelled = builders.order(customer), builders.order(customer)
    builders.deliver(shown.number, CODE, at=builders.NOW)
    builders.deliver(cancelled.number, "WhatsApp 1", sender="WhatsApp", at=builders.NOW)
    cancel_activation(
        customer, activation_id=cancelled.activation_id, surface="test", now=builders.NOW
    )
    sweep_until(builders.NOW + timedelta(hours=1), sources=DUE_SOURCES)

    for placed in (shown, cancelled):
        told = text_of(page_of(browser, placed))
        for word in [kind.value for kind in Kind if "_" in kind.value] + [
            "other_service",
            "code_found",
            "RETURNED",
        ]:
            assert word not in told


def test_each_thing_that_happened_is_told_in_its_place(enter: Enter) -> None:
    customer = builders.customer()
    placed = builders.order(customer)
    builders.deliver(placed.number, "WhatsApp code: 111-222", sender="WhatsApp", at=builders.NOW)
    builders.deliver(placed.number, CODE, at=builders.NOW + timedelta(seconds=9))

    page = page_of(enter(customer), placed)

    assert kinds(page) == [
        "ordered",
        "number_shown",
        "sms_received",
        "sms_received",
        "code_shown",
    ]
    told = text_of(page)
    assert "It came to this number but belongs to another service than Telegram." in told
    assert "111-222" not in page
    assert "the order is fulfilled and its price of €2.00 is not returned" in told
    assert "#RP-N2" in page
    assert "Ask for another code" in told


def test_link_to_the_clause_leads_to_its_words(enter: Enter) -> None:
    page = enter(builders.customer()).get("/documents/refund-policy/").text
    for clause in ("RP-B4", "RP-N2", "RP-B2", "PP-6.1"):
        assert page.count(f'id="{clause}"') == 1


def test_part_that_lives_is_given_alone_and_stops_when_all_is_over(
    enter: Enter, shop: StandingClock
) -> None:
    customer = builders.customer()
    placed, browser = builders.order(customer), enter(customer)

    live = browser.get(f"/orders/{placed.activation_id}/timeline/").text
    sweep_until(builders.NOW + timedelta(hours=1), sources=DUE_SOURCES)
    shop.at = builders.NOW + timedelta(hours=1)
    over = browser.get(f"/orders/{placed.activation_id}/timeline/").text

    assert f"activation-{placed.activation_id} from:#live" in live
    assert "<html" not in live
    assert "hx-trigger" not in over
    assert kinds(over) == ["ordered", "number_shown", "expired", "credited", "refund_written"]


def test_nobody_reaches_the_page_of_another_customer(enter: Enter) -> None:
    placed = builders.order(builders.customer())
    stranger = enter(builders.customer())
    for path in (
        f"/orders/{placed.activation_id}/",
        f"/orders/{placed.activation_id}/timeline/",
        f"/orders/of/{placed.order_id}/",
    ):
        assert stranger.get(path).status_code == 404
        assert Client().get(path)["Location"].startswith("/accounts/login/")


def test_statement_and_order_list_lead_to_the_page(enter: Enter) -> None:
    customer = builders.customer()
    placed, browser = builders.order(customer), enter(customer)

    assert f'href="/orders/of/{placed.order_id}/"' in browser.get("/balance/").text
    answer = browser.get(f"/orders/of/{placed.order_id}/")
    assert answer["Location"] == f"/orders/{placed.activation_id}/"
    assert f'href="/orders/{placed.activation_id}/"' in browser.get("/orders/").text


@pytest.mark.parametrize("messages", [0, 30])
def test_page_is_a_bounded_number_of_statements(enter: Enter, messages: int) -> None:
    customer = builders.customer()
    placed, browser = builders.order(customer), enter(customer)
    for n in range(messages):
        builders.deliver(
            placed.number, f"Telegram code: {10000 + n}", at=builders.NOW + timedelta(seconds=n)
        )
    page_of(browser, placed)

    with CaptureQueriesContext(connection) as whole:
        page_of(browser, placed)
    with CaptureQueriesContext(connection) as part:
        browser.get(f"/orders/{placed.activation_id}/timeline/")

    # a key that the test's own transaction has not committed is read again for each message
    statements = [query for query in whole if "vault_" not in query["sql"]]
    assert len(statements) <= STATEMENTS_MAX
    assert len(part) <= FRAGMENT_STATEMENTS_MAX


def measure(*, service: str = "tg", country: str = "NO", codes: int, ended: int = 50) -> None:
    tally = Tally()
    for n in range(ended):
        tally.add(account_id=n, waited_s=12 if n < codes else None)
    CodeRate.objects.create(
        service_code=service,
        country=country,
        ended=tally.ended,
        with_code=tally.with_code,
        buyers=tally.buyers,
        times=tally.times,
        since_on=builders.NOW.date(),
        window_on=builders.NOW.date(),
    )


FIGURES = {
    "en": "92% got a code · half within 15 s, nine of ten within 15 s · 50 orders",
    "nb": "92 % fikk kode · halvparten innen 15 s, ni av ti innen 15 s · 50 bestillinger",
    "de": "92 % erhielten einen Code · die Hälfte binnen 15 s, neun von zehn binnen 15 s · "
    "50 Bestellungen",
}


@pytest.mark.parametrize(("language", "figures"), FIGURES.items())
def test_measured_share_and_times_are_shown_before_buying(
    shop: StandingClock, language: str, figures: str
) -> None:
    measure(codes=46)
    measure(country=EVERY_COUNTRY, codes=46)
    visitor = Client(headers={"accept-language": language})
    for path in ("/", "/services/tg/", "/services/tg/no/"):
        told = text_of(visitor.get(path).text).replace("\xa0", " ")
        assert figures in re.sub(r" +", " ", told), path


def test_nothing_is_invented_where_too_little_was_measured(shop: StandingClock) -> None:
    measure(codes=29, ended=29)
    for path in ("/", "/services/tg/", "/services/tg/no/"):
        page = Client().get(path).text
        assert "not enough orders yet" in page
        assert "got a code" not in page


def test_list_is_sorted_by_what_the_reader_wants(shop: StandingClock) -> None:
    measure(service="wa", country=EVERY_COUNTRY, codes=49)
    measure(service="tg", country=EVERY_COUNTRY, codes=10)

    def order_of(sort: str) -> list[str]:
        page = Client().get("/", {"sort": sort}).text
        return [name for name in re.findall(r'href="/services/(\w+)/"', page) if name in "tgwa"]

    assert order_of("name") == ["tg", "wa"]
    assert order_of("share") == ["wa", "tg"]
    assert order_of("'; DROP") == ["tg", "wa"]
    assert 'aria-current="true">Share of codes' in Client().get("/", {"sort": "share"}).text
