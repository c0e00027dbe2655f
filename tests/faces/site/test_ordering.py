"""The order page and the order table."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.orders.models import Order
from nummer.kernel.money import Money
from tests import builders
from tests.faces.conftest import Enter, StandingClock

STATEMENTS = ("restrictions", "immediate", "loss")
BUTTONS = {
    "en": "Order with obligation to pay",
    "nb": "Bestill med betalingsplikt",
    "de": "Zahlungspflichtig bestellen",
}


def form_of(page: str) -> dict[str, str | list[str]]:
    """Return what a browser would send of the order form's hidden fields."""
    fields = re.findall(r'<input type="hidden" name="(key|total|text)" value="([^"]+)"', page)
    form: dict[str, str | list[str]] = {name: value for name, value in fields if name != "text"}
    form["text"] = [value for name, value in fields if name == "text"]
    return form


def complete_form(browser: Client) -> dict[str, str | list[str]]:
    """Return the form with every statement ticked."""
    form = form_of(browser.get("/services/tg/no/").text)
    return {**form, **dict.fromkeys(STATEMENTS, "yes")}


@pytest.mark.parametrize(("language", "button"), BUTTONS.items())
def test_directly_above_the_button_stand_total_period_and_what_follows(
    enter: Enter, language: str, button: str
) -> None:
    page = enter(builders.customer(), language=language).get("/services/tg/no/").text
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    above = text[: text.index(button)]
    assert text.count(button) == 1
    assert "20 min" in above[-700:].lower()
    assert re.search(r"2[.,]00", above[-200:])
    assert re.search(r"0[.,]40", above[-60:])


def test_nothing_is_ticked_beforehand(enter: Enter) -> None:
    page = enter(builders.customer()).get("/services/tg/no/").text
    assert len(re.findall(r'type="checkbox"', page)) == len(STATEMENTS)
    assert "checked" not in page


def test_ticked_and_sent_is_ordered_and_shown_in_the_order_table(enter: Enter) -> None:
    customer = builders.customer(balance="20.00")
    browser = enter(customer)
    answer = browser.post("/services/tg/no/", complete_form(browser))
    [activation] = numbers.activations(customer)
    assert answer["Location"] == f"/orders/#activation-{activation.activation_id}"
    assert activation.number.international() in browser.get("/orders/").text
    assert ledger.balance(customer).spendable == Money.parse("18.00", "EUR")
    order = Order.objects.get(account_id=customer)
    assert {text["document"] for text in order.texts} == {
        "immediate-performance",
        "one-time-restrictions",
    }


def test_two_clicks_are_one_order(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    form = complete_form(browser)
    first, second = (browser.post("/services/tg/no/", form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Order.objects.filter(account_id=customer).count() == 1


@pytest.mark.parametrize("forgotten", STATEMENTS)
def test_without_a_tick_nothing_is_ordered(enter: Enter, forgotten: str) -> None:
    customer = builders.customer()
    browser = enter(customer)
    form = {name: value for name, value in complete_form(browser).items() if name != forgotten}
    answer = browser.post("/services/tg/no/", form)
    assert answer.status_code == 409
    assert "Please read and tick every statement" in answer.text
    assert "Nothing was ordered and nothing was charged." in answer.text
    assert not Order.objects.filter(account_id=customer).exists()


def test_text_that_changed_meanwhile_must_be_read_again(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    form = complete_form(browser)
    form["text"] = [re.sub(r"[0-9a-f]{64}$", "0" * 64, str(text)) for text in form["text"]]
    answer = browser.post("/services/tg/no/", form)
    assert answer.status_code == 409
    assert "A text has changed since you opened this page." in answer.text
    assert not Order.objects.filter(account_id=customer).exists()


def test_price_that_rose_meanwhile_is_not_charged(enter: Enter) -> None:
    customer = builders.customer()
    browser = enter(customer)
    answer = browser.post("/services/tg/no/", {**complete_form(browser), "total": "1.99 EUR"})
    assert answer.status_code == 409
    assert "The price is 2.00 EUR, more than you allow." in answer.text
    assert not Order.objects.filter(account_id=customer).exists()


@pytest.mark.parametrize("total", ["", "free", "-1 EUR", "1e9 EUR", "\uff12.00 EUR", "2.00 NOK"])
def test_total_that_cannot_be_read_allows_no_price(enter: Enter, total: str) -> None:
    customer = builders.customer()
    browser = enter(customer)
    form = {**complete_form(browser), "total": total}
    assert browser.post("/services/tg/no/", form).status_code == 409
    assert not Order.objects.filter(account_id=customer).exists()


def test_last_number_that_is_gone_is_refused_without_charge(enter: Enter) -> None:
    customer, other = builders.customer(), builders.customer()
    browser = enter(customer)
    form = complete_form(browser)
    for _ in range(5):
        builders.order(other)
    answer = browser.post("/services/tg/no/", form)
    assert answer.status_code == 409
    assert "There is no free number for this service and country at the moment." in answer.text
    assert ledger.balance(customer).spendable == Money.parse("20.00", "EUR")


def test_too_little_money_leads_to_the_top_up(enter: Enter) -> None:
    page = enter(builders.customer(balance="1.50"), language="nb").get("/services/tg/no/").text
    assert "Saldoen din er 0,50\xa0€ for lav for denne bestillingen." in page
    assert BUTTONS["nb"] not in page


def test_visitor_sees_the_offer_but_no_order_button(shop: StandingClock) -> None:
    page = Client().get("/services/tg/no/").text
    assert "Sign in or create an account to order." in page
    assert BUTTONS["en"] not in page


def test_visitor_who_sends_the_form_may_not_order(shop: StandingClock) -> None:
    assert Client().post("/services/tg/no/", {}).status_code == 403


def test_code_is_shown_and_script_or_steering_marks_are_inert(enter: Enter) -> None:
    customer = builders.customer()
    placed = builders.order(customer)
    builders.deliver(placed.number, "Telegram code: 48213 <script>alert(1)</script>\u202e\x07 x")
    page = enter(customer).get("/orders/").text
    assert "48213" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\u202e" not in page
    assert "\x07" not in page


def test_shown_code_can_no_longer_be_cancelled(enter: Enter) -> None:
    customer = builders.customer()
    placed = builders.order(customer)
    builders.deliver(placed.number, "Telegram code: 48213")
    answer = enter(customer, language="de").post(
        f"/orders/{placed.activation_id}/cancel/", headers={"hx-request": "true"}
    )
    assert "RP-N2" in answer.text
    assert "kann nicht mehr storniert werden" in answer.text
    assert ledger.balance(customer).spendable == Money.parse("18.00", "EUR")


def test_cancelling_before_a_code_gives_the_price_back_and_names_the_clause(enter: Enter) -> None:
    customer = builders.customer()
    placed = builders.order(customer)
    browser = enter(customer)
    answer = browser.post(f"/orders/{placed.activation_id}/cancel/", follow=True)
    assert "Cancelled. €2.00 is back on your balance (refund policy, RP-B4)." in answer.text
    assert ledger.balance(customer).spendable == Money.parse("20.00", "EUR")
    assert "RP-B4" in browser.get("/balance/").text


def test_after_a_code_another_can_be_asked_and_the_order_finished(enter: Enter) -> None:
    customer = builders.customer()
    placed = builders.order(customer)
    builders.deliver(placed.number, "Telegram code: 48213")
    browser = enter(customer)
    address = f"/orders/{placed.activation_id}/"
    asked = browser.post(f"{address}another/", headers={"hx-request": "true"})
    assert "Waiting for another code until the window ends." in asked.text
    finished = browser.post(f"{address}finish/", headers={"hx-request": "true"})
    assert "Finished." in finished.text
    assert "Finish</button>" not in finished.text


def test_open_order_shows_the_servers_seconds_left(
    enter: Enter, standing_clock: StandingClock
) -> None:
    customer = builders.customer()
    builders.order(customer)
    standing_clock.at = builders.NOW + timedelta(seconds=90)
    assert 'data-seconds-left="1110"' in enter(customer).get("/orders/").text


@pytest.mark.parametrize("part", ["", "line/"])
def test_order_of_another_customer_is_not_found(enter: Enter, part: str) -> None:
    placed = builders.order(builders.customer())
    stranger = enter(builders.customer())
    assert stranger.get(f"/orders/{placed.activation_id}/{part}").status_code == 404


@pytest.mark.parametrize("verb", ["cancel", "another", "finish"])
def test_nobody_acts_on_the_order_of_another(enter: Enter, verb: str) -> None:
    owner = builders.customer()
    placed = builders.order(owner)
    stranger = enter(builders.customer())
    assert stranger.post(f"/orders/{placed.activation_id}/{verb}/").status_code == 404
    assert numbers.activation(owner, activation_id=placed.activation_id).open


def test_orders_page_and_filter(enter: Enter) -> None:
    customer = builders.customer(balance="50.00")
    first = builders.order(customer)
    second = builders.order(customer)
    browser = enter(customer)
    browser.post(f"/orders/{first.activation_id}/cancel/")
    opened = browser.get("/orders/?show=open").text
    assert f"activation-{second.activation_id}" in opened
    assert f"activation-{first.activation_id}" not in opened
    before = browser.get(f"/orders/?before={second.activation_id}").text
    assert f"activation-{first.activation_id}" in before
    assert f"activation-{second.activation_id}" not in before


def test_exported_orders_are_the_customers_own(enter: Enter) -> None:
    customer = builders.customer()
    placed = builders.order(customer)
    builders.order(builders.customer())
    answer = enter(customer).get("/orders/orders.csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 2
    assert lines[1].startswith(f"{placed.activation_id},")
    assert f"'{placed.number.e164}" in lines[1]
