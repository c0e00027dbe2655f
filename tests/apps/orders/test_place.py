"""Placing a one-time order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.accounts.errors import NotConfirmed
from nummer.apps.accounts.models import Account
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance, WrongCurrency
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import OutOfStock
from nummer.apps.orders import queries as orders
from nummer.apps.orders.actions import confirm_by_mail, place_one_time
from nummer.apps.orders.errors import ConsentMissing, KeyReused, PriceAboveMax, TextsOutdated
from nummer.apps.orders.models import Order
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.builders import NOW, customer, order, wish

pytestmark = pytest.mark.usefixtures("shop")
STATEMENTS_MAX = 15  # counted on 2026-11-22, with the savepoint's two; each is a round trip


def test_an_order_charges_the_price_with_tax_and_hands_over_a_number() -> None:
    account_id = customer(balance="20.00")
    quote = catalogue.quote(
        service="tg",
        country="NO",
        currency="EUR",
        customer_country="NO",
        customer_kind="person",
        now=NOW,
    )

    placed = order(account_id)

    assert placed.total == quote.total == quote.net + quote.tax
    assert ledger.balance(account_id).total == Money.parse("20.00", "EUR") - quote.total
    activation = numbers.activation(account_id, activation_id=placed.activation_id)
    assert (activation.number, activation.state, activation.service) == (
        placed.number,
        "waiting",
        "tg",
    )
    assert activation.window_ends_at == NOW + timedelta(minutes=20)
    assert numbers.stock(service="tg", country="NO") == {("tg", "NO"): 2}


def test_an_order_keeps_the_consents_and_the_texts_it_was_made_under() -> None:
    account_id = customer()

    placed = order(account_id)

    kept = orders.order(account_id, order_id=placed.order_id)
    assert kept.consent_immediate_at == kept.consent_loss_at == NOW
    assert {text["document"] for text in kept.texts} == {
        "immediate-performance",
        "one-time-restrictions",
    }
    assert all(len(text["sha256"]) == 64 for text in kept.texts)
    listing = Order.objects.get(account_id=account_id).listing
    assert listing["restrictions"], "what the product page said is kept by version"
    assert {"terms", "refund-policy", "privacy-notice"} <= {
        text["document"] for text in kept.documents
    }


def test_an_order_is_placed_with_few_statements() -> None:
    account_id = customer()
    order(account_id)
    asked = wish(service="wa")

    with CaptureQueriesContext(connection) as asked_of_the_database:
        place_one_time(account_id, wish=asked, now=NOW)

    assert len(asked_of_the_database) <= STATEMENTS_MAX


def test_the_same_key_buys_once() -> None:
    account_id = customer()
    asked = wish()

    first = place_one_time(account_id, wish=asked, now=NOW)
    again = place_one_time(account_id, wish=asked, now=NOW + timedelta(minutes=1))

    assert replace(again, replayed=False) == first
    assert again.replayed
    assert Order.objects.filter(account_id=account_id).count() == 1
    assert ledger.balance(account_id).total == Money.parse("20.00", "EUR") - first.total


def test_the_same_key_for_another_service_is_refused() -> None:
    account_id = customer()
    key = new_id()
    place_one_time(account_id, wish=wish(key=key), now=NOW)

    with pytest.raises(KeyReused):
        place_one_time(account_id, wish=wish(key=key, service="wa"), now=NOW)


def test_the_keys_of_two_customers_do_not_meet() -> None:
    key = new_id()

    first = place_one_time(customer(), wish=wish(key=key), now=NOW)
    second = place_one_time(customer(), wish=wish(key=key), now=NOW)

    assert first.number != second.number


REFUSED = [
    ("without consent to immediate performance", {"consent_immediate": False}, ConsentMissing),
    ("without knowing that the right ends", {"consent_loss": False}, ConsentMissing),
    ("without any text", {"texts": ()}, ConsentMissing),
    ("above the price he allows", {"max_price": Money(1, "EUR")}, PriceAboveMax),
    ("for a price in another currency", {"max_price": Money(10**9, "NOK")}, WrongCurrency),
    ("of a country without stock", {"country": "GB"}, OutOfStock),
    ("of a carrier without stock", {"carrier": "nobody"}, OutOfStock),
    ("with every number excluded", {"excluded_prefixes": ("47",)}, OutOfStock),
    ("of an unknown service", {"service": "no-such"}, Refusal),
    ("of an unknown country", {"country": "XX"}, Refusal),
]


@pytest.mark.parametrize(("label", "changed", "refusal"), REFUSED, ids=[row[0] for row in REFUSED])
def test_an_order_that_is_refused_changes_nothing(
    label: str, changed: dict[str, object], refusal: type[Refusal]
) -> None:
    account_id = customer()

    with pytest.raises(refusal):
        place_one_time(account_id, wish=replace(wish(), **changed), now=NOW)  # type: ignore[arg-type]

    assert ledger.balance(account_id).total == Money.parse("20.00", "EUR")
    assert numbers.stock(service="tg", country="NO") == {("tg", "NO"): 3}
    assert not Order.objects.filter(account_id=account_id).exists()


def test_a_text_that_changed_since_the_page_was_shown_refuses_the_order() -> None:
    asked = wish()
    stale = [replace(text, sha256="0" * 64) for text in asked.texts]

    with pytest.raises(TextsOutdated):
        place_one_time(customer(), wish=replace(asked, texts=stale), now=NOW)


def test_too_little_money_gives_the_number_back_to_the_shelf() -> None:
    account_id = customer(balance="0.01")

    with pytest.raises(InsufficientBalance):
        order(account_id)

    assert numbers.stock(service="tg", country="NO") == {("tg", "NO"): 3}


def test_a_customer_who_has_not_confirmed_his_phone_cannot_order() -> None:
    account_id = customer()
    Account.objects.filter(id=account_id).update(phone_confirmed_at=None)

    with pytest.raises(NotConfirmed):
        order(account_id)


def test_a_number_is_never_sold_twice_for_one_service() -> None:
    account_id = customer()

    sold = {order(account_id).number for _ in range(3)}

    assert len(sold) == 3
    with pytest.raises(OutOfStock):
        order(account_id)
    assert order(account_id, service="wa").number in sold


def test_orders_of_one_minute_are_confirmed_by_one_letter() -> None:
    account_id = customer()
    order(account_id)
    order(account_id)

    confirm_by_mail(account_id, now=NOW)
    confirm_by_mail(account_id, now=NOW)

    from nummer.apps.notify.models import Letter

    letters = Letter.objects.filter(account_id=account_id)
    assert letters.count() == 1


def test_texts_that_nobody_showed_are_not_kept_as_evidence() -> None:
    account_id, asked = customer(), wish()
    invented = AcceptedText("terms", "2099-01-01", "en", "0" * 64)

    placed = place_one_time(
        account_id, wish=replace(asked, texts=[*asked.texts, invented]), now=NOW
    )

    kept = orders.order(account_id, order_id=placed.order_id)
    assert "2099-01-01" not in {text["version"] for text in kept.texts}


@pytest.mark.parametrize("language", ["xx", "en\0", "nb"])
def test_a_text_counts_only_in_the_language_it_was_shown_in(language: str) -> None:
    asked = wish()
    renamed = [replace(text, language=language) for text in asked.texts]

    with pytest.raises(TextsOutdated):
        place_one_time(customer(), wish=replace(asked, texts=renamed), now=NOW)
