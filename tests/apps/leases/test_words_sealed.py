"""What a carrier said of a number is sealed, also where it stood in clear before."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from nummer.apps.incidents import queries as incidents
from nummer.apps.leases import replacements
from nummer.apps.leases.models import Replacement
from nummer.apps.refunds.actions.lost_numbers import Block, block_rented
from nummer.apps.vault.actions import destroy_keys
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import OfferState
from tests.builders import NOW, customer, rented

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]

NUMBER = PhoneNumber("+4759441001")
SAID = "numbering plan change"


def stored(table: str) -> str:
    """Return all that a table holds, as PostgreSQL writes it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
        return str(cursor.fetchone()[0])


def clear(text: str) -> tuple[str, str]:
    """Return how a text in clear would stand in a column of text or of bytes."""
    return text, text.encode().hex()


def block(words: str) -> Replacement:
    lease = rented(customer(balance="60.00"), NUMBER.e164)
    said = Block(
        reason="unrelated", words=words, happened_at=NOW, learned_at=NOW, actor="carrier:test"
    )
    block_rented(NUMBER, block=said, now=NOW)
    return Replacement.objects.get(account_id=lease.account_id, lease_id=lease.id)


def test_words_of_a_carrier_stand_nowhere_in_clear_and_their_holder_reads_them() -> None:
    row = block(SAID)

    for table in ("leases_replacement", "incidents_fact", "notify_letter"):
        assert stored(table)
        assert not any(form in stored(table) for form in clear(SAID)), table
    offer = replacements.offer(row.account_id, lease_id=row.lease_id)
    assert offer is not None
    assert offer.words == SAID
    assert SAID not in repr(offer)


def test_the_fact_of_a_block_keeps_the_words_as_its_evidence() -> None:
    row = block(SAID)

    facts = incidents.facts(row.account_id, subject_id=row.lease_id)
    [fact] = [each for each in facts if each.kind.value == "carrier_block"]
    assert incidents.evidence(row.account_id, fact_id=fact.id) == SAID


def test_a_carrier_that_says_nothing_leaves_no_words() -> None:
    row = block("")

    offer = replacements.offer(row.account_id, lease_id=row.lease_id)
    assert row.words is None
    assert offer is not None
    assert offer.words == ""


def test_words_end_with_the_key_of_their_holder_and_what_became_of_the_contract_stays() -> None:
    row = block(SAID)

    destroy_keys(row.account_id, klass=KeyClass.COMMUNICATION, now=NOW)

    [lost] = replacements.replacements(row.account_id, lease_id=row.lease_id)
    assert (lost.words, lost.number, lost.state) == ("", NUMBER, OfferState.OFFERED)


def test_an_installation_that_runs_has_its_words_sealed_by_the_upgrade() -> None:
    told, silent, erased = (customer(balance="1.00") for _ in range(3))
    before = migrated("0011_searched_in_the_index")
    rows = {
        account_id: before.get_model("leases", "Replacement").objects.create(
            account_id=account_id,
            id=new_id(),
            lease_id=new_id(),
            because="blocked",
            reason="unrelated",
            words=words,
            old_e164=NUMBER.e164,
            state="none",
            made_at=NOW,
            closed_at=NOW,
            actor="system:test",
        )
        for account_id, words in ((told, SAID), (silent, ""), (erased, SAID))
    }
    destroy_keys(erased, now=NOW)

    migrated("0012_words_sealed")

    assert not any(form in stored("leases_replacement") for form in clear(SAID))
    found = {
        account_id: replacements.replacements(account_id, lease_id=row.lease_id)[0].words
        for account_id, row in rows.items()
    }
    assert found == {told: SAID, silent: "", erased: ""}
    assert Replacement.objects.get(account_id=silent).words is None


def migrated(name: str) -> Any:
    """Bring the tables of leases to a migration; return the models as they are there."""
    target = [("leases", name)]
    MigrationExecutor(connection).migrate(target)
    return MigrationExecutor(connection).loader.project_state(target).apps
