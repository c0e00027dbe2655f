"""A rented number sends: what is accepted has its row and its money, what is not has neither."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nummer.apps.catalogue.errors import NoRate
from nummer.apps.catalogue.sms_pricing import set_route
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.ledger.errors import IdempotencyConflict, InsufficientBalance
from nummer.apps.messaging.actions.drafting import Accepted
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.actions.sending import (
    SmsWish,
    send_sms,
    sms_price,
    submitting,
)
from nummer.apps.messaging.errors import (
    RecipientIsSender,
    RecipientNotPossible,
    TextMissing,
    TextNotSendable,
    TextTooLong,
)
from nummer.apps.messaging.models import Charge, Outgoing
from nummer.apps.messaging.queries import Direction, SmsState
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.builders import NOW, customer, sms_rates, sms_wish

pytestmark = pytest.mark.django_db
PART = Money.parse("0.0625", "EUR")  # 0.05 and the 25 per cent of Norway


def held(account_id: int) -> Money:
    return ledger.balance(account_id).held


def test_what_is_accepted_waits_and_its_money_is_held(rented: LeaseRow) -> None:
    sms = send_sms(rented.account_id, wish=sms_wish(rented, body="hello"), now=NOW)

    assert (sms.direction, sms.state, sms.parts) == (Direction.OUT, SmsState.QUEUED, 1)
    assert (sms.ours, sms.theirs, sms.body) == (rented.number, "+4791234567", "hello")
    assert sms.price == PART
    assert held(rented.account_id) == PART


def test_the_same_key_is_accepted_once(rented: LeaseRow) -> None:
    wish = sms_wish(rented)

    first = send_sms(rented.account_id, wish=wish, now=NOW)
    again = send_sms(rented.account_id, wish=wish, now=NOW)

    assert again == first
    assert Outgoing.objects.count() == 1
    assert held(rented.account_id) == PART


@pytest.mark.parametrize("other", [{"body": "other"}, {"to": "+4791234568"}])
def test_the_same_key_for_another_text_is_a_conflict(
    rented: LeaseRow, other: dict[str, str]
) -> None:
    wish = sms_wish(rented)
    send_sms(rented.account_id, wish=wish, now=NOW)

    with pytest.raises(IdempotencyConflict):
        send_sms(rented.account_id, wish=replace(wish, **other), now=NOW)


@pytest.mark.parametrize(
    ("body", "parts", "encoding"),
    [
        ("x" * 160, 1, "gsm7"),
        ("x" * 161, 2, "gsm7"),
        ("€" * 80, 1, "gsm7"),
        ("€" * 81, 2, "gsm7"),
        ("ж" * 70, 1, "ucs2"),
        ("ж" * 71, 2, "ucs2"),
        ("😀" * 36, 2, "ucs2"),
    ],
)
def test_each_part_costs_what_was_said_before(
    rented: LeaseRow, body: str, parts: int, encoding: str
) -> None:
    wish = sms_wish(rented, body=body)
    said = sms_price(rented.account_id, lease_id=rented.id, to=wish.to, body=body, now=NOW)

    sms = send_sms(rented.account_id, wish=wish, now=NOW)

    assert (said.parts, said.encoding, said.per_part) == (parts, encoding, PART)
    assert said.total == sms.price == Money(PART.micro * parts, "EUR") == held(rented.account_id)


def test_where_every_route_is_closed_nothing_is_sold(rented: LeaseRow) -> None:
    set_route(
        carrier="sandbox",
        supplier="sandbox",
        prefix="47",
        enabled=False,
        priority=1,
        throughput_per_s=10,
        actor="staff:1",
        now=NOW,
    )

    with pytest.raises(NoRate):
        send_sms(rented.account_id, wish=sms_wish(rented), now=NOW)

    assert held(rented.account_id) == Money.parse("0.00", "EUR")
    assert not Outgoing.objects.exists()


REFUSED: list[tuple[str, dict[str, str], type[Refusal]]] = [
    ("a short code", {"to": "1234"}, RecipientNotPossible),
    ("words", {"to": "mother"}, RecipientNotPossible),
    ("a number without its country", {"to": "91234567"}, RecipientNotPossible),
    ("a number of no country", {"to": "+99912345678"}, RecipientNotPossible),
    ("a number of too few digits", {"to": "+47912345"}, RecipientNotPossible),
    ("its own number", {"to": "+4759441001"}, RecipientIsSender),
    ("nothing", {"body": ""}, TextMissing),
    ("half a character", {"body": "\ud83d"}, TextNotSendable),
    ("a book", {"body": "x" * 5_000}, TextTooLong),
    ("more parts than possible", {"body": "ж" * 700}, TextTooLong),
    ("a country without a rate", {"to": "+4915123456789"}, NoRate),
]


@pytest.mark.parametrize(
    ("change", "refusal"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_is_refused_leaves_nothing_behind(
    rented: LeaseRow, change: dict[str, str], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        send_sms(rented.account_id, wish=sms_wish(rented, **change), now=NOW)  # type: ignore[arg-type]

    assert not Outgoing.objects.exists()
    assert held(rented.account_id) == Money(0, "EUR")


def test_another_customers_number_does_not_exist(rented: LeaseRow) -> None:
    with pytest.raises(NoSuchLease):
        send_sms(customer(), wish=sms_wish(rented), now=NOW)


def test_short_by_the_smallest_unit_is_not_sent_and_not_charged(rented: LeaseRow) -> None:
    spendable = ledger.balance(rented.account_id).spendable
    body = "x" * 153 * 4
    sms_rates({"479": str(Money(spendable.micro // 5 + 1, "EUR").decimal())})

    with pytest.raises(InsufficientBalance) as refused:
        send_sms(rented.account_id, wish=sms_wish(rented, body=body), now=NOW)

    assert refused.value.data["spendable"] == spendable.decimal_text()
    assert not Outgoing.objects.exists()
    assert not Charge.objects.exists()
    assert ledger.balance(rented.account_id).spendable == spendable


def test_of_a_batch_those_are_accepted_that_the_balance_covers(rented: LeaseRow) -> None:
    spendable = ledger.balance(rented.account_id).spendable
    two = Money(spendable.micro // 3 * 4 // 5, "EUR")
    sms_rates({"479": str(two.decimal())})
    wishes = [sms_wish(rented), sms_wish(rented, to="1234"), sms_wish(rented), sms_wish(rented)]
    wishes.append(sms_wish(rented))

    answers = run(submitting(rented.account_id, wishes=wishes, now=NOW))

    assert [type(answer).__name__ for answer in answers] == [
        "Accepted",
        "RecipientNotPossible",
        "Accepted",
        "Accepted",
        "InsufficientBalance",
    ]
    assert Charge.objects.get().waiting == 3
    assert held(rented.account_id).micro == Charge.objects.get().held_micro


def test_the_same_key_twice_in_a_batch_is_one_text(rented: LeaseRow) -> None:
    wish = sms_wish(rented, key=new_id())

    first, again = run(submitting(rented.account_id, wishes=[wish, wish], now=NOW))

    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert (again.id, again.replayed) == (first.id, True)
    assert Outgoing.objects.count() == 1


def test_no_repr_shows_a_recipient_or_a_text(rented: LeaseRow) -> None:
    wish: SmsWish = sms_wish(rented, body="secret words")
    sms = send_sms(rented.account_id, wish=wish, now=NOW)

    for shown in (repr(wish), repr(sms)):
        assert "91234567" not in shown
        assert "secret" not in shown
