"""A carrier takes a rented number: another one, same contract, or money (RP-B2, RP-C2)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.actions import keys
from nummer.apps.incidents.actions.facts import Source, Subject, SubjectKind, Told
from nummer.apps.incidents.actions.notices import Signed, sign
from nummer.apps.incidents.errors import NoticeMalformed
from nummer.apps.leases import queries, replacements
from nummer.apps.leases.actions import give_notice, rent
from nummer.apps.leases.errors import (
    LeaseNotLikeThat,
    NoNumberForRent,
    NoReplacement,
    NothingOffered,
    NumberTaken,
)
from nummer.apps.leases.held import labels, set_label
from nummer.apps.leases.jobs import DUE_SOURCES
from nummer.apps.leases.models import Rentable, Replacement
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import queries as ledger
from nummer.apps.notify.models import Letter
from nummer.apps.payouts import actions as payouts
from nummer.apps.payouts import queries as paid
from nummer.apps.refunds import actions as refunds
from nummer.apps.refunds.actions import carrier_notice, number_blocked
from nummer.apps.refunds.errors import PayoutNotGranted
from nummer.apps.refunds.jobs import DUE_SOURCES as REFUNDS
from nummer.apps.refunds.models import Decision
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.config.sweeper import sweep_until
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import LeaseState, OfferState
from tests.builders import NOW, customer, rental_wish, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]

FIRST, SECOND, THIRD, FOURTH = (PhoneNumber(f"+475944100{n}") for n in range(1, 5))
DAY = timedelta(days=1)
TENTH = NOW + 10 * DAY  # of 30 paid days, ten are over: Wednesday, 2 December
# Three working days after Wednesday, 2 December: the end of Monday in Oslo.
ANSWER_BY = datetime(2026, 12, 7, 23, tzinfo=UTC)
PLAN_CHANGE = "numbering plan change"


def notice(number: PhoneNumber, *, at: datetime = TENTH, **more: object) -> None:
    """Let the carrier sign and send that it blocked a number."""
    if not keys.secrets_of("sandbox"):
        keys.add_key("sandbox", actor="system:test", now=at)
    secret = keys.secrets_of("sandbox")[0]
    said = {"event": "block", "number": number.e164, "happened_at": at.isoformat(), **more}
    body, nonce, stamp = json.dumps(said).encode(), new_id().hex, str(int(at.timestamp()))
    signature = sign(secret, timestamp=stamp, nonce=nonce, body=body)
    carrier_notice(Signed("sandbox", stamp, nonce, signature, body), received_at=at, now=at)


def now_of(lease: LeaseRow) -> LeaseRow:
    return queries.lease(lease.account_id, lease_id=lease.id)


def total(account_id: int) -> str:
    return ledger.balance(account_id).total.decimal_text()


def letters(account_id: int) -> list[str]:
    """Return the letters about blocks and ends, in their order."""
    rows = Letter.objects.filter(account_id=account_id)
    names = ("lease-blocked", "lease-replaced", "lease-ended", "payout-granted")
    return [row.letter for row in rows.filter(letter__in=names).order_by("written_at", "id")]


def told(account_id: int, letter: str) -> list[dict[str, Any]]:
    """Return what the letters of a kind to an account say."""
    rows = Letter.objects.filter(account_id=account_id, letter=letter).order_by("written_at", "id")
    return [
        json.loads(
            unseal_text(
                row.content,
                account_id=account_id,
                klass=KeyClass.COMMUNICATION,
                place="notify_letter.content",
                row=row.id,
            )
        )
        for row in rows
        if row.content is not None
    ]


def facts(lease: LeaseRow) -> list[tuple[str, str, bool | None]]:
    """Return what is on record about a lease, by moment and kind."""
    rows = incidents.facts(lease.account_id, subject_id=lease.id)
    rows.sort(key=lambda row: (row.happened_at, row.kind.value))
    return [(row.kind.value, row.word, row.holds) for row in rows]


def decisions(lease: LeaseRow) -> list[tuple[str, list[str], str]]:
    rows = Decision.objects.filter(account_id=lease.account_id).order_by("decided_at", "id")
    return [
        (row.decision, row.clauses, Money(row.amount_micro, row.currency).decimal_text())
        for row in rows
    ]


def leave_free(*numbers: PhoneNumber) -> None:
    """Let others have all numbers but these."""
    others = Rentable.objects.filter(lease_id=None).exclude(e164__in=[n.e164 for n in numbers])
    others.update(withdrawn=True)


def sweep(at: datetime) -> None:
    assert sweep_until(at, sources=[*DUE_SOURCES, *REFUNDS]).failed == 0


def blocked(balance: str = "60.00", **more: Any) -> LeaseRow:
    """Return a lease of FIRST whose carrier took it away on the tenth day."""
    lease = rented(customer(balance=balance), FIRST.e164)
    notice(FIRST, **more)
    return now_of(lease)


@pytest.mark.clause("RP-B2")
def test_block_is_told_at_once_and_another_number_of_the_place_is_offered() -> None:
    lease = blocked(reason="unrelated", words=PLAN_CHANGE)

    offer = replacements.offer(lease.account_id, lease_id=lease.id)
    assert offer is not None
    assert (offer.number, offer.words, offer.answer_by) == (FIRST, PLAN_CHANGE, ANSWER_BY)
    free = replacements.free_numbers(lease.account_id, lease_id=lease.id, now=TENTH)
    assert free == [SECOND, THIRD, FOURTH]
    assert facts(lease) == [("carrier_block", "unrelated", None), ("searched", "", True)]
    assert letters(lease.account_id) == ["lease-blocked"]
    [said] = told(lease.account_id, "lease-blocked")
    assert (said["words"], said["free"][0]) == (PLAN_CHANGE, SECOND.international())
    assert lease.state is LeaseState.ACTIVE
    assert decisions(lease) == []
    assert breaches() == []


@pytest.mark.clause("RP-B2")
def test_replacement_goes_on_with_the_same_contract_and_costs_nothing() -> None:
    lease = blocked(reason="unrelated")
    set_label(lease.account_id, lease_id=lease.id, text="Shop", now=TENTH)
    before = total(lease.account_id)
    soon = TENTH + timedelta(hours=2)

    done = refunds.accept_other(
        lease.account_id, lease_id=lease.id, number=THIRD, actor="customer:1", now=soon
    )

    assert done is not None
    now = now_of(lease)
    assert (now.id, now.number, now.state) == (lease.id, THIRD, LeaseState.ACTIVE)
    assert (now.paid_until, now.monthly_net) == (lease.paid_until, lease.monthly_net)
    assert labels(lease.account_id, lease_ids=[lease.id]) == {lease.id: "Shop"}
    assert (total(lease.account_id), decisions(lease)) == (before, [])
    assert letters(lease.account_id) == ["lease-blocked", "lease-replaced"]
    assert queries.holder(FIRST, at=soon) is None
    found = queries.holder(THIRD, at=soon)
    assert found is not None
    assert (found.lease_id, found.serves) == (lease.id, True)
    old = Rentable.objects.get(e164=FIRST.e164)
    assert (old.lease_id, old.withdrawn, old.quarantined_until) == (None, True, soon + 90 * DAY)
    assert facts(lease)[-1] == ("answered", "", True)
    assert breaches() == []


def test_replaced_lease_is_renewed_on_its_day_under_its_number() -> None:
    lease = blocked(reason="unrelated")
    refunds.accept_other(lease.account_id, lease_id=lease.id, actor="customer:1", now=TENTH + DAY)
    assert lease.paid_until is not None

    sweep(lease.paid_until + timedelta(hours=1))

    assert len(queries.periods(lease.account_id, lease_id=lease.id)) == 2
    assert now_of(lease).number == SECOND
    assert breaches() == []


@pytest.mark.clause("RP-C2")
def test_without_another_number_unused_days_return_and_may_be_paid_out_once() -> None:
    leave_free(FIRST)
    lease = blocked(reason="unrelated", words=PLAN_CHANGE)

    # 20 of 30 days of 12.50 and 6.25 to set up: 12.50
    assert decisions(lease) == [("CREDIT", ["RP-C2"], "12.50")]
    assert (lease.state, lease.end_reason) == (LeaseState.RELEASED, "blocked_alone")
    assert facts(lease) == [("carrier_block", "unrelated", None), ("searched", "", False)]
    assert letters(lease.account_id) == ["lease-ended"]
    assert total(lease.account_id) == "53.75"
    asked_at = TENTH + DAY
    payable = refunds.payable_for_lease(lease.account_id, lease_id=lease.id, now=asked_at)
    assert payable == Money.parse("12.50", "EUR")

    first = refunds.ask_lease_payout(
        lease.account_id, lease_id=lease.id, surface="site", now=asked_at
    )
    again = refunds.ask_lease_payout(
        lease.account_id, lease_id=lease.id, surface="site", now=asked_at
    )

    assert first.decision_id == again.decision_id
    assert decisions(lease)[1:] == [("PAYOUT", ["RP-C2"], "12.50")]
    assert refunds.payable_for_lease(lease.account_id, lease_id=lease.id, now=asked_at) is None
    # the money came as a gift of the house here, which no method takes back: he chooses (RP-CF)
    payout_id = payouts.take_up(lease.account_id, decision_id=first.decision_id, now=asked_at)
    assert payout_id is not None
    (share,) = paid.payout(lease.account_id, payout_id=payout_id).shares
    assert (share.way, share.amount) == (paid.Way.CHOOSE, payable)
    payouts.choose(
        lease.account_id,
        share_id=share.id,
        way=paid.Way.BALANCE,
        actor=f"customer:{lease.account_id}",
        now=asked_at,
    )
    assert paid.share(lease.account_id, share_id=share.id).way == paid.Way.BALANCE
    assert breaches() == []


@pytest.mark.clause("RP-B2", "RP-C0")
def test_declined_replacement_returns_the_unused_days_and_pays_nothing_out() -> None:
    lease = blocked(reason="unrelated")

    refunds.decline_other(lease.account_id, lease_id=lease.id, actor="customer:1", now=TENTH)

    assert decisions(lease) == [("CREDIT", ["RP-B2"], "12.50")]
    assert (now_of(lease).state, now_of(lease).end_reason) == (LeaseState.RELEASED, "blocked")
    assert refunds.payable_for_lease(lease.account_id, lease_id=lease.id, now=TENTH) is None
    with pytest.raises(PayoutNotGranted) as refused:
        refunds.ask_lease_payout(
            lease.account_id, lease_id=lease.id, surface="site", now=TENTH + DAY
        )
    assert refused.value.data["clause"] == "RP-C0"
    with pytest.raises(NothingOffered):
        refunds.accept_other(
            lease.account_id, lease_id=lease.id, actor="customer:1", now=TENTH + DAY
        )
    assert len(decisions(lease)) == 1
    assert breaches() == []


@pytest.mark.clause("RP-B2", "RP-T2")
def test_offer_that_nobody_answers_ends_with_the_credit_within_five_working_days() -> None:
    lease = blocked(reason="unknown")

    sweep(ANSWER_BY - timedelta(seconds=1))
    assert decisions(lease) == []
    sweep(ANSWER_BY)

    assert decisions(lease) == [("CREDIT", ["RP-B2"], "12.50")]
    (lost,) = replacements.replacements(lease.account_id, lease_id=lease.id)
    assert lost.state is OfferState.LAPSED
    decided = Decision.objects.get(account_id=lease.account_id)
    assert decided.outcome is not None
    assert decided.decided_at.date().isoformat() <= decided.outcome["credit_by"]
    assert breaches() == []


def test_late_answer_is_refused_and_changes_nothing() -> None:
    lease = blocked(reason="unrelated")

    with pytest.raises(NothingOffered):
        refunds.accept_other(lease.account_id, lease_id=lease.id, actor="customer:1", now=ANSWER_BY)

    assert now_of(lease).number == FIRST


@pytest.mark.clause("RP-B2")
def test_number_blocked_for_what_its_holder_did_ends_without_money_or_another() -> None:
    lease = blocked(reason="client_activity")

    assert (lease.state, lease.end_reason) == (LeaseState.RELEASED, "blocked_for_use")
    assert decisions(lease) == [("NONE", ["RP-B2"], "0.00")]
    assert replacements.offer(lease.account_id, lease_id=lease.id) is None
    assert refunds.payable_for_lease(lease.account_id, lease_id=lease.id, now=TENTH) is None
    assert breaches() == []


def test_number_taken_in_between_is_refused_and_another_may_be_chosen() -> None:
    lease = blocked(reason="unrelated")
    rented(customer(balance="60.00"), SECOND.e164, now=TENTH)

    with pytest.raises(NumberTaken):
        refunds.accept_other(
            lease.account_id, lease_id=lease.id, number=SECOND, actor="customer:1", now=TENTH
        )
    assert now_of(lease).number == FIRST
    refunds.accept_other(
        lease.account_id, lease_id=lease.id, number=THIRD, actor="customer:1", now=TENTH
    )

    assert now_of(lease).number == THIRD


@pytest.mark.clause("RP-C2")
def test_last_number_taken_in_between_is_logged_and_pays_as_if_there_had_been_none() -> None:
    lease = blocked(reason="unrelated")
    leave_free()

    done = refunds.accept_other(
        lease.account_id, lease_id=lease.id, actor="customer:1", now=TENTH + DAY
    )

    assert done is None
    assert facts(lease)[-1] == ("searched", "", False)
    assert decisions(lease) == [("CREDIT", ["RP-C2"], "12.50")]
    assert refunds.payable_for_lease(lease.account_id, lease_id=lease.id, now=TENTH + DAY)
    assert breaches() == []


def test_number_of_another_city_or_that_can_do_less_is_not_offered() -> None:
    lease = rented(customer(balance="60.00"), FIRST.e164)
    Rentable.objects.filter(e164=FIRST.e164).update(city="oslo")
    Rentable.objects.filter(e164=SECOND.e164).update(city="bergen")
    Rentable.objects.filter(e164=THIRD.e164).update(city="oslo", voice=False)
    Rentable.objects.filter(e164=FOURTH.e164).update(city="oslo", quarantined_until=TENTH + DAY)

    found = replacements.free_numbers(lease.account_id, lease_id=lease.id, now=TENTH)
    later = replacements.free_numbers(lease.account_id, lease_id=lease.id, now=TENTH + DAY)

    assert (found, later) == ([], [FOURTH])


def test_nothing_is_renewed_while_an_offer_waits() -> None:
    lease = rented(customer(balance="60.00"), FIRST.e164)
    assert lease.paid_until is not None
    at = lease.paid_until - timedelta(hours=1)
    notice(FIRST, at=at, reason="unrelated")

    sweep(lease.paid_until + timedelta(hours=1))

    assert len(queries.periods(lease.account_id, lease_id=lease.id)) == 1
    assert now_of(lease).state is LeaseState.ACTIVE


@pytest.mark.clause("RP-B2")
def test_lease_whose_notice_ends_it_during_an_offer_is_paid_what_the_block_took() -> None:
    lease = rented(customer(balance="60.00"), FIRST.e164)
    assert lease.paid_until is not None
    give_notice(lease.account_id, lease_id=lease.id, now=TENTH)
    notice(FIRST, at=lease.paid_until - timedelta(hours=30), reason="unrelated")

    sweep(lease.paid_until + timedelta(minutes=1))

    assert now_of(lease).end_reason == "notice"
    # the block came on the 29th of 30 service days: two are left of 18.75
    assert decisions(lease) == [("CREDIT", ["RP-B2"], "1.25")]
    assert breaches() == []


def test_second_block_of_the_same_contract_is_judged_by_itself() -> None:
    lease = blocked(reason="unrelated")
    refunds.accept_other(lease.account_id, lease_id=lease.id, actor="customer:1", now=TENTH)
    later = TENTH + 5 * DAY
    notice(SECOND, at=later, reason="unrelated")
    assert replacements.offer(lease.account_id, lease_id=lease.id) is not None

    refunds.decline_other(lease.account_id, lease_id=lease.id, actor="customer:1", now=later)

    # half of 30 days of 18.75
    assert decisions(lease) == [("CREDIT", ["RP-B2"], "9.38")]
    states = [row.state for row in replacements.replacements(lease.account_id, lease_id=lease.id)]
    assert states == [OfferState.DECLINED, OfferState.ACCEPTED]
    assert breaches() == []


def test_notice_that_comes_twice_offers_once_and_the_graver_word_counts() -> None:
    lease = blocked(reason="unknown")
    notice(FIRST, at=TENTH + timedelta(minutes=1), reason="unknown")
    assert Replacement.objects.filter(account_id=lease.account_id).count() == 1
    assert letters(lease.account_id) == ["lease-blocked"]

    notice(FIRST, at=TENTH + timedelta(minutes=2), reason="client_activity")

    assert now_of(lease).end_reason == "blocked_for_use"
    assert decisions(lease) == [("NONE", ["RP-B2"], "0.00")]


@pytest.mark.clause("RP-C1")
def test_number_blocked_before_it_worked_is_paid_back_with_the_listing() -> None:
    leave_free(FIRST)
    account_id = customer(balance="60.00")
    placed = rent(account_id, wish=rental_wish(FIRST.e164), now=NOW)

    number_blocked(FIRST, reason="unrelated", now=NOW + timedelta(minutes=5))
    sweep(NOW + timedelta(minutes=6))

    assert now_of(placed).state is LeaseState.FAILED
    assert decisions(placed) == [("CREDIT", ["RP-C1"], "18.75")]
    assert total(account_id) == "60.00"
    assert breaches() == []


def test_blocked_number_that_nobody_has_is_never_rented_again() -> None:
    leave_free(FIRST)
    number_blocked(FIRST, reason="unrelated", now=NOW)

    with pytest.raises(NoNumberForRent):
        rent(customer(balance="60.00"), wish=rental_wish(), now=NOW + 200 * DAY)


@pytest.mark.parametrize("words", ["see evil.example/pay", "<b>", "x" * 121, 7])
def test_words_of_a_carrier_that_could_mislead_are_refused_and_block_nothing(
    words: object,
) -> None:
    lease = rented(customer(balance="60.00"), FIRST.e164)

    with pytest.raises(NoticeMalformed) as refused:
        notice(FIRST, reason="unrelated", words=words)

    assert refused.value.data["field"] == "words"
    assert facts(lease) == []


def test_staff_replaces_a_number_that_is_not_repaired_and_its_outage_ends_with_it() -> None:
    lease = rented(customer(balance="60.00"), FIRST.e164)
    subject = Subject(SubjectKind.RENTAL, lease.id)
    told = Told(Source.PAGE, f"customer:{lease.account_id}", NOW + DAY)
    refunds.report_fault(lease.account_id, order_id=lease.id, told=told, now=NOW + DAY)

    done = refunds.replace_by_hand(
        lease.account_id, lease_id=lease.id, actor="staff:1", now=NOW + 3 * DAY
    )

    assert done.replaced_by == SECOND
    assert now_of(lease).paid_until == lease.paid_until
    assert facts(lease)[-2:] == [("answered", "", True), ("searched", "", True)]
    assert not Rentable.objects.get(e164=FIRST.e164).withdrawn
    sweep(NOW + 5 * DAY)
    # two of 30 days of 12.50
    assert decisions(lease) == [("CREDIT", ["RP-B1"], "0.84")]
    assert subject.id == lease.id
    assert breaches() == []


def test_staff_who_finds_no_replacement_leaves_the_search_in_the_log() -> None:
    leave_free(FIRST)
    lease = rented(customer(balance="60.00"), FIRST.e164)

    with pytest.raises(NoReplacement):
        refunds.replace_by_hand(lease.account_id, lease_id=lease.id, actor="staff:1", now=NOW + DAY)

    assert facts(lease) == [("searched", "", False)]
    assert now_of(lease).number == FIRST


def test_what_has_ended_is_not_replaced() -> None:
    lease = blocked(reason="client_activity")

    with pytest.raises(LeaseNotLikeThat):
        refunds.replace_by_hand(lease.account_id, lease_id=lease.id, actor="staff:1", now=TENTH)
