"""Documents and the virus scanner: refused, held, let go, or released by a person (hostile 31)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from nummer.apps.identity import actions, ports, queries
from nummer.apps.identity.actions.checking import AGAIN_AFTER
from nummer.apps.identity.errors import (
    DocumentHeld,
    DocumentInfected,
    DocumentNotReleased,
    PapersNotOpened,
    ReasonMissing,
)
from nummer.apps.identity.jobs import DUE_SOURCES
from nummer.apps.identity.models import Document, Look, Papers, Slice
from nummer.apps.identity.words import DocumentKind
from nummer.apps.notify.models import Letter
from nummer.apps.vault.errors import SealBroken
from nummer.config.sweeper import sweep_until
from nummer.suppliers.sandbox.scanner import EICAR, Can, let
from tests.apps.identity.samples import INFECTED, JPEG, take_and_open
from tests.apps.identity.test_papers import HER, LATER, approve, hand_in
from tests.builders import NOW, customer
from tests.invariants.proofs import breaches

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_papers")]
FILE = {DocumentKind.IDENTITY: JPEG}


@pytest.fixture(params=[Can.NOTHING, Can.NOT_FIND], ids=["away", "without signatures"])
def _no_scan(request: pytest.FixtureRequest, scanner_folder: Path) -> Iterator[None]:
    """Have the scanner look at nothing, in either way."""
    let(request.param, folder=scanner_folder)
    yield
    let(Can.WORK, folder=scanner_folder)


@pytest.fixture
def _no_scanner() -> Iterator[None]:
    before = ports.scanner()
    ports.install_scanner(None)
    yield
    ports.install_scanner(before)


def only_document(account_id: int, papers_id: UUID) -> queries.DocumentRow:
    (one,) = queries.papers(account_id, papers_id=papers_id).documents
    return one


def look(account_id: int, papers_id: UUID) -> None:
    take_and_open(account_id, papers_id=papers_id, actor=HER, now=LATER)
    actions.open_document(
        account_id,
        papers_id=papers_id,
        document_id=only_document(account_id, papers_id).id,
        actor=HER,
        now=LATER,
    )


def check(account_id: int) -> None:
    (document,) = Document.objects.filter(account_id=account_id)
    actions.check_document(account_id, document_id=document.id, now=LATER)


def parts(account_id: int) -> set[str]:
    return set(Slice.objects.filter(account_id=account_id).values_list("part", flat=True))


def test_infected_file_is_refused_and_nothing_of_it_is_kept() -> None:
    account_id = customer()

    with pytest.raises(DocumentInfected):
        hand_in(account_id, documents={DocumentKind.IDENTITY: INFECTED})

    assert not Papers.objects.filter(account_id=account_id).exists()
    assert parts(account_id) == set()


@pytest.mark.usefixtures("_no_scan")
def test_what_cannot_be_scanned_stays_in_quarantine_and_nobody_opens_or_accepts_it() -> None:
    account_id = customer()
    papers_id = hand_in(account_id, documents=FILE)
    assert only_document(account_id, papers_id).checked == "held"
    assert parts(account_id) == {"copy", "upload"}

    for _ in range(3):
        check(account_id)

    assert only_document(account_id, papers_id).checked == "held"
    with pytest.raises(DocumentHeld):
        look(account_id, papers_id)
    with pytest.raises(DocumentHeld):
        actions.release(
            account_id,
            papers_id=papers_id,
            document_id=only_document(account_id, papers_id).id,
            reason="I know him.",
            actor=HER,
            now=LATER,
        )
    with pytest.raises(PapersNotOpened):
        actions.approve(account_id, papers_id=papers_id, expires_on=None, actor=HER, now=LATER)
    assert not Look.objects.filter(account_id=account_id, document="identity").exists()
    assert breaches() == []


@pytest.mark.usefixtures("_no_scan")
def test_quarantine_ends_when_the_scanner_is_back(scanner_folder: Path) -> None:
    account_id = customer()
    papers_id = hand_in(account_id, documents=FILE)
    let(Can.WORK, folder=scanner_folder)

    check(account_id)
    check(account_id)

    assert only_document(account_id, papers_id).checked == "clean"
    assert parts(account_id) == {"copy"}
    assert not queries.held(account_id)
    approve(account_id, papers_id)
    assert breaches() == []


@pytest.mark.usefixtures("_no_scan")
def test_virus_that_is_found_later_refuses_the_papers_and_the_customer_is_told(
    scanner_folder: Path,
) -> None:
    account_id = customer()
    papers_id = hand_in(account_id, documents={DocumentKind.IDENTITY: INFECTED})
    let(Can.WORK, folder=scanner_folder)

    for _ in range(2):
        check(account_id)

    row = queries.papers(account_id, papers_id=papers_id)
    assert (row.state, row.reasons) == ("refused", ("infected",))
    assert parts(account_id) == set()
    assert Letter.objects.filter(account_id=account_id, letter="papers-refused").count() == 1
    assert breaches() == []
    assert hand_in(account_id, documents=FILE)


@pytest.mark.usefixtures("_no_scan")
def test_scanner_is_asked_again_every_few_minutes() -> None:
    account_id = customer()
    hand_in(account_id, documents=FILE)
    assert queries.due_checks(until=NOW, limit=9) == []

    sweep_until(NOW + timedelta(minutes=1), sources=DUE_SOURCES)

    ((at, _, _),) = queries.due_checks(until=LATER, limit=9)
    assert at == NOW + timedelta(minutes=1) + AGAIN_AFTER


@pytest.mark.usefixtures("_no_scanner")
def test_without_a_scanner_a_reviewer_answers_for_what_she_opens() -> None:
    account_id = customer()
    papers_id = hand_in(account_id, documents=FILE)
    document = only_document(account_id, papers_id)
    assert document.checked == "unscanned"
    assert parts(account_id) == {"copy"}
    with pytest.raises(DocumentNotReleased):
        look(account_id, papers_id)

    def release(reason: str) -> None:
        actions.release(
            account_id,
            papers_id=papers_id,
            document_id=document.id,
            reason=reason,
            actor=HER,
            now=LATER,
        )

    with pytest.raises(ReasonMissing):
        release("  ")
    with pytest.raises(DocumentNotReleased):
        look(account_id, papers_id)
    release("Drawn anew, and our scanner is bought next week.")

    approve(account_id, papers_id)
    row = Document.objects.get(account_id=account_id)
    assert (row.checked, row.released_by) == ("released", HER)
    assert b"bought" not in bytes(row.release or b"")
    assert breaches() == []


def test_reviewer_gets_no_part_of_a_document_whose_end_is_missing() -> None:
    account_id = customer()
    papers_id = hand_in(account_id, documents=FILE)
    last = Slice.objects.filter(account_id=account_id).order_by("-number").first()
    assert last is not None
    last.delete()

    with pytest.raises(SealBroken):
        look(account_id, papers_id)


def test_nothing_of_the_upload_but_its_picture_is_kept() -> None:
    account_id = customer()
    papers_id = hand_in(
        account_id, documents={DocumentKind.IDENTITY: JPEG + b"<script>" + EICAR[:20]}
    )

    take_and_open(account_id, papers_id=papers_id, actor=HER, now=LATER)
    opened = actions.open_document(
        account_id,
        papers_id=papers_id,
        document_id=only_document(account_id, papers_id).id,
        actor=HER,
        now=LATER,
    )

    assert (b"script" in opened.content, EICAR[:20] in opened.content) == (False, False)
