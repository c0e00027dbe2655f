"""What the staff do with entries that fit nothing: credited, sent back, or noted, each once."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from nummer.apps.audit.models import Line
from nummer.apps.banking import actions, queries
from nummer.apps.banking.errors import (
    EntryDecided,
    EntryNeedsAnotherPerson,
    EntryOtherCurrency,
    NoSuchCustomer,
    NoSuchEntry,
)
from nummer.apps.banking.models import Deed, Entry, EntryState, Reason, Why
from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import queries as payments
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.banking.conftest import NOW, OTHER, STAFF, take, wish
from tests.apps.banking.paper import Paper
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db
_numbers = itertools.count(1)


def waits(paper: Paper) -> UUID:
    """Let an entry come that waits; return its id."""
    take(paper, number=f"S{next(_numbers)}")
    return queries.suspense()[-1].id


def decide(
    entry_id: UUID, deed: Deed, account_id: int | None = None, *, actor: str = STAFF
) -> bool:
    return actions.decide(
        entry_id, deed=deed, why=Why.MISTYPED, account_id=account_id, actor=actor, now=NOW
    )


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def state(entry_id: UUID) -> str:
    return queries.entry(entry_id).state


def test_given_to_an_account_it_is_a_top_up_of_what_came(account_id: int) -> None:
    top_up_id, word = wish(account_id)
    entry_id = waits(Paper("19.50", word))

    assert decide(entry_id, Deed.GIVE, account_id)

    assert total(account_id) == "19.50"
    assert state(entry_id) == EntryState.CREDITED
    assert payments.top_up(account_id, top_up_id=top_up_id).state == "started"
    assert Line.objects.filter(verb="bank_entry_give", actor=STAFF, account_id=account_id).exists()
    assert breaches() == []


def test_whoever_comes_second_changes_nothing(account_id: int) -> None:
    entry_id = waits(Paper("19.50"))
    decide(entry_id, Deed.GIVE, account_id)

    for deed in Deed:
        with pytest.raises(EntryDecided):
            decide(entry_id, deed, account_id, actor=OTHER)

    assert total(account_id) == "19.50"


def test_above_the_limit_another_person_confirms(account_id: int) -> None:
    entry_id = waits(Paper("50.01"))

    assert not decide(entry_id, Deed.GIVE, account_id)
    assert total(account_id) == "0.00"
    with pytest.raises(EntryNeedsAnotherPerson):
        actions.release(entry_id, actor=STAFF, now=NOW)
    assert total(account_id) == "0.00"

    actions.release(entry_id, actor=OTHER, now=NOW)

    assert total(account_id) == "50.01"
    with pytest.raises(EntryDecided):
        actions.release(entry_id, actor=OTHER, now=NOW)
    assert breaches() == []


def test_the_database_refuses_one_person_twice(account_id: int) -> None:
    entry_id = waits(Paper("60.00"))

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(id=entry_id).update(first=STAFF, second=STAFF)


def test_up_to_the_limit_one_person_is_enough(account_id: int) -> None:
    assert decide(waits(Paper("50.00")), Deed.GIVE, account_id)


def test_a_proposal_can_be_taken_back_and_another_made(account_id: int) -> None:
    entry_id = waits(Paper("60.00"))
    decide(entry_id, Deed.GIVE, account_id)

    actions.withdraw(entry_id, actor=OTHER, now=NOW)

    assert not decide(entry_id, Deed.RETURN)
    assert total(account_id) == "0.00"


@pytest.mark.parametrize("wrong", [None, 987654321])
def test_money_goes_to_no_account_that_is_not_there(account_id: int, wrong: int | None) -> None:
    entry_id = waits(Paper("10.00"))

    with pytest.raises(NoSuchCustomer):
        decide(entry_id, Deed.GIVE, wrong)

    assert state(entry_id) == EntryState.SUSPENSE


def test_money_is_never_converted(account_id: int) -> None:
    other = builders.customer(balance="0.00", currency="NOK")
    entry_id = waits(Paper("10.00"))

    with pytest.raises(EntryOtherCurrency):
        decide(entry_id, Deed.GIVE, other)

    assert total(other) == "0.00"


def test_an_entry_that_nobody_knows_is_refused(db: None) -> None:
    with pytest.raises(NoSuchEntry):
        decide(new_id(), Deed.OWN)


def test_what_is_no_customers_waits_no_more(account_id: int) -> None:
    entry_id = waits(Paper("40.00"))

    decide(entry_id, Deed.OWN)

    assert state(entry_id) == EntryState.OWN
    assert queries.suspense() == []


def test_sent_back_it_waits_for_the_banks_word(account_id: int) -> None:
    entry_id = waits(Paper("10.00", bank="CAME-1"))

    decide(entry_id, Deed.RETURN)

    (row,) = queries.outgoing()
    assert (row.origin, row.amount.decimal_text()) == ("CAME-1", "10.00")
    assert state(entry_id) == EntryState.RETURNING

    take(Paper("10.00", row.word, sign="DBIT"), number="2")

    assert state(entry_id) == EntryState.RETURNED
    assert queries.outgoing() == []
    assert breaches() == []


def test_a_return_of_another_sum_confirms_nothing(account_id: int) -> None:
    entry_id = waits(Paper("10.00"))
    decide(entry_id, Deed.RETURN)
    word = queries.outgoing()[0].word

    take(Paper("9.00", word, sign="DBIT"), number="2")

    assert state(entry_id) == EntryState.RETURNING
    assert Reason.OTHER_SUM in {row.reason for row in queries.suspense()}


def test_a_return_that_is_not_sent_after_all_waits_again(account_id: int) -> None:
    entry_id = waits(Paper("10.00"))
    decide(entry_id, Deed.RETURN)

    actions.withdraw(entry_id, actor=OTHER, now=NOW)

    assert state(entry_id) == EntryState.SUSPENSE
    assert queries.outgoing() == []
    assert decide(entry_id, Deed.GIVE, account_id)


def test_money_sent_back_and_given_away_is_seen(account_id: int) -> None:
    entry_id = waits(Paper("10.00"))
    decide(entry_id, Deed.RETURN)
    word = queries.outgoing()[0].word
    actions.withdraw(entry_id, actor=OTHER, now=NOW)
    decide(entry_id, Deed.GIVE, account_id)

    take(Paper("10.00", word, sign="DBIT"), number="2")

    assert [row.reason for row in queries.suspense()] == [Reason.PAID_BEFORE]


def test_a_reversal_takes_back_what_is_left_of_its_payment(account_id: int) -> None:
    _, word = wish(account_id)
    take(Paper("20.00", word))
    _, other = wish(account_id, "5.00")
    take(Paper("5.00", other), number="2")
    entry_id = waits(Paper("20.00", word, sign="DBIT", reversal=True))

    assert decide(entry_id, Deed.TAKE_BACK)

    assert total(account_id) == "5.00"
    (dispute,) = payments.disputes(account_id)
    assert (dispute.state, dispute.taken.decimal_text()) == ("lost", "20.00")
    assert state(entry_id) == EntryState.TAKEN_BACK
    assert breaches() == []


def test_nothing_is_taken_back_without_a_reversal_by_the_bank(account_id: int) -> None:
    _, word = wish(account_id)
    take(Paper("20.00", word))
    entry_id = waits(Paper("20.00", word, on="2026-11-22"))

    with pytest.raises(EntryDecided):
        decide(entry_id, Deed.TAKE_BACK)

    assert total(account_id) == "20.00"
