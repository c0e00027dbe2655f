"""Where a card or an account that paid is from: kept in two letters, as evidence for the tax."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.core import serializers
from django.db import IntegrityError, transaction

from nummer.apps.invoices.evidence import note_evidence, pieces_in, pieces_of
from nummer.apps.payments import queries
from nummer.apps.payments.actions import concluding
from nummer.apps.payments.models import AutoTopUp, Notice, NoticeOutcome, TopUp
from nummer.apps.payments.queries import PayerCountry
from nummer.suppliers.paypal.reading import About, read_object
from nummer.suppliers.sandbox.payments.paypal import objects as paypal_objects
from tests import builders
from tests.apps.payments.conftest import NOW, Provider, changed, start
from tests.apps.payments.sides import PayPalSide, side

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
CHARGED = "charge.succeeded"


@pytest.fixture
def paypal(tmp_path: Path) -> Iterator[PayPalSide]:
    with side(PayPalSide, tmp_path) as one:
        assert isinstance(one, PayPalSide)
        yield one


def country_of(top_up_id: UUID) -> tuple[str, bool]:
    row = TopUp.objects.get(id=top_up_id)
    return row.payer_country, row.payer_by_issuer


def from_country(body: bytes, country: object) -> bytes:
    """Return a charge of a card of another country, as another event."""
    event = json.loads(body)
    charge = event["data"]["object"]
    details = charge["payment_method_details"]
    details["card"] = {**details["card"], "country": country}
    return changed(body, id=f"{event['id']}_{str(country)[:2]}", payment_method_details=details)


@pytest.mark.parametrize("first", [True, False])
def test_country_of_a_card_is_learnt_from_its_charge_in_whatever_order(
    provider: Provider, account_id: int, *, first: bool
) -> None:
    started = start(account_id)
    provider.pay(started)
    (charged,) = provider.events(CHARGED)
    others = [body for body in provider.events() if body != charged]

    told = [charged, *others] if first else [*others, charged]
    outcomes = [provider.call_back(body) for body in told]

    assert outcomes.count(NoticeOutcome.CREDITED) == 1
    assert country_of(started.id) == ("NO", True)
    assert queries.payer_countries(account_id) == [PayerCountry("NO", by_card=True, known_at=NOW)]


def test_of_the_card_and_its_owner_nothing_else_is_kept(
    provider: Provider, account_id: int
) -> None:
    start_of = start(account_id)
    provider.pay(start_of)
    provider.tell()

    kept = serializers.serialize("json", [*TopUp.objects.all(), *Notice.objects.all()])
    for said in ("Sandkasse", "kari.", "4242", "visa", "0150", "sAnDbOx", "2031"):
        assert said not in kept
    assert not AutoTopUp.objects.exists()


@pytest.mark.parametrize("odd", [None, "", "no", "NOR", "4242424242424242", 47, ["NO"], "N0"])
def test_a_charge_that_tells_no_country_is_money_all_the_same(
    provider: Provider, account_id: int, odd: object
) -> None:
    started = start(account_id)
    provider.pay(started)
    (charged,) = provider.events(CHARGED)

    assert provider.call_back(from_country(charged, odd)) == NoticeOutcome.CREDITED

    assert country_of(started.id) == ("", False)
    assert queries.payer_countries(account_id) == []


@pytest.mark.parametrize("word", ["paid", "captured"])
def test_a_charge_that_took_nothing_yet_is_no_payment(
    provider: Provider, account_id: int, word: str
) -> None:
    started = start(account_id)
    provider.pay(started)
    (charged,) = provider.events(CHARGED)

    assert provider.call_back(changed(charged, **{word: False})) == NoticeOutcome.IGNORED
    assert TopUp.objects.get(id=started.id).state == "started"


def test_country_of_a_paypal_account_is_learnt_when_its_order_is_captured(
    paypal: PayPalSide, account_id: int
) -> None:
    started = paypal.start(account_id)
    paypal.approve(started)
    paypal.tell("CHECKOUT.ORDER.APPROVED")
    concluding.conclude(account_id, top_up_id=started.id, now=NOW)

    assert country_of(started.id) == ("NO", False)
    assert [piece.kind for piece in pieces_of(account_id)][:2] == ["declared", "bank"]


def test_country_is_learnt_also_where_the_capture_was_told_first(
    paypal: PayPalSide, account_id: int
) -> None:
    started = paypal.start(account_id)
    paypal.pay(started)
    paypal.tell("PAYMENT.CAPTURE.COMPLETED")
    assert country_of(started.id) == ("", False), "a capture says nothing of its payer"

    paypal.tell("CHECKOUT.ORDER.APPROVED")

    assert country_of(started.id) == ("NO", False)


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ({"country_code": "DE"}, "DE"),
        ({"country_code": "C2"}, "CN"),
        ({"country_code": "de"}, ""),
        ({"country_code": 47}, ""),
        ({}, ""),
        ("NO", ""),
        (None, ""),
    ],
)
def test_any_address_of_a_payer_is_read_without_a_refusal(
    paypal: PayPalSide, account_id: int, address: object, read: str
) -> None:
    started = paypal.start(account_id)
    paypal.pay(started)
    with paypal.desk.change() as memory:
        order = paypal_objects.shown_order(memory, paypal.reference(started))
    order["payer"] = {"address": address}

    notice = read_object(About.ORDER, order)

    assert notice is not None
    assert getattr(notice, "country", None) == read


def test_two_pieces_that_agree_confirm_a_country_and_another_stands_against_it(
    provider: Provider,
) -> None:
    account_id = builders.customer(country="NO", balance="0.00")
    started = start(account_id)
    provider.pay(started)
    provider.tell()

    agreed = note_evidence(account_id, now=NOW)
    assert agreed.confirmed
    assert [piece["kind"] for piece in pieces_in(agreed)["used"]] == ["declared", "card"]

    other = start(account_id, now=NOW + timedelta(minutes=1))
    provider.pay(other)
    charged = provider.events(CHARGED)[-1]
    provider.call_back(from_country(charged, "US"), now=NOW + timedelta(minutes=2))

    noted = note_evidence(account_id, now=NOW + timedelta(minutes=3))
    content = pieces_in(noted)
    assert (noted.country, noted.confirmed) == ("NO", True), "no piece moves the tax by itself"
    against = [(piece["kind"], piece["country"]) for piece in content["against"]]
    assert [each for each in against if each[0] != "phone"] == [("card", "US")]


def test_a_card_of_another_country_than_declared_confirms_nothing(provider: Provider) -> None:
    account_id = builders.customer(country="DE", balance="0.00")
    started = start(account_id)
    provider.pay(started)
    provider.tell()

    noted = note_evidence(account_id, now=NOW)

    assert (noted.country, noted.confirmed) == ("DE", False)
    assert [piece.country for piece in pieces_of(account_id)][:2] == ["DE", "NO"]


@pytest.mark.parametrize(
    "changes",
    [
        {"payer_country": "no"},
        {"payer_country": "", "payer_by_issuer": True},
        {"payer_country": "N1"},
    ],
)
def test_the_table_holds_two_letters_or_nothing(
    provider: Provider, account_id: int, changes: dict[str, object]
) -> None:
    started = start(account_id)
    provider.pay(started)
    provider.tell()

    with pytest.raises(IntegrityError), transaction.atomic():
        TopUp.objects.filter(id=started.id).update(**changes)
