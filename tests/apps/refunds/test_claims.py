"""Claims: when they reached us counts, they are decided once, and people decide by two."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import DatabaseError, connection, transaction

from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Channel, Proof, write_message
from nummer.apps.incidents.errors import SecondPersonNeeded
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.actions import deliver as deliver_letter
from nummer.apps.notify.queries import letters as letters_of
from nummer.apps.numbers.queries import activation
from nummer.apps.orders.actions import Placed
from nummer.apps.orders.errors import KeyReused
from nummer.apps.orders.jobs import DUE_SOURCES as CONFIRMATIONS
from nummer.apps.refunds import actions, queries
from nummer.apps.refunds.actions import Ask, Asked
from nummer.apps.refunds.errors import (
    ClaimNotWaiting,
    ContactBeforeOrder,
    LinkOver,
    MoreThanPaid,
    NoSuchClaim,
)
from nummer.apps.refunds.jobs import DUE_SOURCES
from nummer.apps.refunds.models import Claim, Deadline, Decision, Proposal
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.policy.refund import decide, facts_from_json, request_from_json
from tests.apps.agreements.world import named
from tests.builders import NOW, customer, deliver, email_of, order

pytestmark = pytest.mark.usefixtures("shop")
FULL = Money(20_000_000, "EUR")
CODE = "Telegram code: 48213"
SOON = NOW + timedelta(minutes=3)


def asked(
    ask: Ask = Ask.CANCEL, *, at: datetime = SOON, reason: str = "", proof: Proof = Proof.STAFF
) -> Asked:
    return Asked(ask=ask, reason=reason, channel=Channel.PHONE, proof=proof, received_at=at)


def file(
    account_id: int, placed: Placed, what: Asked, *, key: UUID | None = None, now: datetime = SOON
) -> queries.ClaimRow:
    return actions.file_claim(
        account_id,
        key=key or new_id(),
        activation_id=placed.activation_id,
        asked=what,
        text="He called.",
        actor="staff:1",
        now=now,
    )


def written(account_id: int) -> str:
    for row in letters_of(account_id):
        deliver_letter(account_id, letter_id=row.id, now=SOON)
    return "\n".join(each.body for each in mail.outbox)


@pytest.mark.clause("LAW-14")
def test_cancelling_by_phone_gives_the_price_back_and_ends_the_order() -> None:
    account_id = customer()
    placed = order(account_id)

    filed = file(account_id, placed, asked())

    row = Decision.objects.get(id=filed.decision_id)
    assert (row.decision, row.clauses) == ("CREDIT", ["LAW-14"])
    assert row.credited_micro == placed.total.micro
    assert ledger.balance(account_id).total == FULL
    assert activation(account_id, activation_id=placed.activation_id).state == "cancelled"
    assert row.request is not None
    again = decide(facts_from_json(row.facts), request_from_json(row.request))
    assert (again.decision, again.amount.micro) == ("CREDIT", row.amount_micro)
    assert [line for line in queries.audit_lines() if line[1]] == []


@pytest.mark.clause("RP-N2")
def test_call_before_the_code_counts_although_it_is_written_down_after_it() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=NOW + timedelta(minutes=5))

    late = file(
        account_id, placed, asked(at=NOW + timedelta(minutes=6)), now=NOW + timedelta(hours=1)
    )
    early = file(account_id, placed, asked(at=SOON), now=NOW + timedelta(hours=1))

    decided = {row.id: row for row in Decision.objects.all()}
    assert decided[late.decision_id].clauses == ["RP-N2"]
    assert decided[early.decision_id].decision == "CREDIT"
    assert ledger.balance(account_id).total == FULL


def test_key_of_another_order_is_refused_and_files_nothing() -> None:
    account_id, key = customer(), new_id()
    first, other = order(account_id), order(account_id)
    filed = file(account_id, first, asked(), key=key)

    with pytest.raises(KeyReused):
        file(account_id, other, asked(), key=key)

    assert [row.id for row in Claim.objects.all()] == [filed.id]
    assert activation(account_id, activation_id=other.activation_id).state == "waiting"


@pytest.mark.clause("RULE-DUP")
def test_asking_again_names_the_first_decision_and_gives_nothing() -> None:
    account_id = customer()
    placed = order(account_id)
    first = file(account_id, placed, asked())

    second = file(account_id, placed, asked())

    row = Decision.objects.get(id=second.decision_id)
    assert (row.decision, row.credited_micro) == ("DUPLICATE", 0)
    assert row.outcome is not None
    assert row.outcome["duplicate_of"] == str(first.decision_id)
    assert ledger.balance(account_id).total == FULL


def test_same_key_files_one_claim() -> None:
    account_id, key = customer(), new_id()
    placed = order(account_id)
    assert file(account_id, placed, asked(), key=key) == file(account_id, placed, asked(), key=key)
    assert Claim.objects.count() == 1


def test_contact_before_the_order_is_refused_and_changes_nothing() -> None:
    account_id = customer()
    placed = order(account_id)
    with pytest.raises(ContactBeforeOrder):
        file(account_id, placed, asked(at=NOW - timedelta(minutes=1)))
    assert not Claim.objects.exists()


def test_answer_quotes_the_clause_and_the_exact_sum() -> None:
    account_id = customer(locale="nb")
    placed = order(account_id)
    file(account_id, placed, asked())
    assert "LAW-14" in (said := written(account_id))
    assert placed.total.decimal_text().replace(".", ",") in said


def test_answer_that_is_owed_raises_an_alarm_before_and_after() -> None:
    account_id = customer()
    placed = order(account_id)
    deliver(placed.number, CODE, at=NOW + timedelta(minutes=1))
    filed = file(account_id, placed, asked(Ask.BALANCE_CLAIM, reason="other", proof=Proof.CLAIMED))
    assert filed.state == "unconfirmed"
    owed = Deadline.objects.get(subject_id=filed.id)
    # Received on Sunday 22 November: two working days are Monday and Tuesday, in Oslo's time.
    assert owed.due_at == datetime.fromisoformat("2026-11-24T23:00:00+00:00")

    sweep_until(owed.due_at - timedelta(hours=1), sources=DUE_SOURCES)
    near = Deadline.objects.get(subject_id=filed.id)
    assert (near.warned_at, near.late_at) == (owed.warn_at, None)
    sweep_until(owed.due_at, sources=DUE_SOURCES)

    assert Deadline.objects.get(subject_id=filed.id).late_at == owed.due_at
    assert queries.owed(now=owed.due_at)["decide"]["late"] == 1
    actions.confirm_claim(account_id, claim_id=filed.id, actor="staff:1", now=owed.due_at)
    assert Claim.objects.get(id=filed.id).state == "decided"
    assert queries.owed(now=owed.due_at)["decide"]["late"] == 0


@pytest.mark.clause("RP-T3")
def test_holidays_of_the_operators_own_country_count(settings: LazySettings) -> None:
    settings.OPERATOR = named("Zahlwerk GmbH", country="DE")
    account_id = customer()
    placed = order(account_id)
    # The day before Maundy Thursday, which is a holiday in Norway and a working day in Germany.
    at = datetime.fromisoformat("2027-03-24T12:00:00+01:00")

    filed = file(account_id, placed, asked(Ask.BALANCE_CLAIM, at=at, proof=Proof.CLAIMED), now=at)

    owed = Deadline.objects.get(subject_id=filed.id)
    assert owed.due_at == datetime.fromisoformat("2027-03-31T00:00:00+02:00")
    actions.confirm_claim(account_id, claim_id=filed.id, actor="staff:1", now=at)
    decided = Decision.objects.get(claim_id=filed.id)
    assert decided.facts["operator_calendar"] == "DE"


def test_order_that_was_credited_stays_so_when_it_is_asked_for_again() -> None:
    account_id = customer()
    placed = order(account_id)
    actions.cancel_activation(
        account_id, activation_id=placed.activation_id, surface="test", now=SOON
    )
    file(account_id, placed, asked())

    (row,) = queries.decisions_of(account_id, order_ids=[placed.order_id]).values()
    assert (row.decision, row.amount) == ("CREDIT", placed.total)
    assert Decision.objects.count() == 2


def waiting(account_id: int) -> queries.ClaimRow:
    """Return a claim that no rule decides."""
    placed = order(account_id)
    filed = file(account_id, placed, asked(Ask.BALANCE_CLAIM, reason="review"))
    assert filed.state == "waiting", filed
    return filed


def proposed(filed: queries.ClaimRow, amount: Money) -> queries.ProposalRow:
    return actions.propose(
        filed.account_id,
        claim_id=filed.id,
        amount=amount,
        clause="RULE-REVIEW",
        actor="staff:1",
        now=SOON,
    )


@pytest.mark.clause("RULE-REVIEW")
def test_what_no_rule_decides_two_persons_do() -> None:
    account_id = customer()
    filed = waiting(account_id)
    before = ledger.balance(account_id).total
    row = proposed(filed, Money(100_000, "EUR"))
    assert ledger.balance(account_id).total == before

    with pytest.raises(SecondPersonNeeded):
        actions.release(account_id, proposal_id=row.id, actor="staff:1", now=SOON)
    actions.release(account_id, proposal_id=row.id, actor="staff:2", now=SOON)
    actions.release(account_id, proposal_id=row.id, actor="staff:2", now=SOON)

    assert ledger.balance(account_id).total == before + Money(100_000, "EUR")
    assert Claim.objects.get(id=filed.id).state == "decided"
    assert [line for line in queries.audit_lines() if line[1]] == []


def case_state(account_id: int, filed: queries.ClaimRow) -> str:
    return cases.case(account_id, case_id=filed.case_id).head.state


def test_case_of_a_claim_is_answered_with_it() -> None:
    account_id = customer()
    at_once = file(account_id, order(account_id), asked())
    assert case_state(account_id, at_once) == "answered"

    filed = waiting(account_id)
    assert case_state(account_id, filed) == "open"
    row = proposed(filed, Money(100_000, "EUR"))
    actions.release(account_id, proposal_id=row.id, actor="staff:2", now=SOON)
    assert case_state(account_id, filed) == "answered"


def test_case_in_which_the_customer_wrote_more_waits_for_a_reader() -> None:
    account_id = customer()
    filed = waiting(account_id)
    write_message(
        account_id,
        case_id=filed.case_id,
        key=new_id(),
        channel=Channel.PAGE,
        text="And please call me.",
        proof=Proof.SIGNED_IN,
        actor=f"customer:{account_id}",
        now=SOON,
    )
    row = proposed(filed, Money(100_000, "EUR"))
    actions.release(account_id, proposal_id=row.id, actor="staff:2", now=SOON)
    assert case_state(account_id, filed) == "open"


@pytest.mark.clause("RULE-CAP")
def test_people_cannot_give_more_than_was_paid() -> None:
    filed = waiting(customer())
    with pytest.raises(MoreThanPaid):
        proposed(filed, Money(50_000_000, "EUR"))


def test_database_wants_a_second_person_and_keeps_what_was_decided() -> None:
    account_id = customer()
    filed = waiting(account_id)
    row = proposed(filed, Money(100_000, "EUR"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Proposal.objects.filter(id=row.id).update(
            answered_by="staff:1", answered_at=SOON, decision_id=new_id()
        )
    actions.release(account_id, proposal_id=row.id, actor="staff:2", now=SOON)
    for change in ({"amount_micro": 1}, {"facts": {}}, {"notified_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Decision.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Decision.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Claim.objects.update(received_at=NOW)


def declare(order_named: str, email: str, *, key: UUID | None = None) -> None:
    actions.declare_withdrawal(
        actions.Declaration(order=order_named, email=email, language="nb", text="I withdraw."),
        key=key or new_id(),
        now=SOON,
    )


@pytest.mark.clause("PP-6.1")
def test_withdrawal_without_login_counts_from_its_receipt_once_it_is_confirmed() -> None:
    account_id = customer()
    placed = order(account_id)
    declare(str(placed.activation_id), email_of(account_id))
    filed = Claim.objects.get()
    assert filed.state == "unconfirmed"
    assert ledger.balance(account_id).total != FULL
    token = written(account_id).split("/withdraw/")[1].split("/")[0]

    actions.confirm_by_mail(token, now=NOW + timedelta(minutes=15))
    actions.confirm_by_mail(token, now=NOW + timedelta(minutes=15))

    assert ledger.balance(account_id).total == FULL
    decided = Decision.objects.get(claim_id=filed.id)
    assert decided.clauses == ["LAW-14"]
    assert decided.request["received_at"] == SOON.isoformat()


@pytest.mark.clause("RP-N2")
def test_code_taken_between_a_withdrawal_and_its_proof_is_judged_by_people() -> None:
    account_id = customer()
    placed = order(account_id)
    declare(str(placed.activation_id), email_of(account_id))
    token = written(account_id).split("/withdraw/")[1].split("/")[0]
    deliver(placed.number, CODE, at=NOW + timedelta(minutes=10))
    paid = ledger.balance(account_id).total

    filed = actions.confirm_by_mail(token, now=NOW + timedelta(minutes=15))
    actions.answer_claim(account_id, claim_id=filed.id, actor="staff:1", now=NOW + timedelta(1))

    assert (filed.state, Claim.objects.get().state) == ("waiting", "waiting")
    assert ledger.balance(account_id).total == paid
    assert not Decision.objects.exists()
    assert activation(account_id, activation_id=placed.activation_id).state == "finished"
    assert [row.id for row in queries.claims_to_decide()] == [filed.id]


def receipts(account_id: int) -> int:
    return sum(row.letter == "withdrawal-receipt" for row in letters_of(account_id))


def test_nobody_uses_up_the_receipts_of_another_ones_withdrawal() -> None:
    account_id = customer()
    placed = order(account_id)
    for number in range(7):
        declare(str(number), email_of(account_id))
    assert receipts(account_id) == 5

    for _ in range(7):
        declare(str(placed.activation_id), email_of(account_id))

    assert receipts(account_id) == 10
    assert "/withdraw/" in written(account_id)


def test_stranger_gets_a_receipt_and_learns_nothing() -> None:
    account_id = customer()
    placed = order(account_id)
    declare(str(placed.activation_id), "stranger@example.com")
    declare("1", "stranger@example.com")
    assert not Claim.objects.exists()
    strangers = list(letters_of(0))
    assert len(strangers) == 2
    for row in strangers:
        deliver_letter(0, letter_id=row.id, now=SOON)
    first, second = (each.body for each in mail.outbox)
    assert "/withdraw/" not in first + second
    assert {each.to[0] for each in mail.outbox} == {"stranger@example.com"}


def test_token_that_is_not_ours_confirms_nothing() -> None:
    with pytest.raises(NoSuchClaim):
        actions.confirm_by_mail("AAAA", now=SOON)


def test_order_mail_brings_the_form_in_three_languages() -> None:

    account_id = customer()
    order(account_id)
    sweep_until(SOON, sources=CONFIRMATIONS)
    written(account_id)
    names = [each[0] for each in mail.outbox[0].attachments]
    assert names == [f"withdrawal-form-{language}.txt" for language in ("en", "nb", "de")]


def test_what_was_proposed_goes_back_when_a_rule_answers_the_claim() -> None:
    account_id = customer()
    filed = waiting(account_id)
    row = proposed(filed, Money(100_000, "EUR"))
    with connection.cursor() as cursor:  # as if it had waited for another cause than its reason
        cursor.execute("ALTER TABLE refunds_claim DISABLE TRIGGER USER")
        cursor.execute("UPDATE refunds_claim SET reason = 'other'")
        cursor.execute("ALTER TABLE refunds_claim ENABLE TRIGGER USER")

    actions.answer_claim(account_id, claim_id=filed.id, actor="staff:1", now=SOON)

    assert queries.claim(account_id, claim_id=filed.id).state == "decided"
    assert queries.proposals() == []
    with pytest.raises(ClaimNotWaiting):
        actions.release(account_id, proposal_id=row.id, actor="staff:2", now=SOON)


def test_link_of_a_mail_confirms_for_thirty_days_and_the_account_after_them() -> None:
    account_id = customer()
    placed = order(account_id)
    declare(str(placed.activation_id), email_of(account_id))
    filed = Claim.objects.get()
    token = written(account_id).split("/withdraw/")[1].split("/")[0]

    with pytest.raises(LinkOver):
        actions.confirm_by_mail(token, now=SOON + timedelta(days=30, seconds=1))
    assert Claim.objects.get().state == "unconfirmed"
    actions.confirm_claim(
        account_id, claim_id=filed.id, actor="customer:1", now=SOON + timedelta(days=31)
    )
    shown = actions.confirm_by_mail(token, now=SOON + timedelta(days=60))

    assert (shown.id, shown.state) == (filed.id, Claim.objects.get().state)
    assert shown.state != "unconfirmed"
