"""Facts are never changed, and yet go when they are old: words and persons first (PP-2.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from nummer.apps.incidents import queries
from nummer.apps.incidents.actions import abuse, blocks
from nummer.apps.incidents.actions.facts import Subject, SubjectKind
from nummer.apps.incidents.actions.purging import FACTS_KEPT, WORDS_KEPT, old, purge
from nummer.apps.incidents.jobs import DUE_SOURCES
from nummer.apps.incidents.models import BalanceBlock, BlockProposal, BlockRelease, Fact
from nummer.config.sweeper import sweep_until
from tests import builders
from tests.builders import NOW

DAY = timedelta(days=1)


@pytest.fixture
def account_id(shop: None) -> int:
    return builders.customer()


def confirmed(account_id: int, *, decided_at: datetime = NOW) -> UUID:
    subject = Subject(SubjectKind.ACCOUNT)
    case = abuse.suspect(account_id, subject=subject, reason="x", actor="staff:1", now=NOW)
    abuse.decide(
        account_id,
        case_id=case.id,
        verdict=abuse.Verdict.CONFIRMED,
        reason="y",
        reference="CMP-1",
        actor="staff:2",
        now=decided_at,
    )
    return case.id


def blocked(account_id: int, *, released_at: datetime | None) -> UUID:
    row = blocks.propose_block(account_id, reference="R-7", authority="P", actor="staff:1", now=NOW)
    blocks.approve_block(account_id, block_id=row.id, actor="staff:2", now=NOW)
    if released_at is not None:
        blocks.release_block(
            account_id, block_id=row.id, reason="over", actor="staff:1", now=released_at
        )
    return row.id


@pytest.mark.clause("PP-2.6")
def test_after_three_years_words_and_persons_are_gone_and_the_fact_stands(
    account_id: int,
) -> None:
    case_id = confirmed(account_id)
    before = queries.abuse_case(account_id, case_id=case_id)

    sweep_until(NOW + WORDS_KEPT - DAY, sources=DUE_SOURCES)
    assert queries.abuse_case(account_id, case_id=case_id) == before

    sweep_until(NOW + WORDS_KEPT + DAY, sources=DUE_SOURCES)
    after = queries.abuse_case(account_id, case_id=case_id)
    assert (after.state, len(after.steps)) == ("confirmed", 2)
    assert [step.reference for step in after.steps] == ["", "CMP-1"]
    assert set(Fact.objects.values_list("actor", "evidence")) == {("gone", None)}
    assert not Fact.objects.filter(with_actor__startswith="staff").exists()


def test_after_the_time_of_the_books_the_fact_is_gone(account_id: int) -> None:
    confirmed(account_id)
    sweep_until(NOW + FACTS_KEPT - DAY, sources=DUE_SOURCES)
    assert Fact.objects.count() == 2
    sweep_until(NOW + FACTS_KEPT + DAY, sources=DUE_SOURCES)
    assert not Fact.objects.exists()
    assert old(until=NOW + 9 * FACTS_KEPT, limit=9) == []


def test_a_fact_stays_while_a_later_one_is_about_it(account_id: int) -> None:
    confirmed(account_id, decided_at=NOW + 100 * DAY)
    sweep_until(NOW + FACTS_KEPT + DAY, sources=DUE_SOURCES)
    assert Fact.objects.count() == 2
    sweep_until(NOW + FACTS_KEPT + 101 * DAY, sources=DUE_SOURCES)
    assert not Fact.objects.exists()


def test_a_block_goes_three_years_after_its_end_and_never_before(account_id: int) -> None:
    other = builders.customer()
    standing = blocked(other, released_at=None)
    blocked(account_id, released_at=NOW + 10 * DAY)
    blocks.propose_block(account_id, reference="R-8", authority="P", actor="staff:1", now=NOW)

    sweep_until(NOW + WORDS_KEPT + 9 * DAY, sources=DUE_SOURCES)
    assert BalanceBlock.objects.count() == 2
    sweep_until(NOW + WORDS_KEPT + 11 * DAY, sources=DUE_SOURCES)
    assert [row.id for row in BalanceBlock.objects.all()] == [standing]
    assert [row.id for row in BlockProposal.objects.all()] == [standing]
    assert not BlockRelease.objects.exists()
    assert queries.balance_blocked(other, now=NOW + WORDS_KEPT + 11 * DAY)


@pytest.mark.parametrize("role", ["nummer_app", None])
@pytest.mark.parametrize(
    "deed", ["DELETE FROM incidents_fact", "UPDATE incidents_fact SET word = 'rejected'"]
)
def test_nobody_changes_a_fact_by_hand(account_id: int, deed: str, role: str | None) -> None:
    confirmed(account_id)
    before = Fact.objects.count()
    with transaction.atomic(), connection.cursor() as cursor:
        if role:
            cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute("SET LOCAL nummer.purging = 'incidents'")
        with (
            pytest.raises(DatabaseError, match=r"never changed|permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(deed)
    assert before == 2
    assert Fact.objects.count() == 2


def test_the_everyday_role_may_purge_and_keeps_what_is_young(account_id: int) -> None:
    confirmed(account_id)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nummer_app")
        assert purge(account_id, now=NOW + WORDS_KEPT - DAY) == 0
        assert purge(builders.customer(), now=NOW + FACTS_KEPT + DAY) == 0
        assert purge(account_id, now=NOW + WORDS_KEPT) == 2
        cursor.execute("SHOW nummer.purging")
        assert cursor.fetchone() != ("incidents",)
    assert Fact.objects.count() == 2
