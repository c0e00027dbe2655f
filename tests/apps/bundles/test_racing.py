"""Bundles of papers: many uploads at once, and the key that goes with the last of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from uuid import UUID

import pytest
from django.db import connection, transaction

from nummer.apps.bundles import actions, queries
from nummer.apps.bundles.actions import DOCUMENTS_MAX, BundleSaid, Said
from nummer.apps.bundles.errors import TooManyPieces
from nummer.apps.bundles.models import Bundle, Piece
from nummer.apps.bundles.words import PieceKind
from nummer.apps.identity import actions as identity
from nummer.apps.identity.words import DocumentKind, Field
from nummer.apps.vault.models import SubjectKey
from tests.apps.identity.conftest import WANTED
from tests.apps.identity.samples import PDF
from tests.builders import NOW, customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("with_papers")]

AGE = timedelta(days=31)


def upload(account_id: int) -> UUID:
    said = Said(name="Passport", content=PDF)
    return actions.add_piece(
        account_id, kind=PieceKind.DOCUMENT, type_="identity", said=said, now=NOW
    ).id


def begin(account_id: int) -> UUID:
    said = BundleSaid(name="Norway")
    return actions.add_bundle(account_id, country="NO", kind="local", said=said, now=NOW).id


def epochs(account_id: int) -> list[tuple[int, bool]]:
    keys = SubjectKey.objects.filter(account_id=account_id, klass="papers").order_by("epoch")
    return [(key.epoch, key.wrapped is None) for key in keys]


def beside(work: Callable[[], object]) -> object:
    """Do it on a connection of its own."""
    try:
        return work()
    except TooManyPieces as refusal:
        return refusal
    finally:
        connection.close()


def test_uploads_at_once_stay_within_the_most_that_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account_id = customer()
    for _ in range(DOCUMENTS_MAX - 2):
        upload(account_id)

    # A process draws one file of an account at a time; what races here are eight processes.
    monkeypatch.setattr(actions, "_look_at", lambda _account_id, _said: None)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: beside(lambda: upload(account_id)), range(8)))

    assert sum(isinstance(one, TooManyPieces) for one in answers) == 6
    assert Piece.objects.filter(account_id=account_id).count() == DOCUMENTS_MAX


def test_the_key_goes_with_the_last_piece_or_bundle_that_is_removed() -> None:
    account_id = customer()
    bundle_id, piece_id = begin(account_id), upload(account_id)

    actions.remove_bundle(account_id, bundle_id=bundle_id, now=NOW)
    kept = epochs(account_id)
    actions.remove_piece(account_id, piece_id=piece_id, kind=PieceKind.DOCUMENT, now=NOW)

    assert (kept, epochs(account_id)) == ([(1, False)], [(1, True), (2, False)])
    again = upload(account_id)
    assert queries.file_of(account_id, piece_id=again) == PDF


def test_the_key_goes_with_the_last_that_is_purged_for_its_age() -> None:
    account_id, other = customer(), customer()
    begin(account_id)
    upload(account_id)
    upload(other)
    fresh = upload(other)
    Piece.objects.filter(id=fresh).update(changed_at=NOW + AGE)

    gone = actions.purge(before=NOW, now=NOW + AGE)

    assert gone == 3
    assert epochs(account_id) == [(1, True), (2, False)]
    assert (epochs(other), queries.file_of(other, piece_id=fresh)) == ([(1, False)], PDF)
    assert not Bundle.objects.exists()


def test_the_key_stays_while_papers_are_kept() -> None:
    account_id = customer()
    identity.hand_in(
        account_id,
        wanted=WANTED,
        fields={Field.FIRST_NAME: "Kari", Field.LAST_NAME: "Nordmann"},
        documents={DocumentKind.IDENTITY: PDF},
        now=NOW,
    )
    piece_id = upload(account_id)

    actions.remove_piece(account_id, piece_id=piece_id, kind=PieceKind.DOCUMENT, now=NOW)

    assert epochs(account_id) == [(1, False)]


def test_a_removal_waits_for_an_upload_and_leaves_it_its_key() -> None:
    account_id = customer()
    piece_id = upload(account_id)
    begun = Event()

    def remove() -> None:
        begun.set()
        actions.remove_piece(account_id, piece_id=piece_id, kind=PieceKind.DOCUMENT, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            identity.one_at_a_time(account_id)
            removed = pool.submit(beside, remove)
            assert begun.wait(10)
            second = upload(account_id)
        removed.result(30)

    assert queries.file_of(account_id, piece_id=second) == PDF
    assert epochs(account_id) == [(1, False)]
