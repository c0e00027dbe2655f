"""Paying in: only a genuine callback gives credit, and only once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.accounts.errors import NotConfirmed
from nummer.apps.accounts.models import Account
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.errors import IdempotencyConflict, WrongCurrency
from nummer.apps.payments import actions, jobs, queries
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
from nummer.apps.payments.models import Notice, NoticeOutcome, TopUp
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.payment import SIGNATURE
from tests import builders
from tests.apps.payments.conftest import NOW, REAL, Provider

TWENTY = Money.parse("20.00", "EUR")


def start(account_id: int, **changes: object) -> actions.StartedTopUp:
    wish: dict[str, object] = {"amount": TWENTY, "method": "sandbox-card", "now": NOW}
    return actions.start_top_up(account_id, **(wish | changes))  # type: ignore[arg-type]


def reference_of(started: actions.StartedTopUp) -> str:
    return started.pay_url.rsplit("/", 1)[1]


def call_back(provider: Provider, body: bytes, /, **changes: object) -> NoticeOutcome:
    call: dict[str, object] = {
        "headers": provider.signed(body),
        "body": body,
        "received_at": REAL,
        "now": NOW,
    }
    return actions.receive_callback("sandbox", **(call | changes))  # type: ignore[arg-type]


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def state(account_id: int, started: actions.StartedTopUp) -> str:
    return queries.top_up(account_id, top_up_id=started.id).state


def test_a_paid_top_up_stands_on_the_balance(provider: Provider, account_id: int) -> None:
    started = start(account_id)
    assert total(account_id) == "0.00"

    outcome = call_back(provider, provider.event(reference=reference_of(started)))

    assert outcome == NoticeOutcome.CREDITED
    assert total(account_id) == "20.00"
    assert state(account_id, started) == "paid"
    assert wallets.lots(account_id)[0].reference == started.id
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_a_callback_that_comes_three_times_credits_once(
    provider: Provider, account_id: int
) -> None:
    body = provider.event(reference=reference_of(start(account_id)))

    outcomes = [call_back(provider, body) for _ in range(3)]

    assert outcomes == [NoticeOutcome.CREDITED] * 3
    assert total(account_id) == "20.00"
    assert Notice.objects.count() == 1


def test_two_events_about_one_payment_credit_once(provider: Provider, account_id: int) -> None:
    reference = reference_of(start(account_id))
    call_back(provider, provider.event(reference=reference))

    outcome = call_back(provider, provider.event(reference=reference, id="evt_2"))

    assert outcome == NoticeOutcome.PAID_BEFORE
    assert total(account_id) == "20.00"


@pytest.mark.parametrize("failure_first", [True, False])
def test_a_payment_counts_in_whatever_order_its_events_come(
    provider: Provider, account_id: int, *, failure_first: bool
) -> None:
    started = start(account_id)
    reference = reference_of(started)
    failure = provider.event(reference=reference, id="evt_f", type="payment.failed")
    success = provider.event(reference=reference, id="evt_s")

    for body in (failure, success) if failure_first else (success, failure):
        call_back(provider, body)

    assert total(account_id) == "20.00"
    assert state(account_id, started) == "paid"


def test_a_failed_payment_gives_nothing(provider: Provider, account_id: int) -> None:
    started = start(account_id)

    outcome = call_back(
        provider, provider.event(reference=reference_of(started), type="payment.failed")
    )

    assert outcome == NoticeOutcome.NOTED
    assert total(account_id) == "0.00"
    assert state(account_id, started) == "failed"


@pytest.mark.parametrize(
    ("label", "changes", "recorded"),
    [
        ("more than was asked", {"amount": "20.01"}, "other_sum"),
        ("less than was asked", {"amount": "19.99"}, "other_sum"),
        ("another currency", {"currency": "NOK"}, "other_sum"),
        (
            "a checkout of nobody",
            {"reference": "pay_0123456789abcdef01234567"},
            "unknown_reference",
        ),
    ],
)
def test_what_fits_no_top_up_is_written_down_and_refused(
    provider: Provider, account_id: int, *, label: str, changes: dict[str, object], recorded: str
) -> None:
    started = start(account_id)
    body = provider.event(**({"reference": reference_of(started)} | changes))

    for _ in range(2):
        with pytest.raises(CallbackRefused):
            call_back(provider, body)

    assert [notice.outcome for notice in Notice.objects.all()] == [recorded], label
    assert total(account_id) == "0.00"
    assert state(account_id, started) == "started"


def test_an_event_that_changes_its_content_is_refused(provider: Provider, account_id: int) -> None:
    reference = reference_of(start(account_id))
    other = reference_of(start(account_id))
    call_back(provider, provider.event(reference=reference))

    with pytest.raises(CallbackRefused):
        call_back(provider, provider.event(reference=other))

    assert total(account_id) == "20.00"


def test_a_tampered_or_unsigned_callback_gives_nothing(provider: Provider, account_id: int) -> None:
    body = provider.event(reference=reference_of(start(account_id)))
    headers = provider.signed(body)
    forged = {
        name: value[:-1] + ("0" if value[-1] != "0" else "1") for name, value in headers.items()
    }

    for changes in (
        {"body": body.replace(b"20.00", b"90.00"), "headers": headers},
        {"headers": forged},
        {"headers": {}},
        {"headers": {"sandbox-signature": "t=1,v1=xyz"}},
    ):
        with pytest.raises(CallbackNotGenuine):
            call_back(provider, body, **changes)
    with pytest.raises(CallbackNotGenuine):
        actions.receive_callback("nobody", headers=headers, body=body, received_at=REAL, now=NOW)

    assert total(account_id) == "0.00"
    assert Notice.objects.count() == 0


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_copy_of_a_callback_gives_nothing(
    provider: Provider, account_id: int, minutes: int
) -> None:
    body = provider.event(reference=reference_of(start(account_id)))

    with pytest.raises(CallbackNotGenuine):
        call_back(provider, body, received_at=REAL + timedelta(minutes=minutes))

    assert total(account_id) == "0.00"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": "NaN"},
        {"amount": "Infinity"},
        {"amount": "-5"},
        {"amount": "1.0000001"},
        {"amount": 20.0},
        {"amount": None},
        {"currency": "XXQ"},
        {"currency": ["EUR"]},
        {"id": ""},
        {"id": "a\x00b"},
        {"id": "e" * 101},
        {"type": "payment.maybe"},
        {"reference": {"deep": 1}},
    ],
)
def test_a_signed_message_in_another_form_is_unreadable(
    provider: Provider, account_id: int, changes: dict[str, object]
) -> None:
    body = provider.event(**({"reference": reference_of(start(account_id))} | changes))

    with pytest.raises(CallbackUnreadable):
        call_back(provider, body)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_signed_rubbish_is_unreadable(provider: Provider, db: None, body: bytes) -> None:
    with pytest.raises(CallbackUnreadable):
        call_back(provider, body)


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


def test_a_list_of_top_ups_pages(provider: Provider, account_id: int) -> None:
    ids = [start(account_id).id for _ in range(3)]

    first = queries.top_ups(account_id, limit=2)
    rest = queries.top_ups(account_id, before=first[-1].id)

    assert [row.id for row in first + rest] == ids[::-1]


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
    call_back(provider, provider.event(reference=reference_of(started)))
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
    names = {field.name for model in (TopUp, Notice) for field in model._meta.fields}

    assert not [name for name in names if actions._CARD_FIELD.search(name)]


def test_the_audit_names_a_top_up_that_was_not_booked(provider: Provider, account_id: int) -> None:
    started: UUID = start(account_id).id

    TopUp.objects.filter(account_id=account_id).update(state="paid", closed_at=NOW)

    assert queries.audit_lines()[0][1:] == (1, str(started))


def test_a_key_that_is_the_id_of_an_order_does_not_lose_the_payment(
    provider: Provider, account_id: int
) -> None:
    first = start(account_id)
    call_back(provider, provider.event(reference=reference_of(first)))

    second = start(account_id, key=first.id)
    body = provider.event(id="evt_2", reference=reference_of(second))

    assert call_back(provider, body) == NoticeOutcome.CREDITED
    assert total(account_id) == "40.00"


def test_two_customers_with_the_same_key_have_two_pages(
    provider: Provider, account_id: int
) -> None:
    key = new_id()

    pages = {start(payer, key=key).pay_url for payer in (account_id, builders.customer())}

    assert len(pages) == 2


def test_a_time_that_no_calendar_has_is_not_genuine(provider: Provider) -> None:
    signed = {SIGNATURE: "t=999999999999,v1=" + "0" * 64}

    with pytest.raises(CallbackNotGenuine):
        call_back(provider, b"{}", headers=signed)
