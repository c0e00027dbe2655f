"""Money that goes back by the way it came: within what is left, once, whatever happens between."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import IdempotencyConflict, InsufficientBalance
from nummer.apps.payments import actions, jobs, queries
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.errors import (
    MethodNotRefundable,
    NoSuchTopUp,
    RefundAboveTopUp,
    TopUpDisputed,
    TopUpNotPaid,
    TopUpNotPayable,
)
from nummer.apps.payments.models import Refund, RefundState
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests import builders
from tests.apps.payments.conftest import NOW, TWENTY, Provider, start

FIVE = Money.parse("5.00", "EUR")


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def paid(provider: Provider, account_id: int, **changes: object) -> tuple[UUID, str]:
    """Return a paid top-up and how the provider calls its payment."""
    started = start(account_id, **changes)
    payment = provider.pay(started)
    provider.tell("checkout.session.completed")
    return started.id, payment


def wanted(account_id: int, top_up_id: UUID, **changes: object) -> sending_back.SentBack:
    wish: dict[str, object] = {
        "top_up_id": top_up_id,
        "amount": FIVE,
        "key": new_id(),
        "clause": "RP-C1",
        "now": NOW,
    }
    return actions.refund_top_up(account_id, **(wish | changes))  # type: ignore[arg-type]


def spend(account_id: int, amount: str) -> UUID:
    """Buy something of the balance; return the transfer's id."""
    order_id = new_id()
    ledger.post(
        account_id,
        id=order_id,
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, -Money.parse(amount, "EUR"))],
        reference=order_id,
        now=NOW,
    )
    return order_id


def breaches() -> list[tuple[str, int, str]]:
    return [line for line in (*queries.audit_lines(), *wallets.audit_lines()) if line[1]]


def test_a_part_goes_back_to_the_card_it_came_from(provider: Provider, account_id: int) -> None:
    top_up_id, payment = paid(provider, account_id)

    refund = wanted(account_id, top_up_id)
    assert (total(account_id), refund.state) == ("15.00", RefundState.WANTED)
    sending_back.send(account_id, refund_id=refund.id, now=NOW)

    (made,) = provider.refunds(payment)
    assert (made["amount"], made["metadata"]) == (500, {"refund": refund.id.hex})
    (row,) = queries.refunds(account_id, top_up_id=top_up_id)
    assert (row.state, row.clause, row.closed_at) == ("paid", "RP-C1", NOW)
    assert actions.refundable(account_id, top_up_id=top_up_id) == Money.parse("15.00", "EUR")
    assert not jobs.REFUNDS.find(NOW + timedelta(days=9), 10)
    assert breaches() == []


def test_the_same_wish_sends_once_and_another_under_its_key_is_refused(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    key = new_id()

    first = wanted(account_id, top_up_id, key=key)
    again = wanted(account_id, top_up_id, key=key)
    for _ in range(3):
        sending_back.send(account_id, refund_id=first.id, now=NOW)

    assert first == again
    with pytest.raises(IdempotencyConflict):
        wanted(account_id, top_up_id, key=key, amount=Money.parse("5.01", "EUR"))
    assert len(provider.refunds(payment)) == 1
    assert total(account_id) == "15.00"


@pytest.mark.parametrize(
    ("label", "changes", "refusal"),
    [
        ("more than was paid", {"amount": Money.parse("20.01", "EUR")}, RefundAboveTopUp),
        ("another currency", {"amount": Money.parse("5.00", "NOK")}, RefundAboveTopUp),
        ("nothing", {"amount": Money(0, "EUR")}, TopUpNotPayable),
        ("less than nothing", {"amount": Money.parse("5.00", "EUR") - TWENTY}, TopUpNotPayable),
        ("parts of a cent", {"amount": Money(5_000_001, "EUR")}, TopUpNotPayable),
        ("a top-up of nobody", {"top_up_id": new_id()}, NoSuchTopUp),
    ],
)
def test_impossible_refunds_change_nothing(
    provider: Provider,
    account_id: int,
    *,
    label: str,
    changes: dict[str, object],
    refusal: type[Refusal],
) -> None:
    top_up_id, _ = paid(provider, account_id)

    with pytest.raises(refusal):
        wanted(account_id, **({"top_up_id": top_up_id} | changes))  # type: ignore[arg-type]

    assert (total(account_id), Refund.objects.count()) == ("20.00", 0), label


def test_what_was_not_paid_does_not_go_back(provider: Provider, account_id: int) -> None:
    with pytest.raises(TopUpNotPaid):
        wanted(account_id, start(account_id).id)


def test_partial_refunds_stay_within_the_payment(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    for _ in range(4):
        wanted(account_id, top_up_id)

    with pytest.raises(RefundAboveTopUp) as refused:
        wanted(account_id, top_up_id, amount=Money.parse("0.01", "EUR"))

    assert refused.value.data == {"left": "0.00", "currency": "EUR"}
    assert total(account_id) == "0.00"


def test_what_was_spent_of_a_payment_does_not_go_back(provider: Provider, account_id: int) -> None:
    first, _ = paid(provider, account_id)
    second, _ = paid(provider, account_id)
    spend(account_id, "12.00")

    with pytest.raises(RefundAboveTopUp) as refused:
        wanted(account_id, first, amount=TWENTY)
    wanted(account_id, second, amount=TWENTY)
    wanted(account_id, first, amount=Money.parse("8.00", "EUR"))

    assert refused.value.data["left"] == "8.00"
    assert total(account_id) == "0.00"
    assert breaches() == []


def test_what_is_held_for_a_call_stays(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    ledger.authorise(
        account_id,
        id=new_id(),
        amount=TWENTY,
        kind=TransferKind.USAGE,
        reference=new_id(),
        expires_at=NOW + timedelta(hours=1),
        now=NOW,
    )

    with pytest.raises(InsufficientBalance):
        wanted(account_id, top_up_id)

    assert Refund.objects.count() == 0


def test_a_slip_cannot_take_money_back_and_the_refusal_offers_another_way(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id, method="sandbox-voucher")

    with pytest.raises(MethodNotRefundable) as refused:
        wanted(account_id, top_up_id)

    assert refused.value.clause == "RP-CF"
    assert "another way" in refused.value.sentence
    assert actions.refundable(account_id, top_up_id=top_up_id) == Money(0, "EUR")


def test_a_disputed_payment_does_not_go_back_twice(provider: Provider, account_id: int) -> None:
    top_up_id, payment = paid(provider, account_id)
    provider.dispute(payment)
    provider.tell()

    with pytest.raises(TopUpDisputed):
        wanted(account_id, top_up_id)

    assert total(account_id) == "20.00"


def test_what_the_provider_refuses_is_on_the_balance_again(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    refund = wanted(account_id, top_up_id)
    provider.dispute(payment)  # the shop does not know of it yet

    sending_back.send(account_id, refund_id=refund.id, now=NOW)

    (row,) = queries.refunds(account_id)
    assert (row.state, total(account_id)) == ("failed", "20.00")
    assert provider.refunds(payment) == []
    assert breaches() == []


def test_a_refund_that_the_bank_returns_days_later_is_on_the_balance_again(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    refund = wanted(account_id, top_up_id)
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    provider.fail_refund(payment)

    for _ in range(2):
        provider.tell("refund.failed", "refund.updated", "refund.created")

    assert [row.state for row in queries.refunds(account_id)] == ["failed"]
    assert total(account_id) == "20.00"
    assert actions.refundable(account_id, top_up_id=top_up_id) == TWENTY
    assert breaches() == []


def test_a_refund_that_was_not_sent_is_sent_by_a_due_row(
    provider: Provider, account_id: int
) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    top_up_id, _ = paid(provider, account_id)
    refund = wanted(account_id, top_up_id)
    waiting = ProcrastinateJob.objects.filter(task_name="payments.send_refund")
    assert waiting.count() == 1

    (row,) = jobs.REFUNDS.find(NOW + timedelta(minutes=15), 10)
    jobs.REFUNDS.fire(row, row.due_at)
    jobs.REFUNDS.fire(row, row.due_at)

    assert (row.account_id, row.key) == (account_id, refund.id)
    assert waiting.count() == 2
    (later,) = jobs.REFUNDS.find(NOW + timedelta(minutes=30), 10)
    assert later.due_at == NOW + timedelta(minutes=30)


def test_an_answer_that_was_lost_is_found_in_the_providers_list(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    refund = wanted(account_id, top_up_id)
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    Refund.objects.update(state="wanted", provider_reference="", closed_at=None, attempts=1)
    with provider.desk.change() as memory:
        memory._link.execute("DELETE FROM answer")  # the provider's keys are forgotten in time

    sending_back.send(account_id, refund_id=refund.id, now=NOW)

    assert len(provider.refunds(payment)) == 1
    assert [row.state for row in queries.refunds(account_id)] == ["paid"]


def test_the_event_of_a_refund_may_come_before_its_answer(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    refund = wanted(account_id, top_up_id)
    sending_back.send(account_id, refund_id=refund.id, now=NOW)
    Refund.objects.update(state="wanted", provider_reference="", closed_at=None)

    provider.tell("refund.updated")
    sending_back.send(account_id, refund_id=refund.id, now=NOW)

    assert [row.state for row in queries.refunds(account_id)] == ["paid"]
    assert len(provider.refunds(payment)) == 1
    assert breaches() == []


def test_a_refund_made_at_the_provider_is_booked_as_far_as_the_money_is_there(
    provider: Provider, account_id: int
) -> None:
    from nummer.suppliers.sandbox.payments import objects

    top_up_id, payment = paid(provider, account_id)
    spend(account_id, "12.00")
    with provider.desk.change() as memory:
        objects.refund(memory, {"payment_intent": payment})

    for _ in range(2):
        provider.tell()

    (row,) = Refund.objects.all()
    assert (row.ordered_here, row.amount_micro, row.uncovered_micro) == (
        False,
        20_000_000,
        12_000_000,
    )
    assert (row.state, row.top_up_id, total(account_id)) == ("paid", top_up_id, "0.00")
    assert breaches() == []


def test_a_refund_that_is_heard_of_before_its_payment_waits_for_it(
    provider: Provider, account_id: int
) -> None:
    from nummer.suppliers.sandbox.payments import objects

    payment = provider.pay(start(account_id))
    with provider.desk.change() as memory:
        objects.refund(memory, {"payment_intent": payment, "amount": "500"})

    provider.tell("refund.updated", "refund.created")
    assert (total(account_id), Refund.objects.count()) == ("0.00", 0)
    assert not jobs.WAITING.find(NOW, 10)
    provider.tell("checkout.session.completed")
    for row in jobs.WAITING.find(NOW, 10):
        jobs.WAITING.fire(row, NOW)

    assert total(account_id) == "15.00"
    assert not jobs.WAITING.find(NOW, 10)
    assert breaches() == []


def test_the_audit_names_a_refund_that_was_not_booked(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    refund = wanted(account_id, top_up_id)

    Refund.objects.update(amount_micro=4_000_000)

    (line,) = [line for line in queries.audit_lines() if line[1]]
    assert (line[1:], "refund" in line[0]) == ((1, str(refund.id)), True)


def test_nobody_refunds_the_top_up_of_another(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)

    with pytest.raises(NoSuchTopUp):
        wanted(builders.customer(), top_up_id)
