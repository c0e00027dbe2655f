"""Reads of bundles and their pieces, as their owner sees them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from nummer.apps.accounts import queries as accounts
from nummer.apps.bundles.errors import NoSuchBundle, NoSuchPiece
from nummer.apps.bundles.models import Assignment, Bundle, Piece
from nummer.apps.bundles.words import BundleState, PieceKind
from nummer.apps.identity import queries as identity
from nummer.apps.identity.errors import NoSuchPapers
from nummer.apps.identity.queries import Asked, PapersRow
from nummer.apps.identity.words import DocumentKind, Field, Media, Reason, State
from nummer.apps.vault.actions import Sealed, unseal_bytes, unseal_many
from nummer.apps.vault.keys import KeyClass

Place = Literal["bundles_bundle.said", "bundles_piece.said"]
BUNDLE_SAID: Final[Place] = "bundles_bundle.said"
PIECE_SAID: Final[Place] = "bundles_piece.said"
CONTENT: Final = "bundles_piece.content"
LISTED_MAX: Final = 100  # above what an account may have
# What programs of the protocol that bundles come from call our fields.
ALIASES: Final = {
    "business_name": Field.COMPANY_NAME,
    "business_registration_number": Field.COMPANY_NUMBER,
}


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A person or a document; `fields` are what was said of it, by the names that were given."""

    id: UUID
    kind: PieceKind
    type: str
    name: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    media: Media | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class BundleRow:
    """A bundle; `reasons` and `valid_until` are those of its papers."""

    id: UUID
    country: str
    kind: str
    state: BundleState
    name: str = field(repr=False)
    email: str = field(repr=False)
    url: str = field(repr=False)
    reasons: tuple[Reason, ...]
    valid_until: date | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """A piece in a bundle."""

    id: UUID
    piece_id: UUID
    kind: PieceKind
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a bundle has of what a rule asks for; `missing` names the rest."""

    fields: Mapping[Field, str] = field(repr=False)
    documents: Mapping[DocumentKind, UUID]
    missing: tuple[Field | DocumentKind, ...]


def asked(account_id: int, *, country: str, kind: str, now: datetime) -> Asked:
    """Return what the rule in force asks of an account for numbers of a country and kind."""
    customer = accounts.account(account_id).kind
    return identity.asked(country=country, kind=kind, supplier="", customer=customer, at=now)


def pieces(account_id: int, *, kind: PieceKind) -> list[PieceRow]:
    """Return people or documents, newest first; there are few."""
    found = Piece.objects.filter(account_id=account_id, kind=kind).defer("content")
    return _pieces(account_id, list(found.order_by("-id")[:LISTED_MAX]))


def state_of_piece(account_id: int, *, piece_id: UUID, now: datetime) -> BundleState:
    """Return where the bundle stands that a piece was put into last; DRAFT where it is in none."""
    found = Assignment.objects.filter(account_id=account_id, piece_id=piece_id).order_by("-id")
    last = found.first()
    if last is None:
        return BundleState.DRAFT
    return bundle(account_id, bundle_id=last.bundle_id, now=now).state


def piece(account_id: int, *, piece_id: UUID, kind: PieceKind) -> PieceRow:
    """Return a person or document. Refuses: NoSuchPiece."""
    found = Piece.objects.filter(account_id=account_id, id=piece_id, kind=kind).defer("content")
    rows = _pieces(account_id, list(found))
    if not rows:
        raise NoSuchPiece
    return rows[0]


def bundles(account_id: int, *, now: datetime) -> list[BundleRow]:
    """Return bundles, newest first; there are few."""
    found = Bundle.objects.filter(account_id=account_id).order_by("-id")
    return _bundles(account_id, list(found[:LISTED_MAX]), now)


def bundle(account_id: int, *, bundle_id: UUID, now: datetime) -> BundleRow:
    """Return a bundle. Refuses: NoSuchBundle."""
    rows = _bundles(
        account_id, list(Bundle.objects.filter(account_id=account_id, id=bundle_id)), now
    )
    if not rows:
        raise NoSuchBundle
    return rows[0]


def assignments(account_id: int, *, bundle_id: UUID) -> list[AssignmentRow]:
    """Return what is in a bundle, newest first; there is little. Refuses: NoSuchBundle."""
    if not Bundle.objects.filter(account_id=account_id, id=bundle_id).exists():
        raise NoSuchBundle
    found = Assignment.objects.filter(account_id=account_id, bundle_id=bundle_id)
    rows = list(found.order_by("-id"))
    kinds = dict(
        Piece.objects.filter(
            account_id=account_id, id__in=[row.piece_id for row in rows]
        ).values_list("id", "kind")
    )
    return [
        AssignmentRow(row.id, row.piece_id, PieceKind(kinds[row.piece_id]), row.created_at)
        for row in rows
        if row.piece_id in kinds
    ]


def gathered(account_id: int, *, bundle_id: UUID, wanted: Asked) -> Gathered:
    """Return what a bundle's pieces have of what is asked for. Refuses: NoSuchBundle.

    A field counts wherever it was said; of two documents of a kind the later one counts.
    """
    ids = [row.piece_id for row in assignments(account_id, bundle_id=bundle_id)]
    found = Piece.objects.filter(account_id=account_id, id__in=ids).defer("content")
    rows = _pieces(account_id, list(found.order_by("id")))
    said: dict[str, str] = {}
    for row in rows:
        said.update({ALIASES.get(name, name): text for name, text in row.fields.items()})
    fields = {name: said[name] for name in wanted.fields if said.get(name)}
    documents = {
        DocumentKind(row.type): row.id
        for row in rows
        if row.kind is PieceKind.DOCUMENT and row.media is not None
    }
    held = {kind: documents[kind] for kind in wanted.documents if kind in documents}
    missing = [*(name for name in wanted.fields if name not in fields)]
    without = [*(kind for kind in wanted.documents if kind not in held)]
    return Gathered(fields, held, (*missing, *without))


def file_of(account_id: int, *, piece_id: UUID) -> bytes:
    """Return the file of a document in clear, to hand it in. Refuses: NoSuchPiece."""
    row = Piece.objects.filter(account_id=account_id, id=piece_id).first()
    if row is None or row.content is None:
        raise NoSuchPiece
    return unseal_bytes(
        bytes(row.content),
        account_id=account_id,
        klass=KeyClass.PAPERS,
        place=CONTENT,
        row=piece_id,
    )


# The owner of a bundle that was judged, and where it stands; by the moment of its judgement.
_TO_BE_TOLD: Final = """
SELECT p.judged_at, b.account_id, b.id
  FROM bundles_bundle b
  JOIN identity_papers p ON p.account_id = b.account_id AND p.id = b.papers_id
 WHERE NOT b.told AND b.papers_id IS NOT NULL AND p.judged_at <= %s
 ORDER BY p.judged_at, b.account_id, b.id LIMIT %s
"""


def to_be_told(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return bundles of which something was found by a moment, and nobody was told yet."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_BE_TOLD, [until, limit])
        return list(cursor.fetchall())


def oldest_changed_at() -> datetime | None:
    """Return when the piece, or bundle without papers, was changed that was so the longest ago."""
    firsts = (
        Piece.objects.order_by("changed_at").values_list("changed_at", flat=True).first(),
        Bundle.objects.filter(papers_id=None)
        .order_by("changed_at")
        .values_list("changed_at", flat=True)
        .first(),
    )
    return min((one for one in firsts if one is not None), default=None)


def _pieces(account_id: int, rows: Sequence[Piece]) -> list[PieceRow]:
    said = _said(account_id, ((row.id, row.said) for row in rows), place=PIECE_SAID)
    return [
        PieceRow(
            id=row.id,
            kind=PieceKind(row.kind),
            type=row.type,
            name=words["name"],
            fields=words["fields"],
            media=Media(row.media) if row.media else None,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )
        for row, words in zip(rows, said, strict=True)
    ]


def _bundles(account_id: int, rows: Sequence[Bundle], now: datetime) -> list[BundleRow]:
    said = _said(account_id, ((row.id, row.said) for row in rows), place=BUNDLE_SAID)
    return [_bundle(account_id, row, words, now) for row, words in zip(rows, said, strict=True)]


def _bundle(account_id: int, row: Bundle, words: dict[str, Any], now: datetime) -> BundleRow:
    papers = _papers(account_id, row)
    return BundleRow(
        id=row.id,
        country=row.country,
        kind=row.kind,
        state=_state(papers, now),
        name=words["name"],
        email=words["email"],
        url=words["url"],
        reasons=() if papers is None else papers.reasons,
        valid_until=None if papers is None else papers.expires_on,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _papers(account_id: int, row: Bundle) -> PapersRow | None:
    if row.papers_id is None:
        return None
    try:
        return identity.papers(account_id, papers_id=row.papers_id)
    except NoSuchPapers:  # deleted when their time was over
        return None


def _state(papers: PapersRow | None, now: datetime) -> BundleState:
    if papers is None:
        return BundleState.DRAFT
    if papers.state is State.REFUSED:
        return BundleState.REFUSED
    if papers.state is State.APPROVED:
        over = papers.expires_on is not None and papers.expires_on < now.astimezone(UTC).date()
        return BundleState.EXPIRED if over else BundleState.APPROVED
    looks = identity.looks(papers.account_id)
    opened = any(look.papers_id == papers.id for look in looks)
    return BundleState.OPENED if opened else BundleState.SUBMITTED


def _said(
    account_id: int, rows: Iterable[tuple[UUID, bytes]], *, place: Place
) -> list[dict[str, Any]]:
    sealed = [
        Sealed(bytes(said), account_id, KeyClass.PAPERS, place, row_id) for row_id, said in rows
    ]
    return [json.loads(words) for words in unseal_many(sealed)] if sealed else []
