"""What the database itself keeps: facts that stay, and blocks only of two persons (raw SQL)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import Error, connection, transaction

from nummer.apps.incidents import queries
from nummer.apps.incidents.actions import blocks, scopes
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.incidents.actions.notices import CarrierEvent
from nummer.apps.incidents.errors import (
    NoSuchAccount,
    NoSuchBalanceBlock,
    ReferenceMissing,
    SecondPersonNeeded,
)
from nummer.apps.incidents.models import BalanceBlock
from nummer.apps.orders.actions import place_one_time
from nummer.apps.standing import actions as standing
from nummer.apps.standing.errors import BalanceBlocked
from nummer.apps.standing.models import Suspension
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.incidents.world import NUMBER, ONE, OTHER, notice
from tests.builders import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
LATER = NOW + timedelta(hours=1)
CHECK = "23514"
RESTRICTED = "23001"
NO_RIGHT = "42501"
ID = "018f0000-0000-7000-8000-000000000001"
INTO_BLOCKS = (
    "INSERT INTO incidents_balanceblock"
    " (account_id, id, reference, proposed_by, approved_by, began_at) VALUES "
)
INTO_PROPOSALS = (
    "INSERT INTO incidents_blockproposal"
    " (account_id, id, reference, authority, actor, proposed_at) VALUES "
)


def refused(sql: str, *, role: str | None = None) -> str:
    """Return the SQLSTATE with which the database refuses."""

    def attempt() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if role:
                cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute(sql)

    with pytest.raises(Error) as error:
        attempt()
    return str(error.value.__cause__.sqlstate)  # type: ignore[union-attr]


def life() -> int:
    """Let one of everything happen; return the account."""
    account_id = builders.customer()
    told = Told(Source.STAFF, ONE, NOW)
    subject = Subject(SubjectKind.RENTAL, new_id())
    record(account_id, subject=subject, kind=Kind.PROBLEM, told=told, now=NOW)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)
    scopes.end_incident(row.id, ended_at=NOW, actor=ONE, now=NOW)
    notice(CarrierEvent.REPAIR, at=NOW, known_at=NOW)
    block = blocks.propose_block(account_id, reference="R-1", authority="P", actor=ONE, now=NOW)
    blocks.approve_block(account_id, block_id=block.id, actor=OTHER, now=NOW)
    blocks.release_block(account_id, block_id=block.id, reason="Over", actor=ONE, now=NOW)
    return account_id


TABLES = {
    "incidents_fact": "actor",
    "incidents_incident": "actor",
    "incidents_incidentend": "actor",
    "incidents_carriernotice": "nonce",
    "incidents_blockproposal": "actor",
    "incidents_balanceblock": "approved_by",
    "incidents_blockrelease": "actor",
}


@pytest.mark.parametrize("table", TABLES)
def test_what_happened_is_changed_and_removed_by_nobody(table: str) -> None:
    life()
    for sql in (f"UPDATE {table} SET {TABLES[table]} = 'staff:9'", f"DELETE FROM {table}"):
        assert refused(sql) == RESTRICTED
        assert refused(sql, role="nummer_app") == NO_RIGHT


def test_the_applications_role_is_enough() -> None:
    account_id = builders.customer()
    notice(CarrierEvent.REPAIR, at=NOW, known_at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nummer_app")
    block = blocks.propose_block(account_id, reference="R-1", authority="P", actor=ONE, now=NOW)
    blocks.approve_block(account_id, block_id=block.id, actor=OTHER, now=NOW)
    assert queries.balance_blocked(account_id, now=NOW)
    blocks.release_block(account_id, block_id=block.id, reason="Over", actor=ONE, now=NOW)
    scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor=ONE, now=NOW)


@pytest.mark.clause("RP-P2b")
@pytest.mark.parametrize(
    ("values", "state"),
    [
        pytest.param(f"(1, '{ID}', '', 'staff:1', 'staff:2', %(now)s)", CHECK, id="no reference"),
        pytest.param(f"(1, '{ID}', ' -', 'staff:1', 'staff:2', %(now)s)", CHECK, id="blank"),
        pytest.param(f"(1, '{ID}', NULL, 'staff:1', 'staff:2', %(now)s)", "23502", id="null"),
        pytest.param(f"(1, '{ID}', 'R-1', 'staff:1', 'staff:1', %(now)s)", CHECK, id="one person"),
        pytest.param(f"(1, '{ID}', 'R-1', 'staff:1', 'system:x', %(now)s)", CHECK, id="a program"),
        pytest.param(f"(1, '{ID}', 'R-2', 'staff:1', 'staff:2', %(now)s)", RESTRICTED, id="other"),
        pytest.param(f"(1, '{ID}', 'R-1', 'staff:3', 'staff:2', %(now)s)", RESTRICTED, id="third"),
        pytest.param(f"(2, '{ID}', 'R-1', 'staff:1', 'staff:2', %(now)s)", RESTRICTED, id="whose"),
    ],
)
@pytest.mark.parametrize("role", [None, "nummer_app"])
def test_balance_block_without_reference_and_two_persons_cannot_stand(
    values: str, state: str, role: str | None
) -> None:
    proposed = f"(1, '{ID}', 'R-1', 'Police', 'staff:1', '{NOW.isoformat()}')"
    blank = f"(1, '{ID}', '', 'Police', 'staff:1', '{NOW.isoformat()}')"
    with connection.cursor() as cursor:
        cursor.execute(INTO_PROPOSALS + proposed)

    values = values.replace("%(now)s", f"'{LATER.isoformat()}'")
    found = refused(INTO_BLOCKS + values, role=role)

    # constraints are looked at after the trigger, which refuses what nobody proposed
    assert found in {state, RESTRICTED}
    assert refused(INTO_PROPOSALS + blank.replace("001'", "002'"), role=role) == CHECK
    assert not BalanceBlock.objects.exists()


def test_constraints_hold_where_the_trigger_is_away() -> None:
    now = NOW.isoformat()
    with connection.cursor() as cursor:
        cursor.execute(
            INTO_PROPOSALS + f"(1, '{ID}', 'R-1', 'Police', 'staff:1', '{now}'),"
            f" (2, '{ID}', 'R-1', 'Police', 'staff:1', '{now}')"
        )
        cursor.execute("ALTER TABLE incidents_balanceblock DISABLE TRIGGER block_was_proposed")
    try:
        for values in (
            f"(1, '{ID}', '', 'staff:1', 'staff:2', '{now}')",
            f"(1, '{ID}', 'R-1', 'staff:1', 'staff:1', '{now}')",
            f"(1, '{ID}', 'R-1', 'system:x', 'staff:1', '{now}')",
        ):
            assert refused(INTO_BLOCKS + values) == CHECK
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE incidents_balanceblock ENABLE TRIGGER block_was_proposed")


def test_block_nobody_made_cannot_be_released() -> None:
    sql = (
        "INSERT INTO incidents_blockrelease (account_id, id, reason, actor, released_at)"
        f" VALUES (1, '{ID}', 'x', 'staff:1', '{NOW.isoformat()}')"
    )
    assert refused(sql) == RESTRICTED


def test_blocked_balance_buys_nothing_until_it_is_released() -> None:
    account_id = builders.customer()
    row = blocks.propose_block(account_id, reference="R-1", authority="P", actor=ONE, now=NOW)
    place_one_time(account_id, wish=builders.wish(), now=NOW)
    blocks.approve_block(account_id, block_id=row.id, actor=OTHER, now=NOW)

    with pytest.raises(BalanceBlocked):
        place_one_time(account_id, wish=builders.wish(), now=NOW)
    standing.lift_suspensions(account_id, actor=ONE, now=NOW)
    with pytest.raises(BalanceBlocked):
        place_one_time(account_id, wish=builders.wish(), now=NOW)
    assert [name for name, breaches, _ in queries.audit_lines() if breaches] == []

    blocks.release_block(account_id, block_id=row.id, reason="Over", actor=ONE, now=LATER)
    place_one_time(account_id, wish=builders.wish(), now=LATER)
    assert not queries.balance_blocked(account_id, now=LATER)


def test_one_of_two_blocks_released_leaves_the_other() -> None:
    account_id = builders.customer()
    rows = [
        blocks.propose_block(account_id, reference=f"R-{n}", authority="P", actor=ONE, now=NOW)
        for n in range(2)
    ]
    for row in rows:
        blocks.approve_block(account_id, block_id=row.id, actor=OTHER, now=NOW)

    blocks.release_block(account_id, block_id=rows[0].id, reason="Over", actor=ONE, now=LATER)

    assert queries.balance_blocked(account_id, now=LATER)
    with pytest.raises(BalanceBlocked):
        place_one_time(account_id, wish=builders.wish(), now=LATER)


def test_who_proposed_cannot_approve_and_nothing_is_blocked() -> None:
    account_id = builders.customer()
    row = blocks.propose_block(account_id, reference="R-1", authority="P", actor=ONE, now=NOW)

    with pytest.raises(SecondPersonNeeded):
        blocks.approve_block(account_id, block_id=row.id, actor=ONE, now=NOW)
    with pytest.raises(NoSuchBalanceBlock):
        blocks.release_block(account_id, block_id=row.id, reason="x", actor=ONE, now=NOW)
    with pytest.raises(NoSuchBalanceBlock):
        blocks.approve_block(account_id + 1, block_id=row.id, actor=OTHER, now=NOW)
    assert not queries.balance_blocked(account_id, now=NOW)


@pytest.mark.parametrize("reference", ["", "  ", "--", "\uff11\uff10"])
def test_demand_without_a_reference_is_refused(reference: str) -> None:
    with pytest.raises(ReferenceMissing):
        blocks.propose_block(
            builders.customer(), reference=reference, authority="P", actor=ONE, now=NOW
        )


def test_account_that_does_not_exist_cannot_be_blocked() -> None:
    with pytest.raises(NoSuchAccount):
        blocks.propose_block(2**40, reference="R-1", authority="P", actor=ONE, now=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "papers", "word": "", "holds": True},
        {"kind": "papers", "word": "refused", "holds": None},
        {"kind": "problem", "word": "client", "holds": None},
        {"kind": "abuse", "word": "confirmed", "holds": None, "about": ID},
        {"kind": "abuse", "word": "rejected", "holds": None},
        {"subject_id": None},
        {"learned_at": NOW - timedelta(seconds=1)},
    ],
    ids=["no word", "no answer", "a word too many", "one person", "no case", "no order", "before"],
)
def test_fact_that_says_too_little_or_too_much_cannot_stand(wrong: dict[str, object]) -> None:
    row: dict[str, object] = {
        "account_id": 1,
        "id": UUID(ID),
        "subject_kind": "rental",
        "subject_id": new_id(),
        "kind": "problem",
        "word": "",
        "holds": None,
        "about": None,
        "source": "staff",
        "actor": ONE,
        "with_actor": "",
        "happened_at": NOW,
        "learned_at": NOW,
        "reference": "",
        "snapshot": "{}",
        **wrong,
    }
    with pytest.raises(Error) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO incidents_fact ({', '.join(row)})"
            f" VALUES ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )
    assert error.value.__cause__.sqlstate == CHECK  # type: ignore[union-attr]


def test_nobodys_number_is_stored_in_clear_in_evidence() -> None:
    account_id = builders.customer()
    told = Told(
        Source.PHONE, ONE, NOW, evidence="Kari\nCard 4111 1111 1111 1111, calls +47 900 00 000"
    )
    row = record(
        account_id,
        subject=Subject(SubjectKind.RENTAL, new_id()),
        kind=Kind.PROBLEM,
        told=told,
        now=NOW,
    )

    said = queries.evidence(account_id, fact_id=row.id)
    assert said.startswith("Kari\nCard ")
    assert "4111 1111" not in said
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence FROM incidents_fact WHERE id = %s", [row.id])
        assert b"Kari" not in bytes(cursor.fetchone()[0])
    assert NUMBER not in repr(row)


@pytest.mark.clause("RP-P2b")
@pytest.mark.parametrize("role", [None, "nummer_app"])
def test_orders_are_not_stopped_for_a_blocked_balance_without_a_block(role: str | None) -> None:
    values = f"(1, '{ID}', '', '%s', 'staff:1', '{NOW.isoformat()}')"
    into = (
        "INSERT INTO standing_suspension (account_id, id, service, reason, actor, began_at) VALUES "
    )

    assert refused(into + values % "balance_blocked", role=role) == RESTRICTED
    assert not Suspension.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(into + values % "fraud_case")
    renamed = "UPDATE standing_suspension SET reason = 'balance_blocked'"
    assert refused(renamed, role=role) == RESTRICTED
    assert Suspension.objects.get().reason == "fraud_case"
