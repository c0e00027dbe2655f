"""Papers a month after the last service that needed them: in the tables, and on the disk."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection

from nummer.apps.identity import actions, queries
from nummer.apps.identity.jobs import DUE_SOURCES
from nummer.apps.identity.models import Document, Papers, Slice
from nummer.apps.identity.words import DocumentKind
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries as lease_queries
from nummer.apps.leases.models import Lease
from nummer.apps.vault.errors import KeyDestroyed
from nummer.apps.vault.keys import KeyClass
from nummer.apps.vault.models import SubjectKey
from nummer.apps.vault.streams import unseal_file
from nummer.config.env import environment
from nummer.config.sweeper import sweep_until
from nummer.policy.lease import LeaseState
from tests.apps.identity.samples import PDF, take_and_open
from tests.apps.identity.test_papers import HER, LATER, approve, hand_in, refuse
from tests.builders import NOW, customer, rented
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_papers")]
A_MONTH = timedelta(days=30)
KEPT_IN_CLEAR = (b"Nordmann", PDF)


def purge(until: datetime) -> None:
    sweep_until(until, sources=DUE_SOURCES)


def sealed(account_id: int) -> list[bytes]:
    """Return everything that is kept sealed of an account's papers."""
    rows = Papers.objects.filter(account_id=account_id).values_list("declared", "words")
    found = [bytes(each) for row in rows for each in row if each is not None]
    return found + slices(account_id)


def slices(account_id: int) -> list[bytes]:
    """Return the slices of an account's files: a key and an end for each small file."""
    rows = Slice.objects.filter(account_id=account_id).order_by("document_id", "part", "number")
    return [bytes(content) for content in rows.values_list("content", flat=True)]


def on_disk(words: bytes) -> list[str]:
    """Return which files of the installation hold something in clear."""
    home = Path(environment().home)
    return [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file() and words in path.read_bytes()
    ]


def end(lease_id: UUID, *, at: datetime) -> None:
    Lease.objects.filter(id=lease_id).update(
        state=LeaseState.RELEASED, ended_at=at, end_reason="period_over", next_due_at=None
    )


def test_refused_papers_are_emptied_after_a_month_and_what_was_found_stays() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    refuse(account_id, papers_id)
    document = Document.objects.get(account_id=account_id)
    kept = slices(account_id)

    purge(LATER + A_MONTH - timedelta(seconds=1))
    assert len(sealed(account_id)) == 4
    purge(LATER + A_MONTH)

    assert sealed(account_id) == []
    assert [on_disk(words) for words in KEPT_IN_CLEAR] == [[], []]
    row = queries.papers(account_id, papers_id=papers_id)
    assert (row.state, row.reasons, row.words) == ("refused", ("expired",), "")
    assert row.purged_at is not None
    assert [one.kind for one in row.documents] == [DocumentKind.IDENTITY]
    assert len(queries.looks(account_id)) == 1
    with pytest.raises(KeyDestroyed):  # a copy of the row from a backup does not open either
        unseal_file(
            kept,
            account_id=account_id,
            klass=KeyClass.PAPERS,
            place="identity_slice.copy",
            row=document.id,
        )
    assert breaches() == []


def test_approved_papers_stay_while_a_number_needs_them_and_a_month_longer() -> None:
    account_id = customer(balance="50.00")
    placed = rented(account_id)
    approve(account_id, hand_in(account_id))
    leases.supply(account_id, lease_id=placed.id, now=LATER)
    assert lease_queries.lease(account_id, lease_id=placed.id).state == "active"

    purge(LATER + 3 * A_MONTH)
    assert len(sealed(account_id)) == 3
    ended_at = LATER + 3 * A_MONTH
    end(placed.id, at=ended_at)
    purge(ended_at + A_MONTH - timedelta(seconds=1))
    assert len(sealed(account_id)) == 3
    purge(ended_at + A_MONTH)

    assert sealed(account_id) == []


def test_papers_that_wait_for_us_are_never_purged() -> None:
    account_id = customer()
    hand_in(account_id)

    purge(NOW + 24 * A_MONTH)

    assert len(sealed(account_id)) == 3


def test_purging_twice_changes_nothing_and_the_customer_may_hand_in_again() -> None:
    account_id = customer()
    papers_id = hand_in(account_id)
    refuse(account_id, papers_id)
    late = LATER + A_MONTH
    for _ in range(2):
        actions.purge_papers(account_id, papers_id=papers_id, now=late)
    keys = SubjectKey.objects.filter(account_id=account_id, klass="papers").order_by("epoch")
    assert [(key.epoch, key.wrapped is None) for key in keys] == [(1, True), (2, False)]

    again = hand_in(account_id)

    opened = take_and_open(account_id, papers_id=again, actor=HER, now=late)
    assert opened["last_name"] == "Nordmann"


def test_other_papers_of_the_same_account_keep_their_key() -> None:
    account_id = customer()
    refuse(account_id, hand_in(account_id))
    again = hand_in(account_id)

    purge(LATER + A_MONTH)

    assert len(sealed(account_id)) == 3
    opened = take_and_open(account_id, papers_id=again, actor=HER, now=LATER + A_MONTH)
    assert opened["first_name"] == "Kari"


def test_no_table_of_the_database_holds_papers_in_clear() -> None:
    account_id = customer()
    approve(account_id, hand_in(account_id))
    actions.begin_transfer(
        account_id,
        order_id=uuid4(),
        supplier="didww",
        wanted=queries.Asked((), (DocumentKind.IDENTITY,)),
        now=LATER,
    )

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s OR t::text LIKE %s",
                ["%Nordmann%", f"%{PDF[:20].hex()}%"],
            )
            assert (table, cursor.fetchone()) == (table, (0,))
