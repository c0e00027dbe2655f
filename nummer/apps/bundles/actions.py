"""The verbs of bundles: saying, sending, assigning, submitting, and forgetting."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from nummer.apps.bundles import queries
from nummer.apps.bundles.errors import (
    BundleInReview,
    NoSuchBundle,
    NoSuchPiece,
    NothingAsked,
    PieceMalformed,
    TooManyPieces,
)
from nummer.apps.bundles.models import Assignment, Bundle, Piece
from nummer.apps.bundles.queries import (
    BUNDLE_SAID,
    CONTENT,
    PIECE_SAID,
    AssignmentRow,
    BundleRow,
    Gathered,
    PieceRow,
    Place,
)
from nummer.apps.bundles.words import CHANGEABLE, LOOKED_AT, PieceKind
from nummer.apps.identity import actions as identity
from nummer.apps.identity.contents import media_of
from nummer.apps.identity.errors import DocumentsBusy, PapersNotComplete
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind
from nummer.apps.vault.actions import forget_keys, seal_bytes, seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.apps.webhooks import actions as webhooks
from nummer.apps.webhooks.actions.addresses import require_callable
from nummer.apps.webhooks.errors import AddressRefused
from nummer.apps.webhooks.kinds import BUNDLE_UPDATED
from nummer.kernel.ids import new_id
from nummer.kernel.redact import redact

KEPT: Final = timedelta(days=30)  # an order waits for papers as long (ADR 280)
PURGED_AT_ONCE: Final = 500
BUNDLES_MAX: Final = 50
PEOPLE_MAX: Final = 50
DOCUMENTS_MAX: Final = 20  # of up to 8 MB each
FIELDS_MAX: Final = 30
NAME_LENGTH_MAX: Final = 200
PEOPLE: Final = ("individual", "business")
DIALECT: Final = "twilio"  # the only one that speaks of bundles
_KEY_LENGTH_MAX: Final = 40
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_MOST: Final = {PieceKind.PERSON: PEOPLE_MAX, PieceKind.DOCUMENT: DOCUMENTS_MAX}


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of a piece: None leaves what there is, and so it does with the file."""

    name: str | None = field(default=None, repr=False)
    fields: Mapping[str, object] | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)


def add_piece(
    account_id: int, *, kind: PieceKind, type_: str, said: Said, now: datetime
) -> PieceRow:
    """Keep a person's fields or a document, sealed, until it is handed in with a bundle.

    Numbers of cards and accounts are blotted out (PP-2.3b). Refuses: PieceMalformed,
    TooManyPieces, KeyDestroyed, and what `inspect` of identity refuses.
    Locks: the account's papers.
    """
    known = PEOPLE if kind is PieceKind.PERSON else tuple(DocumentKind)
    if type_ not in known or (kind is PieceKind.PERSON and said.content is not None):
        raise PieceMalformed
    _look_at(account_id, said)
    piece_id = new_id()
    row = Piece(
        account_id=account_id,
        id=piece_id,
        kind=kind,
        type=type_,
        created_at=now,
        changed_at=now,
    )
    with transaction.atomic():
        _seal_in_turn(account_id)
        _put(row, said, name="", fields={})
        if Piece.objects.filter(account_id=account_id, kind=kind).count() >= _MOST[kind]:
            raise TooManyPieces
        row.save(force_insert=True)
    return queries.piece(account_id, piece_id=piece_id, kind=kind)


def change_piece(
    account_id: int, *, piece_id: UUID, kind: PieceKind, said: Said, now: datetime
) -> PieceRow:
    """Say something else of a piece.

    Refuses: NoSuchPiece, BundleInReview, and what `add_piece` refuses. Locks: the account's
    papers, the piece.
    """
    _look_at(account_id, said)
    with transaction.atomic():
        _seal_in_turn(account_id)
        row = _locked_piece(account_id, piece_id, kind)
        _require_piece_free(account_id, piece_id, now)
        known = queries.piece(account_id, piece_id=piece_id, kind=kind)
        if kind is PieceKind.PERSON and said.content is not None:
            raise PieceMalformed
        _put(row, said, name=known.name, fields=known.fields)
        row.changed_at = now
        row.save()
    return queries.piece(account_id, piece_id=piece_id, kind=kind)


def remove_piece(account_id: int, *, piece_id: UUID, kind: PieceKind, now: datetime) -> None:
    """Forget a piece, in every bundle; with the last of all goes the key.

    Refuses: NoSuchPiece, BundleInReview. Locks: the account's papers, the piece.
    """
    with transaction.atomic():
        identity.one_at_a_time(account_id)
        row = _locked_piece(account_id, piece_id, kind)
        _require_piece_free(account_id, piece_id, now)
        Assignment.objects.filter(account_id=account_id, piece_id=piece_id).delete()
        row.delete()
        _end_key(account_id, now)


@dataclass(frozen=True, slots=True)
class BundleSaid:
    """What is said of a bundle: None leaves what there is; `url` is told what will be found."""

    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)


def add_bundle(
    account_id: int, *, country: str, kind: str, said: BundleSaid, now: datetime
) -> BundleRow:
    """Begin a bundle for numbers of a country and kind.

    Refuses: NothingAsked, TooManyPieces, AddressRefused, PieceMalformed, KeyDestroyed.
    Locks: the account's papers.
    """
    if not queries.asked(account_id, country=country, kind=kind, now=now):
        raise NothingAsked
    row = Bundle(
        account_id=account_id,
        id=new_id(),
        country=country,
        kind=kind,
        created_at=now,
        changed_at=now,
    )
    with transaction.atomic():
        _seal_in_turn(account_id)
        _tell_of(row, said, name="", email="", url="")
        if Bundle.objects.filter(account_id=account_id).count() >= BUNDLES_MAX:
            raise TooManyPieces
        row.save(force_insert=True)
    return queries.bundle(account_id, bundle_id=row.id, now=now)


def change_bundle(
    account_id: int, *, bundle_id: UUID, said: BundleSaid, now: datetime
) -> BundleRow:
    """Say something else of a bundle.

    Refuses: NoSuchBundle, BundleInReview. Locks: the account's papers, the bundle.
    """
    with transaction.atomic():
        _seal_in_turn(account_id)
        row = _locked(account_id, bundle_id)
        known = _require_changeable(account_id, bundle_id, now)
        _tell_of(row, said, name=known.name, email=known.email, url=known.url)
        row.changed_at = now
        row.save()
    return queries.bundle(account_id, bundle_id=bundle_id, now=now)


def remove_bundle(account_id: int, *, bundle_id: UUID, now: datetime) -> None:
    """Forget a bundle, not its pieces; with the last of all goes the key.

    Refuses: NoSuchBundle, BundleInReview. Locks: the account's papers, the bundle.
    """
    with transaction.atomic():
        identity.one_at_a_time(account_id)
        row = _locked(account_id, bundle_id)
        _require_changeable(account_id, bundle_id, now)
        Assignment.objects.filter(account_id=account_id, bundle_id=bundle_id).delete()
        row.delete()
        _end_key(account_id, now)


def submit(account_id: int, *, bundle_id: UUID, now: datetime) -> BundleRow:
    """Hand in what the rule of a bundle asks for, out of its pieces; a reviewer looks at it then.

    Nothing else than the rule names goes on. Takes seconds. Refuses: NoSuchBundle,
    BundleInReview, NothingAsked, and what `hand_in` of identity refuses. Locks: the account's
    papers, the bundle; not while the files are looked at.
    """
    _, files, _ = _complete(account_id, bundle_id, now)
    identity.require_room(account_id, now=now)
    inspected = identity.inspect_all(account_id, files)
    with transaction.atomic():
        _seal_in_turn(account_id)
        row = _locked(account_id, bundle_id)
        found, same, wanted = _complete(account_id, bundle_id, now)
        if same != files:  # changed while we looked
            raise DocumentsBusy
        row.papers_id = identity.keep(
            account_id, wanted=wanted, fields=found.fields, documents=inspected, now=now
        )
        row.told = not queries.bundle(account_id, bundle_id=bundle_id, now=now).url
        row.changed_at = now
        row.save()
    return queries.bundle(account_id, bundle_id=bundle_id, now=now)


def _complete(
    account_id: int, bundle_id: UUID, now: datetime
) -> tuple[Gathered, dict[DocumentKind, bytes], Asked]:
    """Return what a bundle has of what is asked for, its files, and what that is.

    Refuses: NoSuchBundle, BundleInReview, NothingAsked, PapersNotComplete.
    """
    row = _require_changeable(account_id, bundle_id, now)
    wanted = queries.asked(account_id, country=row.country, kind=row.kind, now=now)
    if not wanted:
        raise NothingAsked
    found = queries.gathered(account_id, bundle_id=bundle_id, wanted=wanted)
    if found.missing:
        raise PapersNotComplete
    files = {
        kind: queries.file_of(account_id, piece_id=piece_id)
        for kind, piece_id in found.documents.items()
    }
    return found, files, wanted


def assign(account_id: int, *, bundle_id: UUID, piece_id: UUID, now: datetime) -> AssignmentRow:
    """Put a piece into a bundle; twice is once.

    Refuses: NoSuchBundle, NoSuchPiece, BundleInReview. Locks: the bundle, then the piece.
    """
    with transaction.atomic():
        _locked(account_id, bundle_id)
        _require_changeable(account_id, bundle_id, now)
        pieces = Piece.objects.select_for_update().filter(account_id=account_id, id=piece_id)
        if pieces.defer("content").first() is None:
            raise NoSuchPiece
        Assignment.objects.bulk_create(
            [
                Assignment(
                    account_id=account_id,
                    id=new_id(),
                    bundle_id=bundle_id,
                    piece_id=piece_id,
                    created_at=now,
                )
            ],
            ignore_conflicts=True,
        )
    rows = queries.assignments(account_id, bundle_id=bundle_id)
    return next(row for row in rows if row.piece_id == piece_id)


def unassign(account_id: int, *, bundle_id: UUID, assignment_id: UUID, now: datetime) -> None:
    """Take a piece out of a bundle. Refuses: NoSuchBundle, NoSuchPiece, BundleInReview."""
    with transaction.atomic():
        _locked(account_id, bundle_id)
        _require_changeable(account_id, bundle_id, now)
        found = Assignment.objects.filter(
            account_id=account_id, bundle_id=bundle_id, id=assignment_id
        )
        if not found.delete()[0]:
            raise NoSuchPiece


def tell(account_id: int, *, bundle_id: UUID, now: datetime) -> None:
    """Tell the address of a bundle, once, that something was found. Locks: the bundle."""
    with transaction.atomic():
        row = _locked(account_id, bundle_id)
        if row.told:
            return
        found = queries.bundle(account_id, bundle_id=bundle_id, now=now)
        row.told = True
        row.save(update_fields=["told"])
        if found.url:
            _announce(account_id, found, now)


def _announce(account_id: int, found: BundleRow, now: datetime) -> None:
    # An address that may no longer be called is told nothing, as any other.
    with suppress(AddressRefused):
        webhooks.announce_to(
            account_id,
            url=found.url,
            dialect=DIALECT,
            kind=BUNDLE_UPDATED,
            subject_id=found.id,
            word=found.state,
            now=now,
        )


def purge(*, before: datetime, now: datetime) -> int:
    """Forget pieces, and bundles that were never submitted, not changed since; return how many.

    What a bundle under review was made of is in its papers. Assignments go with either side, and
    the key with the last of an account. Locks: the papers of one account after the other.
    """
    pieces = _accounts(Piece.objects.filter(changed_at__lte=before))
    bundles = _accounts(Bundle.objects.filter(papers_id=None, changed_at__lte=before))
    return sum(_purge(account_id, before, now) for account_id in sorted(pieces | bundles))


def _purge(account_id: int, before: datetime, now: datetime) -> int:
    """Look again under the lock: what was changed meanwhile stays."""
    old = {"account_id": account_id, "changed_at__lte": before}
    with transaction.atomic():
        identity.one_at_a_time(account_id)
        # Bundles before pieces, as `assign` locks them.
        bundles = Bundle.objects.filter(papers_id=None, **old).order_by("id")
        bundle_ids = list(bundles.select_for_update().values_list("id", flat=True))
        pieces = Piece.objects.filter(**old).order_by("id")
        piece_ids = list(pieces.select_for_update().values_list("id", flat=True))
        Assignment.objects.filter(
            Q(bundle_id__in=bundle_ids) | Q(piece_id__in=piece_ids), account_id=account_id
        ).delete()
        Bundle.objects.filter(account_id=account_id, id__in=bundle_ids).delete()
        Piece.objects.filter(account_id=account_id, id__in=piece_ids).delete()
        if bundle_ids or piece_ids:
            _end_key(account_id, now)
    return len(bundle_ids) + len(piece_ids)


def _accounts(found: QuerySet[Any]) -> set[int]:
    """Return whose the eldest are."""
    return set(found.order_by("changed_at").values_list("account_id", flat=True)[:PURGED_AT_ONCE])


def forget_papers(account_id: int, papers_id: UUID) -> bool:
    """Forget the bundle of which purged papers were made; say whether there are others.

    What others hold is sealed with the same key. Runs in the transaction of the purge, which has
    locked the account's papers. Locks: the bundle.
    """
    mine = Bundle.objects.filter(account_id=account_id, papers_id=papers_id)
    for bundle_id in mine.select_for_update().values_list("id", flat=True):
        Assignment.objects.filter(account_id=account_id, bundle_id=bundle_id).delete()
    mine.delete()
    return _kept(account_id)


def _kept(account_id: int) -> bool:
    return any(each.objects.filter(account_id=account_id).exists() for each in (Bundle, Piece))


def _end_key(account_id: int, now: datetime) -> None:
    """Destroy the key of papers with the last that it sealed. Locked: the account's papers."""
    if not _kept(account_id):
        identity.end_key(account_id, now=now)


def _seal_in_turn(account_id: int) -> None:
    """Let no purge replace the key while something is sealed with it: it would be lost."""
    identity.one_at_a_time(account_id)
    forget_keys(account_id)  # a purge may just have replaced the one in memory


def _look_at(account_id: int, said: Said) -> None:
    """Refuse a file that could not be handed in; it is drawn anew when it is. Takes seconds."""
    if said.content is not None:
        identity.inspect(account_id, said.content)


def _put(row: Piece, said: Said, *, name: str, fields: Mapping[str, object]) -> None:
    """Write what is said over what there was, sealed; the row is not saved yet.

    Refuses: PieceMalformed, DocumentNotReadable, DocumentTooLarge, KeyDestroyed.
    """
    words = _fields(fields if said.fields is None else said.fields)
    whole = {"name": _line(name if said.name is None else said.name), "fields": words}
    row.said = _sealed(row.account_id, row.id, place=PIECE_SAID, words=whole)
    if said.content is not None:
        row.media = media_of(said.content)
        row.content = seal_bytes(
            said.content,
            account_id=row.account_id,
            klass=KeyClass.PAPERS,
            place=CONTENT,
            row=row.id,
        )


def _tell_of(row: Bundle, said: BundleSaid, *, name: str, email: str, url: str) -> None:
    if said.url:
        require_callable(said.url)
    whole = {
        "name": _line(name if said.name is None else said.name),
        "email": _line(email if said.email is None else said.email),
        "url": url if said.url is None else said.url,
    }
    row.said = _sealed(row.account_id, row.id, place=BUNDLE_SAID, words=whole)


def _sealed(account_id: int, row_id: UUID, *, place: Place, words: Mapping[str, object]) -> bytes:
    return seal_text(
        json.dumps(words), account_id=account_id, klass=KeyClass.PAPERS, place=place, row=row_id
    )


def _fields(given: Mapping[str, object]) -> dict[str, str]:
    """Return fields as they are kept. Refuses: PieceMalformed (too many, too long, no texts)."""
    if len(given) > FIELDS_MAX:
        raise PieceMalformed
    fields: dict[str, str] = {}
    for name, value in given.items():
        if not isinstance(value, str) or not 0 < len(name) <= _KEY_LENGTH_MAX:
            raise PieceMalformed
        fields[redact(name)] = _line(value)
    return fields


def _line(text: str) -> str:
    """Refuses: PieceMalformed."""
    line = redact(" ".join(text.split()))
    if len(line) > NAME_LENGTH_MAX or _CONTROL.search(line):
        raise PieceMalformed
    return line


def _locked(account_id: int, bundle_id: UUID) -> Bundle:
    rows = Bundle.objects.select_for_update().filter(account_id=account_id, id=bundle_id)
    row = rows.first()
    if row is None:
        raise NoSuchBundle
    return row


def _locked_piece(account_id: int, piece_id: UUID, kind: PieceKind) -> Piece:
    rows = Piece.objects.select_for_update().filter(account_id=account_id, id=piece_id, kind=kind)
    row = rows.first()
    if row is None:
        raise NoSuchPiece
    return row


def _require_changeable(account_id: int, bundle_id: UUID, now: datetime) -> BundleRow:
    row = queries.bundle(account_id, bundle_id=bundle_id, now=now)
    if row.state not in CHANGEABLE:
        raise BundleInReview
    return row


def _require_piece_free(account_id: int, piece_id: UUID, now: datetime) -> None:
    """Refuses: BundleInReview, while a bundle that it belongs to is looked at."""
    found = Assignment.objects.filter(account_id=account_id, piece_id=piece_id)
    for bundle_id in found.order_by("bundle_id").values_list("bundle_id", flat=True):
        if queries.bundle(account_id, bundle_id=bundle_id, now=now).state in LOOKED_AT:
            raise BundleInReview
