"""Paying in: only a genuine event of the provider gives credit, and only once."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.accounts.errors import NotConfirmed
from nummer.apps.accounts.models import Account
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import IdempotencyConflict, WrongCurrency
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import card_data, paying_in
from nummer.apps.payments.errors import (
    CallbackNotGenuine,
    CallbackRefused,
    CallbackUnreadable,
    CardDataRefused,
    NoSuchTopUp,
    TopUpNotPayable,
    TopUpTooLarge,
    TopUpTooSmall,
    UnknownMethod,
)
from nummer.apps.payments.models import Dispute, Notice, NoticeOutcome, Refund, TopUp
from nummer.apps.payments.ports import Payments, install_payments, installed_payments
from nummer.kernel.clock import SystemClock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.payments.provider import sandbox_payments
from tests import builders
from tests.apps.payments.conftest import (
    NOW,
    Provider,
    changed,
    reference_of,
    start,
)

COMPLETED = "checkout.session.completed"
NO_SESSION = "cs_test_0123456789abcdef01234567"


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def state(account_id: int, started: actions.StartedTopUp) -> str:
    return queries.top_up(account_id, top_up_id=started.id).state


def paid_event(provider: Provider, account_id: int, **changes: object) -> bytes:
    """Return what the provider says once a page is paid, before it has said anything."""
    started = start(account_id, **changes)
    provider.pay(started)
    return next(
        body
        for body in provider.events(COMPLETED)
        if json.loads(body)["data"]["object"]["id"] == reference_of(started)
    )


def test_a_paid_top_up_stands_on_the_balance(provider: Provider, account_id: int) -> None:
    started = start(account_id)
    assert total(account_id) == "0.00"

    provider.pay(started)
    (body,) = provider.events(COMPLETED)
    outcome = provider.call_back(body)

    assert outcome == NoticeOutcome.CREDITED
    assert total(account_id) == "20.00"
    assert state(account_id, started) == "paid"
    assert wallets.lots(account_id)[0].reference == started.id
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_a_callback_that_comes_three_times_credits_once(
    provider: Provider, account_id: int
) -> None:
    body = paid_event(provider, account_id)

    outcomes = [provider.call_back(body) for _ in range(3)]

    assert outcomes == [NoticeOutcome.CREDITED] * 3
    assert total(account_id) == "20.00"
    assert Notice.objects.count() == 1


def test_two_events_about_one_payment_credit_once(provider: Provider, account_id: int) -> None:
    provider.pay(start(account_id))
    page, payment = provider.events(COMPLETED, "payment_intent.succeeded")

    outcomes = [provider.call_back(page), provider.call_back(payment)]

    assert outcomes == [NoticeOutcome.CREDITED, NoticeOutcome.PAID_BEFORE]
    assert total(account_id) == "20.00"


@pytest.mark.parametrize("failure_first", [True, False])
def test_a_payment_counts_in_whatever_order_its_events_come(
    provider: Provider, account_id: int, *, failure_first: bool
) -> None:
    started = start(account_id)
    provider.pay(started)
    (success,) = provider.events(COMPLETED)
    failure = changed(success, id="evt_f", type="checkout.session.async_payment_failed")

    for body in (failure, success) if failure_first else (success, failure):
        provider.call_back(body)

    assert total(account_id) == "20.00"
    assert state(account_id, started) == "paid"


def test_a_failed_payment_gives_nothing(provider: Provider, account_id: int) -> None:
    started = start(account_id)

    provider.fail(started)
    unpaid, failed = provider.events()

    assert provider.call_back(unpaid) == NoticeOutcome.IGNORED
    assert provider.call_back(failed) == NoticeOutcome.NOTED
    assert total(account_id) == "0.00"
    assert state(account_id, started) == "failed"


@pytest.mark.parametrize(
    ("label", "changes", "recorded"),
    [
        ("more than was asked", {"amount_total": 2001}, "other_sum"),
        ("less than was asked", {"amount_total": 1999}, "other_sum"),
        ("another currency", {"currency": "nok"}, "other_sum"),
        (
            "a checkout of nobody",
            {
                "id_of_object": NO_SESSION,
                "metadata": {},
                "payment_intent": "pi_0123456789abcdef01234567",
            },
            "unknown_reference",
        ),
        ("for another customer", {"client_reference_id": new_id().hex}, "other_customer"),
    ],
)
def test_what_fits_no_top_up_is_written_down_and_refused(
    provider: Provider, account_id: int, *, label: str, changes: dict[str, object], recorded: str
) -> None:
    event = json.loads(paid_event(provider, account_id))
    changes = dict(changes)
    if name := changes.pop("id_of_object", None):
        changes["id"] = name
    event["data"]["object"] |= changes
    body = json.dumps(event).encode()

    for _ in range(2):
        with pytest.raises(CallbackRefused):
            provider.call_back(body)

    assert [notice.outcome for notice in Notice.objects.all()] == [recorded], label
    assert total(account_id) == "0.00"
    assert TopUp.objects.get(account_id=account_id).state == "started"


def test_an_event_that_changes_its_content_is_refused(provider: Provider, account_id: int) -> None:
    first = paid_event(provider, account_id)
    other = paid_event(provider, account_id)
    provider.call_back(first)

    with pytest.raises(CallbackRefused):
        provider.call_back(changed(other, id=json.loads(first)["id"]))

    assert total(account_id) == "20.00"


def test_a_tampered_or_unsigned_callback_gives_nothing(provider: Provider, account_id: int) -> None:
    body = paid_event(provider, account_id)
    headers = provider.signed(body)
    right = headers["stripe-signature"]
    forged = right[:-1] + ("0" if right[-1] != "0" else "1")
    other_secret = right.replace("v1=", "v0=")

    for told, shown in (
        (body.replace(b"2000", b"9000"), headers),
        (body, {"stripe-signature": forged}),
        (body, {"stripe-signature": other_secret}),
        (body, {}),
        (body, {"stripe-signature": "t=1,v1=xyz"}),
        (body, {"stripe-signature": "t=999999999999999999999,v1=" + "0" * 64}),
        (body, {"stripe-signature": "t=x"}),
    ):
        with pytest.raises(CallbackNotGenuine):
            provider.call_back(told, headers=shown)
    with pytest.raises(CallbackNotGenuine):
        actions.receive_callback(
            "nobody", headers=headers, body=body, received_at=SystemClock().now(), now=NOW
        )

    assert total(account_id) == "0.00"
    assert Notice.objects.count() == 0


def test_an_old_copy_of_a_callback_gives_nothing(provider: Provider, account_id: int) -> None:
    body = paid_event(provider, account_id)

    with pytest.raises(CallbackNotGenuine):
        provider.call_back(body, headers=provider.signed(body, at=int(time.time()) - 301))

    assert total(account_id) == "0.00"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": "2000"},
        {"amount_total": 20.0},
        {"amount_total": None},
        {"amount_total": True},
        {"amount_total": -2000},
        {"amount_total": 10**30},
        {"currency": "xxq"},
        {"currency": ["eur"]},
        {"metadata": "top_up"},
        {"payment_intent": {"deep": 1}},
        {"payment_intent": "pi\x00"},
        {"client_reference_id": "r" * 101},
    ],
)
def test_a_signed_message_in_another_form_is_unreadable(
    provider: Provider, account_id: int, changes: dict[str, object]
) -> None:
    body = changed(paid_event(provider, account_id), **changes)

    with pytest.raises(CallbackUnreadable):
        provider.call_back(body)

    assert total(account_id) == "0.00"


@pytest.mark.parametrize("name", ["", "a\x00b", "e" * 101, None])
def test_an_event_without_a_proper_name_is_unreadable(
    provider: Provider, account_id: int, name: object
) -> None:
    with pytest.raises(CallbackUnreadable):
        provider.call_back(changed(paid_event(provider, account_id), id=name))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"type": 1}', b"[" * 100_000])
def test_signed_rubbish_is_unreadable(provider: Provider, db: None, body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        provider.call_back(body)


def test_what_is_about_nothing_of_ours_is_taken_and_forgotten(provider: Provider, db: None) -> None:
    body = b'{"id": "evt_1", "type": "customer.updated", "data": {"object": {}}}'

    assert provider.call_back(body) == NoticeOutcome.IGNORED
    assert Notice.objects.count() == 0


def test_a_provider_that_is_away_is_unavailable_and_the_wish_can_be_repeated(
    provider: Provider, account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, there = new_id(), installed_payments()
    away = sandbox_payments(provider.desk._path.parents[1], port=lambda: 0)
    install_payments(Payments(providers=[away], return_url=there.return_url))
    with pytest.raises(Unavailable):
        start(account_id, key=key)
    install_payments(there)

    assert start(account_id, key=key).pay_url
    assert TopUp.objects.count() == 1


@pytest.mark.parametrize(
    ("label", "changes", "refusal"),
    [
        ("below the least", {"amount": Money.parse("0.99", "EUR")}, TopUpTooSmall),
        ("nothing", {"amount": Money(0, "EUR")}, TopUpTooSmall),
        ("less than nothing", {"amount": Money(-20_000_000, "EUR")}, TopUpTooSmall),
        ("above the most", {"amount": Money.parse("1000.01", "EUR")}, TopUpTooLarge),
        ("parts of a cent", {"amount": Money(20_000_001, "EUR")}, TopUpNotPayable),
        ("another currency", {"amount": Money.parse("20.00", "NOK")}, WrongCurrency),
        ("a currency nobody pays in", {"amount": Money.parse("20", "JPY")}, WrongCurrency),
        ("an unknown method", {"method": "card"}, UnknownMethod),
    ],
)
def test_impossible_wishes_are_refused(
    provider: Provider,
    account_id: int,
    *,
    label: str,
    changes: dict[str, object],
    refusal: type[Refusal],
) -> None:
    with pytest.raises(refusal):
        start(account_id, **changes)

    assert TopUp.objects.count() == 0, label


def test_a_customer_who_has_not_confirmed_his_phone_cannot_pay_in(
    provider: Provider, account_id: int
) -> None:
    Account.objects.filter(id=account_id).update(phone_confirmed_at=None)

    with pytest.raises(NotConfirmed):
        start(account_id)


def test_a_repeated_wish_opens_one_page(provider: Provider, account_id: int) -> None:
    key = new_id()

    assert start(account_id, key=key) == start(account_id, key=key)
    with pytest.raises(IdempotencyConflict):
        start(account_id, key=key, amount=Money.parse("20.01", "EUR"))
    with pytest.raises(IdempotencyConflict):
        start(account_id, key=key, method="sandbox-voucher")
    assert TopUp.objects.count() == 1


def test_the_methods_say_whether_they_pay_back(provider: Provider) -> None:
    assert [(way.code, way.refundable) for way in queries.methods("EUR")] == [
        ("sandbox-card", True),
        ("sandbox-voucher", False),
    ]
    assert queries.methods("JPY") == []


def test_nobody_sees_the_top_up_of_another(provider: Provider, account_id: int) -> None:
    started = start(account_id)

    with pytest.raises(NoSuchTopUp):
        queries.top_up(builders.customer(), top_up_id=started.id)


def test_a_list_of_top_ups_pages_and_the_latest_comes_first_whatever_the_keys(
    provider: Provider, account_id: int
) -> None:
    keys = [UUID(int=number) for number in (5, 1, 4, 2, 3)]
    ids = [
        start(account_id, key=key, now=NOW + timedelta(minutes=minute // 2)).id
        for minute, key in enumerate(keys)
    ]

    first = queries.top_ups(account_id, limit=2)
    rest = queries.top_ups(account_id, before=first[-1].id)

    started = [row.started_at for row in first + rest]
    assert started == sorted(started, reverse=True)
    assert {row.id for row in first + rest} == set(ids)
    assert len(rest) == 3


def test_a_top_up_nobody_came_back_for_ends_and_late_money_still_counts(
    provider: Provider, account_id: int
) -> None:
    started = start(account_id)
    due = NOW + timedelta(hours=24)
    assert not jobs.ABANDONED.find(due - timedelta(microseconds=1), 10)

    (row,) = jobs.ABANDONED.find(due, 10)
    jobs.ABANDONED.fire(row, row.due_at)
    jobs.ABANDONED.fire(row, row.due_at)

    assert row.key == started.id
    assert not jobs.ABANDONED.find(due, 10)
    assert state(account_id, started) == "abandoned"
    provider.pay(started)
    provider.tell()
    assert total(account_id) == "20.00"


@pytest.mark.parametrize(
    "form",
    [
        {"amount": "20.00", "card_number": "4111"},
        {"amount": "20.00", "cardNumber": ""},
        {"amount": "20.00", "cvc": "123"},
        {"note": "4111 1111 1111 1111"},
        {"amount": "4111111111111111"},
        {"note": "378282246310005"},
        {"note": "4111\u00a01111\u20111111 1111"},
        {"note": "\uff14111111111111111"},
        {"note": "NO93 8601 1117 947"},
        {"iban": "x"},
    ],
)
def test_card_data_is_refused_unseen(form: dict[str, str]) -> None:
    with pytest.raises(CardDataRefused):
        actions.refuse_card_data(form)


def test_an_ordinary_form_passes() -> None:
    actions.refuse_card_data(
        {"amount": "1000.00", "method": "sandbox-card", "note": "4111 1111 1111 1112"}
    )


def test_no_column_has_room_for_a_card() -> None:
    models = (TopUp, Notice, Refund, Dispute)
    names = {field.name for model in models for field in model._meta.fields}

    assert not [name for name in names if card_data._CARD_FIELD.search(name)]


def test_the_audit_names_a_top_up_that_was_not_booked(provider: Provider, account_id: int) -> None:
    started: UUID = start(account_id).id

    TopUp.objects.filter(account_id=account_id).update(state="paid", closed_at=NOW)

    assert queries.audit_lines()[0][1:] == (1, str(started))


def test_a_key_that_is_the_id_of_an_order_does_not_lose_the_payment(
    provider: Provider, account_id: int
) -> None:
    first = start(account_id)
    provider.pay(first)
    second = start(account_id, key=first.id)
    provider.pay(second)

    provider.tell(COMPLETED)

    assert total(account_id) == "40.00"


def test_two_customers_with_the_same_key_have_two_pages(
    provider: Provider, account_id: int
) -> None:
    key = new_id()

    pages = {start(payer, key=key).pay_url for payer in (account_id, builders.customer())}

    assert len(pages) == 2


def test_the_provider_refuses_one_key_for_two_sums(provider: Provider, account_id: int) -> None:
    started = start(account_id)
    top_up = TopUp.objects.get(account_id=account_id)
    top_up.amount_micro = 30_000_000
    sandbox = installed_payments().providers[0]

    with pytest.raises(Unavailable):
        paying_in._open_checkout(top_up, provider=sandbox, keep_method=False, now=NOW)

    assert provider.session(reference_of(started))["amount_total"] == 2000
