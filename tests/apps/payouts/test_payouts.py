"""Money that leaves the balance: asked for, kept meanwhile, sent back by the way it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings

from nummer.apps.accounts.models import Account
from nummer.apps.cases.actions import Channel as CaseChannel
from nummer.apps.cases.actions import Proof
from nummer.apps.incidents.actions.facts import search_replacement
from nummer.apps.incidents.actions.notices import CarrierEvent
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.notify.models import Letter
from nummer.apps.payments import queries as payments
from nummer.apps.payments.actions import sending_back
from nummer.apps.payments.errors import NoSuchTopUp
from nummer.apps.payments.models import TopUp
from nummer.apps.payouts import actions, queries
from nummer.apps.payouts.actions import PayoutWish, Told
from nummer.apps.payouts.errors import (
    AccountNumberRefused,
    BankReferenceMissing,
    NoSuchPayout,
    PayoutClosed,
    PayoutOpen,
    SecondPersonNeeded,
)
from nummer.apps.payouts.jobs import DUE_SOURCES, GRANTED
from nummer.apps.payouts.models import Channel, Way
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.actions import Ask, Asked
from nummer.apps.refunds.models import Deadline, Decision
from nummer.apps.refunds.queries import ClaimRow
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.refund import Reason
from tests import builders
from tests.apps.agreements.world import named
from tests.apps.incidents.world import notice
from tests.apps.payments.conftest import NOW, Provider
from tests.apps.payments.test_sending_back import paid, spend
from tests.apps.payments.test_sending_back import total as held_in_all

STAFF, OTHER, THIRD = "staff:1", "staff:2", "staff:3"
SIXTY = Money.parse("60.00", "EUR")
LATER = NOW + timedelta(days=1)


def told(channel: Channel = Channel.PAGE, *, actor: str = "customer:1") -> Told:
    return Told(channel=channel, actor=actor, received_at=NOW, key=new_id())


def wish(top_up_id: UUID | None, **changes: object) -> PayoutWish:
    said: dict[str, object] = {"top_up_id": top_up_id, "reason": Reason.CHANGED_MIND}
    return PayoutWish(**(said | changes))  # type: ignore[arg-type]


def ask(account_id: int, top_up_id: UUID | None, **changes: object) -> queries.PayoutRow:
    payout_id = actions.ask(account_id, wish=wish(top_up_id, **changes), told=told(), now=NOW)
    return queries.payout(account_id, payout_id=payout_id)


def again(account_id: int, row: queries.PayoutRow) -> queries.PayoutRow:
    return queries.payout(account_id, payout_id=row.id)


def sent_by_provider(account_id: int, provider: Provider) -> None:
    for share in queries.payouts(account_id)[0].shares:
        for refund in payments.refunds(account_id, top_up_id=share.top_up_id):
            if refund.state == "wanted":
                sending_back.send(account_id, refund_id=refund.id, now=NOW)
    provider.tell("refund.created", "refund.updated", "refund.failed")


def letters(account_id: int) -> list[str]:
    rows = Letter.objects.filter(account_id=account_id, letter__startswith="payout")
    return list(rows.order_by("written_at", "letter").values_list("letter", flat=True))


def breaches() -> list[tuple[str, int, str]]:
    proofs = (*queries.audit_lines(), *payments.audit_lines(), *wallets.audit_lines())
    return [line for line in proofs if line[1]]


@pytest.mark.clause("LAW-14", "RP-T3")
def test_a_withdrawn_top_up_goes_back_to_the_card_it_came_from(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)

    row = ask(account_id, top_up_id)
    assert (row.state, row.clause, row.granted.decimal_text()) == ("paying", "LAW-14", "20.00")
    assert held_in_all(account_id) == "0.00"
    sent_by_provider(account_id, provider)
    sweep_until(LATER, sources=DUE_SOURCES)

    (refund,) = provider.refunds(payment)
    assert refund["amount"] == 2000
    assert again(account_id, row).state == "done"
    assert letters(account_id) == ["payout-granted"]
    assert breaches() == []


def test_the_same_request_twice_is_one(provider: Provider, account_id: int) -> None:
    top_up_id, payment = paid(provider, account_id)
    same = told()

    first = actions.ask(account_id, wish=wish(top_up_id), told=same, now=NOW)
    assert actions.ask(account_id, wish=wish(top_up_id), told=same, now=LATER) == first

    sent_by_provider(account_id, provider)
    assert len(provider.refunds(payment)) == 1
    assert len(queries.payouts(account_id)) == 1


@pytest.mark.clause("RULE-CAP")
def test_what_was_spent_is_not_paid_out(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    spend(account_id, "12.50")

    assert ask(account_id, top_up_id).granted.decimal_text() == "7.50"
    assert breaches() == []


@pytest.mark.clause("RP-C0", "RP-X0")
def test_without_a_ground_the_balance_stays_and_the_letter_names_the_clause(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    late = NOW + timedelta(days=60)
    asked = Told(channel=Channel.PAGE, actor="customer:1", received_at=late, key=new_id())

    payout_id = actions.ask(account_id, wish=wish(top_up_id), told=asked, now=late)

    row = queries.payout(account_id, payout_id=payout_id)
    assert (row.state, bool(row.clauses)) == ("refused", True)
    assert held_in_all(account_id) == "20.00"
    assert (provider.refunds(payment), letters(account_id)) == ([], ["payout-refused"])


@pytest.mark.clause("RP-T3")
@pytest.mark.parametrize("top_up", ["named", "missing"])
def test_holidays_of_the_operators_own_country_count(
    provider: Provider, account_id: int, settings: LazySettings, top_up: str
) -> None:
    settings.OPERATOR = named("Zahlwerk GmbH", country="DE")
    top_up_id, _ = paid(provider, account_id)
    # The day before Maundy Thursday, which is a holiday in Norway and a working day in Germany.
    at = datetime.fromisoformat("2027-03-24T12:00:00+01:00")
    asked = Told(channel=Channel.PAGE, actor="customer:1", received_at=at, key=new_id())

    what = wish(top_up_id if top_up == "named" else None)
    payout_id = actions.ask(account_id, wish=what, told=asked, now=at)

    row = queries.payout(account_id, payout_id=payout_id)
    assert row.decide_by == date(2027, 3, 30)


@pytest.mark.clause("RP-T3")
def test_the_days_of_a_contract_without_a_zone_of_its_own_are_the_operators(
    provider: Provider, account_id: int, settings: LazySettings
) -> None:
    settings.OPERATOR = replace(named("Talltjeneste AS"), zone=ZoneInfo("Pacific/Auckland"))
    Account.objects.filter(id=account_id).update(country="US")
    at = datetime.fromisoformat("2026-11-23T12:00:00Z")  # Tuesday already in Auckland
    asked = Told(channel=Channel.PAGE, actor="customer:1", received_at=at, key=new_id())

    payout_id = actions.ask(account_id, wish=wish(None), told=asked, now=at)

    assert queries.payout(account_id, payout_id=payout_id).decide_by == date(2026, 11, 26)


@pytest.mark.clause("RP-T4")
def test_what_is_missing_is_asked_for_once_and_then_the_money_goes(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)

    row = ask(account_id, None)
    assert (row.state, row.missing) == ("missing", ("service_name",))
    assert row.decide_by is not None
    actions.complete(account_id, payout_id=row.id, wish=wish(None), actor="customer:1", now=NOW)
    assert letters(account_id) == ["payout-missing"]

    actions.complete(
        account_id, payout_id=row.id, wish=wish(top_up_id), actor="customer:1", now=NOW
    )
    assert again(account_id, row).state == "paying"
    with pytest.raises(PayoutClosed):
        actions.complete(
            account_id, payout_id=row.id, wish=wish(top_up_id), actor="customer:1", now=NOW
        )


@pytest.mark.clause("PP-2.3b")
@pytest.mark.parametrize("number", ["DE89 3704 0044 0532 0130 00", "4242 4242 4242 4242"])
def test_account_and_card_numbers_are_refused_and_nothing_is_kept(
    provider: Provider, account_id: int, number: str
) -> None:
    top_up_id, _ = paid(provider, account_id)

    with pytest.raises(AccountNumberRefused):
        ask(account_id, top_up_id, details=f"to {number}")
    assert queries.payouts(account_id) == []


def test_somebody_elses_top_up_is_not_found(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    stranger = builders.customer()

    with pytest.raises(NoSuchTopUp):
        ask(stranger, top_up_id)


def test_above_the_limit_two_persons_release_and_the_money_is_kept_meanwhile(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id, amount=SIXTY)
    row = ask(account_id, top_up_id)
    assert (row.state, held_in_all(account_id)) == ("release", "60.00")
    with pytest.raises(InsufficientBalance):
        spend(account_id, "0.01")
    with pytest.raises(PayoutOpen):
        ask(account_id, top_up_id)

    def release(actor: str) -> str:
        return actions.release(account_id, payout_id=row.id, actor=actor, now=NOW).value

    assert release(STAFF) == "release"
    with pytest.raises(SecondPersonNeeded):
        release(STAFF)
    assert release(OTHER) == "paying"

    sent_by_provider(account_id, provider)
    assert [refund["amount"] for refund in provider.refunds(payment)] == [6000]
    assert breaches() == []


def test_small_payouts_of_one_day_count_together_and_the_next_day_anew(
    provider: Provider, account_id: int
) -> None:
    thirty = Money.parse("30.00", "EUR")
    top_ups = [paid(provider, account_id, amount=thirty)[0] for _ in range(3)]

    def state(top_up_id: UUID, now: datetime) -> str:
        asked = actions.ask(account_id, wish=wish(top_up_id), told=told(), now=now)
        return queries.payout(account_id, payout_id=asked).state

    states = [
        state(top_up_id, NOW + timedelta(hours=hours))
        for top_up_id, hours in zip(top_ups, (0, 23, 24), strict=True)
    ]
    assert states == ["paying", "release", "paying"]
    assert held_in_all(account_id) == "30.00"
    assert breaches() == []


def test_who_wrote_a_call_down_does_not_release_it(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id, amount=SIXTY)
    call = told(Channel.PHONE, actor=STAFF)
    payout_id = actions.ask(account_id, wish=wish(top_up_id), told=call, now=NOW)

    with pytest.raises(SecondPersonNeeded):
        actions.release(account_id, payout_id=payout_id, actor=STAFF, now=NOW)
    actions.release(account_id, payout_id=payout_id, actor=OTHER, now=NOW)
    actions.release(account_id, payout_id=payout_id, actor=THIRD, now=NOW)

    assert queries.payout(account_id, payout_id=payout_id).state == "paying"


@pytest.mark.clause("RULE-CB")
def test_a_disputed_payment_waits_for_the_bank_and_its_money_is_kept(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    provider.dispute(payment)
    provider.tell("charge.dispute.created")

    row = ask(account_id, top_up_id)
    assert (row.state, row.clause) == ("held", "RULE-CB")
    with pytest.raises(InsufficientBalance):
        spend(account_id, "0.01")

    provider.end_dispute(payment, won=True)
    provider.tell("charge.dispute.closed")
    sweep_until(LATER, sources=DUE_SOURCES)
    assert again(account_id, row).state == "paying"
    assert breaches() == []


def not_refundable(account_id: int, top_up_id: UUID) -> queries.PayoutRow:
    TopUp.objects.filter(account_id=account_id, id=top_up_id).update(refundable=False)
    row = ask(account_id, top_up_id)
    assert (row.state, row.clauses) == ("paying", ("LAW-14", "RP-CF"))
    assert [share.way for share in row.shares] == ["choose"]
    return row


@pytest.mark.clause("RP-CF")
def test_where_the_method_cannot_the_customer_chooses_the_bank_and_the_staff_confirms(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)
    row = not_refundable(account_id, top_up_id)
    share = row.shares[0].id
    with pytest.raises(InsufficientBalance):
        spend(account_id, "0.01")

    actions.choose(account_id, share_id=share, way=Way.BANK, actor="customer:1", now=NOW)
    assert [each.id for _, each in queries.transfers_to_make()] == [share]
    confirm = {"share_id": share, "actor": STAFF, "now": NOW}
    with pytest.raises(BankReferenceMissing):
        actions.confirm_transfer(account_id, bank_reference=" ", **confirm)  # type: ignore[arg-type]
    for _ in range(2):
        actions.confirm_transfer(account_id, bank_reference="B-1", **confirm)  # type: ignore[arg-type]

    assert (again(account_id, row).state, held_in_all(account_id)) == ("done", "0.00")
    assert queries.transfers_to_make() == []
    assert breaches() == []


def test_or_keeps_it_on_the_balance(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    row = not_refundable(account_id, top_up_id)

    actions.choose(
        account_id, share_id=row.shares[0].id, way=Way.BALANCE, actor="customer:1", now=NOW
    )

    assert (again(account_id, row).state, held_in_all(account_id)) == ("done", "20.00")
    spend(account_id, "20.00")
    with pytest.raises(PayoutClosed):
        actions.choose(
            account_id, share_id=row.shares[0].id, way=Way.BANK, actor="customer:1", now=NOW
        )
    assert breaches() == []


def test_nobody_chooses_for_another_account(provider: Provider, account_id: int) -> None:
    top_up_id, _ = paid(provider, account_id)
    row = not_refundable(account_id, top_up_id)

    with pytest.raises(NoSuchPayout):
        actions.choose(
            builders.customer(),
            share_id=row.shares[0].id,
            way=Way.BALANCE,
            actor="customer:2",
            now=NOW,
        )


def test_money_that_the_provider_could_not_send_waits_for_a_choice(
    provider: Provider, account_id: int
) -> None:
    top_up_id, payment = paid(provider, account_id)
    row = ask(account_id, top_up_id)
    sent_by_provider(account_id, provider)
    provider.fail_refund(payment)
    provider.tell("refund.failed", "refund.updated")

    sweep_until(LATER, sources=DUE_SOURCES)

    assert [share.way for share in again(account_id, row).shares] == ["choose"]
    with pytest.raises(InsufficientBalance):
        spend(account_id, "0.01")
    assert breaches() == []


@pytest.mark.clause("RP-C2")
def test_what_refunds_decided_is_paid_to_the_top_ups_that_paid_the_order_oldest_first(
    provider: Provider, account_id: int
) -> None:
    first, first_payment = paid(provider, account_id, amount=Money.parse("5.00", "EUR"))
    second, second_payment = paid(provider, account_id)
    order_id = spend_and_return(account_id, "8.00")
    decided(account_id, order_id, "8.00")

    swept = sweep_until(LATER, sources=(GRANTED,))
    assert (swept.fired, swept.failed) == (1, 0)
    sweep_until(LATER, sources=(GRANTED,))

    (row,) = queries.payouts(account_id)
    assert [(share.top_up_id, share.amount.decimal_text()) for share in row.shares] == [
        (first, "5.00"),
        (second, "3.00"),
    ]
    sent_by_provider(account_id, provider)
    amounts = [
        refund["amount"]
        for payment in (first_payment, second_payment)
        for refund in provider.refunds(payment)
    ]
    assert amounts == [500, 300]
    assert breaches() == []


@pytest.mark.clause("RP-T1", "RP-C2")
def test_a_claim_that_is_paid_out_is_told_once_and_owed_until_it_has_gone(
    provider: Provider, account_id: int
) -> None:
    paid(provider, account_id)
    filed = claimed(account_id)
    owed = Deadline.objects.get(subject_id=filed.id, kind="settle")
    assert owed.state == "open"

    sweep_until(LATER, sources=(GRANTED,))
    (row,) = queries.payouts(account_id)
    assert (row.state, row.settle_by) == ("paying", date(2026, 12, 22))
    owed.refresh_from_db()
    assert owed.state == "open"
    sent_by_provider(account_id, provider)
    sweep_until(LATER, sources=DUE_SOURCES)

    owed.refresh_from_db()
    assert (again(account_id, row).state, owed.state) == ("done", "met")
    assert letters(account_id) == []
    assert Letter.objects.filter(account_id=account_id, letter="claim-decided").count() == 1
    assert breaches() == []


def test_a_claim_whose_money_was_spent_meanwhile_is_refused_and_owed_no_more(
    provider: Provider, account_id: int
) -> None:
    paid(provider, account_id)
    filed = claimed(account_id)
    spend(account_id, wallets.balance(account_id).total.decimal_text())

    sweep_until(LATER, sources=(GRANTED,))

    (row,) = queries.payouts(account_id)
    assert (row.state, row.clause) == ("refused", "RULE-CAP")
    assert Deadline.objects.get(subject_id=filed.id, kind="settle").state == "void"
    assert letters(account_id) == ["payout-refused"]


def test_a_claim_paid_by_a_method_that_takes_nothing_back_leads_to_the_choice(
    provider: Provider, account_id: int
) -> None:
    top_up_id, _ = paid(provider, account_id)
    TopUp.objects.filter(id=top_up_id).update(refundable=False)
    claimed(account_id)

    sweep_until(LATER, sources=(GRANTED,))

    assert [share.way for share in queries.payouts(account_id)[0].shares] == ["choose"]
    assert letters(account_id) == ["payout-granted"]


def claimed(account_id: int) -> ClaimRow:
    """Let a number die that nobody can replace, and its customer ask for his money (RP-C2)."""
    placed = builders.order(account_id)
    soon = NOW + timedelta(minutes=1)
    notice(CarrierEvent.FAULT, at=soon, known_at=soon, number=placed.number.e164)
    for _ in range(2):
        builders.order(builders.customer())
    found = search_replacement(account_id, order_id=placed.order_id, actor=STAFF, now=soon)
    assert not found.holds, "the shop has three numbers"
    filed = refunds.file_claim(
        account_id,
        key=new_id(),
        activation_id=placed.activation_id,
        asked=Asked(
            ask=Ask.PAYOUT,
            to_client=True,
            reason="dissatisfied",
            channel=CaseChannel.PAGE,
            proof=Proof.SIGNED_IN,
            received_at=soon,
        ),
        text="The number is dead.",
        actor=f"customer:{account_id}",
        now=soon,
    )
    assert Decision.objects.get(id=filed.decision_id).clauses == ["RP-C2"]
    return filed


def spend_and_return(account_id: int, amount: str) -> UUID:
    """Let an order be paid and given back to the balance, as refunds book a credit."""
    order_id, money = new_id(), Money.parse(amount, "EUR")
    for kind, sign in ((TransferKind.ORDER, -1), (TransferKind.REFUND, 1)):
        ledger.post(
            account_id,
            id=new_id(),
            kind=kind,
            legs=[Leg(Book.REVENUE, Money(sign * money.micro, "EUR"))],
            reference=order_id,
            now=NOW,
        )
    return order_id


def decided(account_id: int, order_id: UUID, amount: str) -> None:
    Decision.objects.create(
        account_id=account_id,
        id=new_id(),
        order_id=order_id,
        claim_key=f"{order_id}:RP-C2:payout",
        decision="PAYOUT",
        clauses=["RP-C2"],
        amount_micro=Money.parse(amount, "EUR").micro,
        currency="EUR",
        facts={},
        facts_sha256="",
        policy_version="1",
        calendar_version="1",
        actor="customer:1",
        surface="test",
        decided_at=NOW,
    )
