"""Placing a one-time order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nummer.apps.accounts.errors import AccountClosed, NotConfirmed
from nummer.apps.accounts.models import Account
from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements.errors import TermsNotAccepted
from nummer.apps.agreements.models import Published
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.actions import set_price, switch_service
from nummer.apps.catalogue.errors import NoPrice, ServiceOff
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import InsufficientBalance, WrongCurrency
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.errors import OutOfStock
from nummer.apps.orders import queries as orders
from nummer.apps.orders.actions import confirm_by_mail, note_purchase, place_one_time
from nummer.apps.orders.errors import ConsentMissing, KeyReused, PriceAboveMax, TextsOutdated
from nummer.apps.orders.models import Order
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.builders import NOW, customer, order, wish

pytestmark = pytest.mark.usefixtures("shop")
# By what the process remembered, which changed, and by what it read; the rule for every purchase.
STATEMENTS_MAX = 2 * (1 + 6) + 1


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


def test_a_first_order_is_placed_with_few_statements() -> None:
    account_id, asked = customer(), wish()

    with CaptureQueriesContext(connection) as asked_of_the_database:
        place_one_time(account_id, wish=asked, now=NOW)

    assert len(asked_of_the_database) <= STATEMENTS_MAX


def test_a_further_order_is_placed_with_one_statement() -> None:
    account_id = customer()
    order(account_id)
    asked = wish()

    with CaptureQueriesContext(connection) as asked_of_the_database:
        place_one_time(account_id, wish=asked, now=NOW)

    assert len(asked_of_the_database) == 1


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


def later_price(net: Money | None) -> None:
    set_price(
        service="tg",
        country="NO",
        currency="EUR",
        net=net,
        from_at=NOW + timedelta(minutes=1),
        actor="staff:0",
        now=NOW,
    )


def test_a_new_price_is_charged_from_its_first_moment() -> None:
    account_id = customer()
    first = order(account_id)
    later_price(Money.parse("2.00", "EUR"))

    last_moment = order(account_id, now=NOW + timedelta(seconds=59))
    new = order(account_id, now=NOW + timedelta(minutes=1))

    assert last_moment.total == first.total
    assert new.total == Money.parse("2.50", "EUR")
    assert orders.order(account_id, order_id=new.order_id).net == Money.parse("2.00", "EUR")


def test_an_offer_that_ended_is_refused_to_those_who_bought_it_before() -> None:
    account_id = customer()
    order(account_id)
    later_price(None)

    with pytest.raises(NoPrice):
        order(account_id, now=NOW + timedelta(minutes=1))


def test_a_service_that_was_switched_off_is_refused_to_those_who_bought_it_before() -> None:
    account_id = customer()
    order(account_id)
    switch_service("tg", enabled=False, actor="staff:0", now=NOW)

    with pytest.raises(ServiceOff):
        order(account_id)


def test_a_customer_who_closed_his_account_cannot_order_again() -> None:
    account_id = customer()
    order(account_id)
    Account.objects.filter(id=account_id).update(closed_at=NOW)

    with pytest.raises(AccountClosed):
        order(account_id)


def test_the_order_of_a_key_is_returned_whatever_would_refuse_it_now() -> None:
    account_id, asked = customer(), wish()
    first = place_one_time(account_id, wish=asked, now=NOW)
    switch_service("tg", enabled=False, actor="staff:0", now=NOW)

    again = place_one_time(account_id, wish=asked, now=NOW)

    assert (again.order_id, again.replayed) == (first.order_id, True)


def test_a_new_version_of_a_text_is_noted_in_the_next_order() -> None:
    account_id = customer()
    order(account_id)
    Published.objects.bulk_create(
        [
            Published(
                id=new_id(),
                document="terms",
                version="2026-12-01",
                language=language,
                title="Terms",
                text="New terms.",
                sha256="1" * 64,
                source_sha256="1" * 64,
                published_at=NOW,
                effective_at=NOW + timedelta(minutes=1),
            )
            for language in ("en", "nb", "de")
        ]
    )

    before = order(account_id, now=NOW + timedelta(seconds=59))
    with pytest.raises(TermsNotAccepted):
        order(account_id, now=NOW + timedelta(minutes=1))
    text = AcceptedText("terms", "2026-12-01", "de", "1" * 64)
    agreements.accept(account_id, accepted=[text], surface="test", now=NOW + timedelta(minutes=1))
    after = order(account_id, now=NOW + timedelta(minutes=1))

    assert "2026-12-01" not in versions(account_id, before.order_id)
    assert "2026-12-01" in versions(account_id, after.order_id)


def versions(account_id: int, order_id: UUID) -> set[str]:
    kept = orders.order(account_id, order_id=order_id)
    return {text["version"] for text in kept.documents}


def test_a_note_makes_the_same_purchase_in_another_form_the_same_one() -> None:
    account_id, note = customer(), new_id()
    key = note_purchase(account_id, note=note, now=NOW)
    first = place_one_time(account_id, wish=wish(key=key), now=NOW)

    again = place_one_time(account_id, wish=replace(wish(), note=note), now=NOW)
    third = place_one_time(account_id, wish=replace(wish(), note=note), now=NOW)

    assert (again.order_id, again.replayed, again.noted) == (first.order_id, True, True)
    assert third.order_id != first.order_id
    assert (third.replayed, third.noted) == (False, False)


def test_a_note_is_forgotten_after_a_minute() -> None:
    account_id, note = customer(), new_id()
    key = note_purchase(account_id, note=note, now=NOW)
    first = place_one_time(account_id, wish=wish(key=key), now=NOW)

    late = NOW + timedelta(minutes=1)
    again = place_one_time(account_id, wish=replace(wish(), note=note), now=late)

    assert again.order_id != first.order_id


def test_a_refused_purchase_leaves_the_note_for_the_next_try() -> None:
    account_id, note = customer(), new_id()
    key = note_purchase(account_id, note=note, now=NOW)
    asked = replace(wish(), note=note)

    with pytest.raises(OutOfStock):
        place_one_time(account_id, wish=replace(asked, carrier="nobody"), now=NOW)
    placed = place_one_time(account_id, wish=asked, now=NOW)

    assert placed.noted
    assert Order.objects.get(account_id=account_id).key == key
