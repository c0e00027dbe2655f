"""Topping up by itself: only by consent, within the cap, and credited like any payment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.notify.models import Letter
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import automatic
from nummer.apps.payments.errors import (
    CapTooSmall,
    ConsentMissing,
    MethodNotKeepable,
    NoAutoTopUp,
    TopUpTooLarge,
)
from nummer.apps.payments.models import AutoTopUp, LeavingPayer, TopUp
from nummer.apps.standing import actions as standing
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.apps.payments.conftest import NOW, TWENTY, Provider, start

LATER = NOW + timedelta(hours=2)
NEXT_MONTH = datetime(2026, 12, 1, tzinfo=UTC)


def wish(**changes: object) -> actions.AutoTopUpWish:
    words: dict[str, object] = {
        "method": "sandbox-card",
        "threshold": Money.parse("5.00", "EUR"),
        "amount": TWENTY,
        "cap": Money.parse("40.00", "EUR"),
    }
    return actions.AutoTopUpWish(**(words | changes))  # type: ignore[arg-type]


def consent(account_id: int, **changes: object) -> None:
    words: dict[str, object] = {
        "wish": wish(),
        "sentence": "I agree.",
        "agreed": True,
        "locale": "en",
        "now": NOW,
    }
    actions.consent_to_auto_top_up(account_id, **(words | changes))  # type: ignore[arg-type]


def in_force(provider: Provider, account_id: int) -> None:
    """Consent and pay once, so that the provider keeps the method; spend all but one euro."""
    consent(account_id)
    provider.pay(start(account_id, keep_method=True))
    provider.tell()
    spend(account_id, "19.00")


def spend(account_id: int, amount: str) -> None:
    order_id = new_id()
    ledger.post(
        account_id,
        id=order_id,
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, -Money.parse(amount, "EUR"))],
        reference=order_id,
        now=NOW,
    )


def fill_up(account_id: int, now: datetime) -> None:
    """Do what the sweeper and the job do."""
    for row in jobs.LOW.find(now, 10):
        assert row.due_at == now
        jobs.LOW.fire(row, now)
    for top_up in TopUp.objects.filter(account_id=account_id, automatic=True, state="started"):
        automatic.take_kept(account_id, top_up_id=top_up.id, now=now)


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def state(account_id: int) -> str | None:
    row = queries.auto_top_up(account_id)
    return None if row is None else row.state


def test_a_low_balance_is_filled_up_once_and_by_the_event(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    assert state(account_id) == "active"

    fill_up(account_id, LATER)
    assert total(account_id) == "1.00"  # only the provider's event credits
    fill_up(account_id, LATER)
    provider.tell(now=LATER)
    provider.tell(now=LATER)

    assert total(account_id) == "21.00"
    (top_up,) = TopUp.objects.filter(account_id=account_id, automatic=True)
    assert (top_up.state, top_up.ask_at) == ("paid", None)
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_without_consent_nothing_is_ever_charged(provider: Provider, account_id: int) -> None:
    provider.pay(start(account_id, keep_method=True))
    provider.tell()
    spend(account_id, "19.00")

    fill_up(account_id, LATER)

    assert state(account_id) is None
    assert not TopUp.objects.filter(automatic=True).exists()


def test_consent_alone_charges_nothing_before_a_payment(
    provider: Provider, account_id: int
) -> None:
    consent(account_id)

    fill_up(account_id, LATER)

    assert state(account_id) == "asked"
    assert not TopUp.objects.filter(automatic=True).exists()


@pytest.mark.parametrize(
    ("label", "changes", "refusal"),
    [
        ("not agreed", {"agreed": False}, ConsentMissing),
        ("nothing read", {"sentence": ""}, ConsentMissing),
        ("a cap below one top-up", {"wish": wish(cap=Money.parse("19.99", "EUR"))}, CapTooSmall),
        ("a threshold of nothing", {"wish": wish(threshold=Money(0, "EUR"))}, CapTooSmall),
        ("a slip", {"wish": wish(method="sandbox-voucher")}, MethodNotKeepable),
        (
            "more than the most",
            {"wish": wish(amount=Money.parse("1001.00", "EUR"), cap=Money.parse("2002.00", "EUR"))},
            TopUpTooLarge,
        ),
    ],
)
def test_what_is_no_consent_is_refused(
    provider: Provider,
    account_id: int,
    *,
    label: str,
    changes: dict[str, object],
    refusal: type[Refusal],
) -> None:
    with pytest.raises(refusal):
        consent(account_id, **changes)

    assert state(account_id) is None, label


def test_the_cap_of_a_month_holds_and_the_next_month_begins_anew(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    for hour in range(2, 12, 2):
        fill_up(account_id, NOW + timedelta(hours=hour))
        provider.tell(now=NOW + timedelta(hours=hour))
        if total(account_id) != "1.00":
            spend(account_id, "20.00")

    assert TopUp.objects.filter(automatic=True, state="paid").count() == 2
    fill_up(account_id, NEXT_MONTH)
    provider.tell(now=NEXT_MONTH)
    assert TopUp.objects.filter(automatic=True, state="paid").count() == 3
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_a_declined_charge_ends_it_and_the_customer_is_told(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    provider.decline(AutoTopUp.objects.get().payer_token)

    fill_up(account_id, LATER)
    provider.tell(now=LATER)
    fill_up(account_id, LATER + timedelta(hours=3))

    row = AutoTopUp.objects.get()
    assert (row.state, row.stop_reason, row.payer_token) == ("stopped", "declined", "")
    assert [t.state for t in TopUp.objects.filter(automatic=True)] == ["failed"]
    assert total(account_id) == "1.00"
    assert Letter.objects.filter(letter="auto-top-up-stopped").count() == 1


def test_stopping_counts_at_once_and_the_provider_forgets(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    payer = AutoTopUp.objects.get().payer_token

    for _ in range(2):
        actions.stop_auto_top_up(account_id, now=NOW)
    fill_up(account_id, LATER)
    (row,) = jobs.LEAVING.find(LATER, 10)
    jobs.LEAVING.fire(row, LATER)
    automatic.forget_payer(account_id, now=LATER)

    assert not TopUp.objects.filter(automatic=True).exists()
    with provider.desk.change() as memory:
        assert memory.find(payer, "customer") is None
        assert memory.all_of("payment_method", payer) == []
    assert not jobs.LEAVING.find(LATER + timedelta(days=1), 10)


def test_who_has_none_cannot_stop_it(provider: Provider, account_id: int) -> None:
    with pytest.raises(NoAutoTopUp):
        actions.stop_auto_top_up(account_id, now=NOW)


def test_nothing_is_charged_while_services_are_stopped(provider: Provider, account_id: int) -> None:
    in_force(provider, account_id)
    standing.suspend(account_id, reason="abuse", actor="staff:1", now=NOW)

    fill_up(account_id, LATER)

    assert not TopUp.objects.filter(automatic=True).exists()


def test_a_charge_whose_answer_was_lost_is_asked_again_and_taken_once(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    fill_up(account_id, LATER)
    TopUp.objects.filter(automatic=True).update(
        provider_reference="", ask_at=LATER + timedelta(minutes=15)
    )

    (row,) = jobs.UNTOLD.find(LATER + timedelta(minutes=15), 10)
    jobs.UNTOLD.fire(row, row.due_at)
    automatic.take_kept(account_id, top_up_id=row.key, now=row.due_at)
    provider.tell(now=LATER)

    assert len(provider.events("payment_intent.succeeded")) == 2  # the page's, and this one
    assert total(account_id) == "21.00"
    assert not jobs.UNTOLD.find(LATER + timedelta(days=1), 10)


def test_the_event_of_a_charge_finds_it_even_before_the_answer(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    fill_up(account_id, LATER)
    from nummer.apps.payments.models import Reference

    top_up = TopUp.objects.get(automatic=True)
    Reference.objects.filter(reference=top_up.provider_reference).delete()
    TopUp.objects.filter(automatic=True).update(provider_reference="")

    provider.tell(now=LATER)

    assert total(account_id) == "21.00"


def test_a_new_consent_replaces_the_old_token(provider: Provider, account_id: int) -> None:
    in_force(provider, account_id)
    old = AutoTopUp.objects.get().payer_token

    consent(account_id, now=LATER)

    row = AutoTopUp.objects.get()
    assert (row.state, row.payer_token) == ("asked", "")
    assert [left.token for left in LeavingPayer.objects.all()] == [old]


def test_methods_of_several_consents_are_all_forgotten_though_none_was_at_once(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    first = AutoTopUp.objects.get().payer_token
    consent(account_id, now=LATER)
    provider.pay(start(account_id, keep_method=True, now=LATER))
    provider.tell(now=LATER)
    second = AutoTopUp.objects.get().payer_token
    consent(account_id, now=LATER)
    assert len({first, second, ""}) == 3

    automatic.forget_payer(account_id, now=LATER)

    with provider.desk.change() as memory:
        assert [memory.find(payer, "customer") for payer in (first, second)] == [None, None]
    assert not LeavingPayer.objects.exists()


def test_a_method_is_forgotten_by_the_provider_that_keeps_it(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    payer = AutoTopUp.objects.get().payer_token
    consent(account_id, now=LATER)
    AutoTopUp.objects.update(provider="another", method="another-card")

    automatic.forget_payer(account_id, now=LATER)

    with provider.desk.change() as memory:
        assert memory.find(payer, "customer") is None


def test_who_is_not_in_force_keeps_nobody_else_from_being_told(
    provider: Provider, account_id: int
) -> None:
    LeavingPayer.objects.create(
        account_id=account_id, id=new_id(), provider="gone", token="payer-1", look_at=NOW
    )
    in_force(provider, account_id)
    actions.stop_auto_top_up(account_id, now=LATER)

    automatic.forget_payer(account_id, now=LATER)

    assert [left.provider for left in LeavingPayer.objects.all()] == ["gone"]
    for row in jobs.LEAVING.find(LATER, 10):
        jobs.LEAVING.fire(row, LATER)
    assert not jobs.LEAVING.find(LATER + timedelta(minutes=59), 10)
    assert len(jobs.LEAVING.find(LATER + timedelta(hours=1), 10)) == 1


def test_a_method_that_is_to_be_forgotten_does_not_hold_up_the_next_top_up(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    consent(account_id, now=LATER)

    assert AutoTopUp.objects.get().rest_until is None


def test_what_a_replaced_consent_began_is_not_taken_by_the_new_one(
    provider: Provider, account_id: int
) -> None:
    in_force(provider, account_id)
    begun = actions.top_up_by_itself(account_id, now=LATER)
    assert begun is not None
    five = Money.parse("5.00", "EUR")
    later = LATER + timedelta(minutes=1)
    consent(account_id, wish=wish(amount=five, cap=five), now=later)
    provider.pay(start(account_id, amount=five, keep_method=True, now=later))
    provider.tell(now=later)
    paid = total(account_id)

    automatic.take_kept(account_id, top_up_id=begun, now=later)
    provider.tell(now=later)

    assert TopUp.objects.get(id=begun).state == "abandoned"
    assert total(account_id) == paid == "6.00"
