"""Statements of the bank: what is credited, what waits for a person, what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nummer.apps.banking import actions, queries
from nummer.apps.banking.models import Entry, Reason
from nummer.apps.ledger import queries as wallets
from nummer.apps.notify.models import Letter
from nummer.apps.payments import queries as payments
from nummer.protocols.bank.references import Way as Direction
from nummer.protocols.bank.references import creditor_reference
from tests import builders
from tests.apps.banking.conftest import NOW, STAFF, take, wish
from tests.apps.banking.paper import Paper, Part, file_of, statement
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db

NOBODYS = 987_654_321  # no test comes to wish so often


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def waiting() -> list[tuple[str, str]]:
    return [(row.reason, row.amount.decimal_text()) for row in queries.suspense()]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_paid_reference_is_credited(account_id: int, version: str) -> None:
    top_up_id, word = wish(account_id)

    taken = take(Paper("20.00", word), version=version)

    assert taken.credited == 1
    assert total(account_id) == "20.00"
    assert payments.top_up(account_id, top_up_id=top_up_id).state == "paid"
    assert Letter.objects.filter(account_id=account_id, letter="top-up-received").count() == 1
    assert breaches() == []


def test_a_kid_is_credited_in_kroner(shop: None) -> None:
    account_id = builders.customer(balance="0.00", currency="NOK")
    _, word = wish(account_id, "200.00", "NOK")

    take(Paper("200.00", word, currency="NOK"), currency="NOK")

    assert word.isdecimal()
    assert total(account_id) == "200.00"


@pytest.mark.parametrize(
    "written", ["{word}", "til Nummer {spaced} takk", "{lower}", "/RFB/{word}"]
)
def test_a_reference_is_found_among_the_payers_words(account_id: int, written: str) -> None:
    _, word = wish(account_id)
    spaced = " ".join(word[at : at + 4] for at in range(0, len(word), 4))

    take(Paper("20.00", said=written.format(word=word, spaced=spaced, lower=word.lower())))

    assert total(account_id) == "20.00"


def test_money_that_comes_after_the_wish_was_closed_is_credited(account_id: int) -> None:
    from nummer.apps.payments.actions import abandon

    top_up_id, word = wish(account_id)
    abandon(account_id, top_up_id=top_up_id, now=NOW)

    take(Paper("20.00", word))

    assert total(account_id) == "20.00"


def test_a_batch_is_credited_part_by_part(account_id: int) -> None:
    other = builders.customer(balance="0.00")
    _, first = wish(account_id)
    _, second = wish(other, "5.00")
    parts = [Part("20.00", first), Part("5.00", second), Part("1.00")]

    taken = take(Paper("26.00", parts=parts))

    assert (taken.credited, taken.suspense) == (2, 1)
    assert (total(account_id), total(other)) == ("20.00", "5.00")
    assert waiting() == [(Reason.NO_REFERENCE, "1.00")]


def test_a_batch_whose_parts_do_not_sum_up_waits_as_one(account_id: int) -> None:
    _, word = wish(account_id)

    take(Paper("26.00", parts=[Part("20.00", word), Part("5.00")]))

    assert waiting() == [(Reason.BATCH, "26.00")]
    assert total(account_id) == "0.00"


@pytest.mark.parametrize(
    ("paper", "reason"),
    [
        (lambda word: Paper("20.00"), Reason.NO_REFERENCE),
        (lambda word: Paper("20.00", "4711"), Reason.UNKNOWN_REFERENCE),
        (
            lambda word: Paper("20.00", creditor_reference(NOBODYS, way=Direction.IN)),
            "unknown_reference",
        ),
        (lambda word: Paper("20.00", word[:-1] + str(9 - int(word[-1]))), "unknown_reference"),
        (lambda word: Paper("19.99", word), Reason.OTHER_SUM),
        (lambda word: Paper("20.01", word), Reason.OTHER_SUM),
        (lambda word: Paper("20.00", word, currency="USD"), Reason.OTHER_CURRENCY),
        (lambda word: Paper("20.00", word, reversal=True), Reason.CAME_BACK),
        (
            lambda word: Paper(
                "20.00", said=f"{word} {creditor_reference(NOBODYS, way=Direction.IN)}"
            ),
            Reason.SEVERAL_REFERENCES,
        ),
    ],
)
def test_what_does_not_fit_waits_with_its_reason(
    account_id: int, paper: Callable[[str], Paper], reason: str
) -> None:
    _, word = wish(account_id)

    taken = take(paper(word))

    assert (taken.credited, taken.suspense) == (0, 1)
    assert [row.reason for row in queries.suspense()] == [reason]
    assert total(account_id) == "0.00"
    assert breaches() == []


def test_without_the_banks_reference_the_place_in_the_statement_counts(account_id: int) -> None:
    text = statement(Paper("7.00", bank=""), Paper("7.00", bank=""))

    for _ in range(2):
        actions.import_statements(file_of(text), actor=STAFF, now=NOW)

    assert waiting() == [(Reason.NO_REFERENCE, "7.00")] * 2


def test_two_entries_that_the_bank_calls_alike_are_two(account_id: int) -> None:
    take(Paper("7.00", bank="SAME"), Paper("7.00", bank="SAME"))

    assert len(waiting()) == 2


def test_what_is_not_booked_yet_is_left(account_id: int) -> None:
    _, word = wish(account_id)

    take(Paper("20.00", word, status="PDNG"))

    assert not Entry.objects.exists()
    assert total(account_id) == "0.00"


def test_the_operators_own_payments_are_noted_and_wait_for_nobody(account_id: int) -> None:
    take(Paper("300.00", sign="DBIT"))

    assert waiting() == []
    assert [row.amount.decimal_text() for row in queries.unmatched_debits()] == ["-300.00"]


def test_a_gap_between_two_statements_is_seen(account_id: int) -> None:
    take(Paper("5.00"), opening="100.00", number="1")
    take(Paper("5.00"), opening="105.00", number="2", made="2026-11-23")
    take(Paper("5.00"), opening="200.00", number="4", made="2026-11-25")

    assert [row.gap for row in queries.statements()] == [True, False, False]
