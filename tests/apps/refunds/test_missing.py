"""A request for a payout that says too little: one mail asks, the first receipt counts."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import DatabaseError, transaction

from nummer.apps.audit.models import Line
from nummer.apps.cases import queries as cases
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.incidents.actions.facts import (
    Source,
    Subject,
    SubjectKind,
    Told,
    note_stock_failure,
)
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.actions import deliver as deliver_letter
from nummer.apps.notify.queries import letters as letters_of
from nummer.apps.orders.actions import Placed
from nummer.apps.refunds import actions, queries
from nummer.apps.refunds.actions import Ask, Asked
from nummer.apps.refunds.errors import NothingMissing
from nummer.apps.refunds.jobs import DUE_SOURCES
from nummer.apps.refunds.models import Claim, Deadline, Decision
from nummer.apps.refunds.timeline import Timeline, timeline
from nummer.apps.refunds.timeline.events import Kind as EventKind
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.apps.cases.test_cases import case_of
from tests.apps.cases.test_cases import mail as mailed
from tests.builders import NOW, customer, email_of, order

pytestmark = pytest.mark.usefixtures("shop")
FULL = Money(20_000_000, "EUR")
SOON = NOW + timedelta(minutes=3)
ENDED = NOW + timedelta(hours=1)
ALL = ("service_name", "amount", "details")


def out_of_stock(account_id: int) -> Placed:
    """Let an order find no number although the page had shown one (RP-C1), and be credited."""
    placed = order(account_id)
    for _ in range(2):
        order(customer())
    note_stock_failure(
        account_id,
        subject=Subject(SubjectKind.ONE_TIME, placed.order_id),
        service="tg",
        country="NO",
        shown_free=3,
        told=Told(Source.STAFF, "staff:1", SOON),
        now=SOON,
    )
    sweep_until(ENDED, sources=DUE_SOURCES)
    assert ledger.balance(account_id).total == FULL
    return placed


def claimed(
    account_id: int,
    placed: Placed,
    *,
    unsaid: tuple[str, ...] = ALL,
    reason: str = "",
    case_id: UUID | None = None,
    key: UUID | None = None,
) -> queries.ClaimRow:
    return actions.file_claim(
        account_id,
        key=key or new_id(),
        activation_id=placed.activation_id,
        asked=Asked(
            ask=Ask.PAYOUT,
            to_client=True,
            reason=reason,
            unsaid=unsaid,
            channel=Channel.PHONE,
            proof=Proof.STAFF,
            received_at=ENDED,
        ),
        text="Give me my money.",
        actor="staff:1",
        now=ENDED,
        case_id=case_id,
    )


def said(filed: queries.ClaimRow, *names: str, reason: str = "") -> queries.ClaimRow:
    return actions.complete_claim(
        filed.account_id,
        claim_id=filed.id,
        said=names,
        reason=reason,
        actor="staff:1",
        now=ENDED + timedelta(days=1),
    )


def answers(account_id: int) -> list[str]:
    for row in letters_of(account_id):
        deliver_letter(account_id, letter_id=row.id, now=ENDED)
    return [str(each.body) for each in mail.outbox if "This is our answer" in str(each.body)]


@pytest.mark.clause("RP-T4", "RP-C1")
def test_one_mail_asks_for_exactly_what_is_missing_and_then_the_money_goes() -> None:
    account_id = customer()
    filed = claimed(account_id, out_of_stock(account_id), unsaid=("amount", "details"))
    assert (filed.state, filed.missing) == ("missing", ("amount", "details", "reason"))
    (asked,) = answers(account_id)
    assert "- the amount\n- the reason\n- the reference of the original payment" in asked
    assert "which service" not in asked
    assert Deadline.objects.get(subject_id=filed.id).state == "met"

    half = said(filed, "amount")
    assert (half.state, half.missing) == ("missing", ("details", "reason"))
    done = said(filed, "details", reason="dissatisfied")

    assert (done.state, done.missing) == ("decided", ())
    decided = Decision.objects.get(id=done.decision_id)
    assert (decided.decision, decided.clauses) == ("PAYOUT", ["RP-C1"])
    assert decided.request is not None
    assert decided.request["received_at"] == ENDED.isoformat()
    assert len(answers(account_id)) == 2, "one that asked, one that answered"
    assert Line.objects.filter(verb="complete_claim").count() == 2
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_page_of_the_order_goes_on_telling_of_the_credit_while_we_ask_and_after_we_answered() -> (
    None
):
    account_id = customer()
    placed = out_of_stock(account_id)
    filed = claimed(account_id, placed)

    asked = line_of(account_id, placed)
    said(filed, *ALL, reason="dissatisfied")
    paid = line_of(account_id, placed)

    assert (asked.prospect.standing, asked.prospect.clause) == ("returned", "RP-C1")
    money = [(each.kind, each.clause) for each in asked.events if each.kind in ("credited", "kept")]
    assert money == [("credited", "RP-C1")]
    kinds = [each.kind for each in paid.events]
    assert kinds.count(EventKind.ANSWER_WRITTEN) == 2
    assert (kinds.count(EventKind.CREDITED), kinds.count(EventKind.PAYOUT_GRANTED)) == (1, 1)
    assert paid.prospect.amount == placed.total


def line_of(account_id: int, placed: Placed) -> Timeline:
    at = ENDED + timedelta(days=1)
    return timeline(account_id, activation_id=placed.activation_id, language="nb", now=at)


@pytest.mark.clause("RULE-DUP")
def test_same_request_again_names_the_decision_that_stands() -> None:
    account_id = customer()
    placed = out_of_stock(account_id)
    first = claimed(account_id, placed, unsaid=(), reason="dissatisfied")

    second = claimed(account_id, placed, unsaid=(), reason="dissatisfied")

    decided = Decision.objects.get(id=second.decision_id)
    assert decided.decision == "DUPLICATE"
    assert decided.outcome is not None
    assert decided.outcome["duplicate_of"] == str(first.decision_id)
    assert str(first.decision_id) in answers(account_id)[-1]


def test_request_that_waits_for_an_answer_is_the_same_while_it_waits() -> None:
    account_id = customer()
    placed = out_of_stock(account_id)
    first = claimed(account_id, placed)

    assert claimed(account_id, placed).id == first.id
    assert len(answers(account_id)) == 1


def test_what_was_answered_cannot_be_completed_and_nothing_changes() -> None:
    account_id = customer()
    filed = claimed(account_id, out_of_stock(account_id), unsaid=(), reason="dissatisfied")

    with pytest.raises(NothingMissing):
        said(filed, *ALL)

    assert not Line.objects.filter(verb="complete_claim").exists()


@pytest.mark.clause("PP-6.1b")
def test_mail_becomes_a_claim_of_its_moment_once_the_customer_stands_by_it() -> None:
    account_id = customer()
    placed = out_of_stock(account_id)
    row = case_of(mailed(email_of(account_id), "Give me my money", at=ENDED - timedelta(minutes=9)))
    filed = claimed(account_id, placed, unsaid=(), reason="dissatisfied", case_id=row.head.id)
    assert (filed.state, filed.channel) == ("unconfirmed", "mail")
    assert filed.received_at == ENDED - timedelta(minutes=9)
    assert not Decision.objects.filter(claim_id=filed.id).exists()

    actions.confirm_by_case(
        account_id, case_id=row.head.id, actor=f"customer:{account_id}", now=ENDED
    )

    assert Decision.objects.get(claim_id=filed.id).decision == "PAYOUT"
    assert cases.case(account_id, case_id=row.head.id).head.state == "answered"


def test_answer_to_the_mail_that_asks_continues_its_case() -> None:
    account_id = customer()
    row = case_of(mailed(email_of(account_id), "Give me my money", at=ENDED))
    actions.confirm_by_case(account_id, case_id=row.head.id, actor="customer", now=ENDED)
    claimed(account_id, out_of_stock(account_id), case_id=row.head.id)
    answers(account_id)
    asking = next(each for each in mail.outbox if "This is our answer" in str(each.body))

    again = mailed(email_of(account_id), "It was 2.00.", to=asking.extra_headers["Reply-To"])

    assert (again.number, again.opened) == (row.head.number, False)


@pytest.mark.parametrize("change", [{"unsaid": ["amount", "details"]}, {"reason": "other"}])
def test_database_takes_nothing_back_that_was_said(change: dict[str, object]) -> None:
    account_id = customer()
    filed = claimed(account_id, out_of_stock(account_id), unsaid=("amount",), reason="dissatisfied")

    # The reason was given, so only the amount is missing: neither of these is a step forward.
    with pytest.raises(DatabaseError), transaction.atomic():
        Claim.objects.filter(id=filed.id).update(**change)
