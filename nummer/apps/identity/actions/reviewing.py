"""What a reviewer does: she opens papers from the queue, and judges them.

Each opening is written down before anything is unsealed, for the customer to read (LD-T4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.identity import ports
from nummer.apps.identity.errors import (
    NoSuchPapers,
    PapersExpired,
    PapersJudged,
    PapersNotOpened,
    ReasonMissing,
)
from nummer.apps.identity.models import Document, Look, Papers
from nummer.apps.identity.queries import CONTENT, KEPT, WORDS, declared
from nummer.apps.identity.words import Media, Reason, State
from nummer.apps.notify import actions as notify
from nummer.apps.vault.actions import forget_keys, seal_text, unseal_bytes
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.redact import redact

WORDS_LENGTH_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in clear, for the eyes of the one whose look was written down."""

    media: Media
    content: bytes = field(repr=False)


def open_papers(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> dict[str, str]:
    """Return the declared fields of papers that wait; the look is written down.

    Refuses: NoSuchPapers, PapersJudged, KeyDestroyed. Locks: the papers.
    """
    with transaction.atomic():
        row = _waiting(account_id, papers_id)
        _note_look(row, document="", actor=actor, now=now)
        return declared(row)


def open_document(
    account_id: int, *, papers_id: UUID, document_id: UUID, actor: str, now: datetime
) -> Opened:
    """Return a document of papers that wait; the look is written down.

    Refuses: NoSuchPapers, PapersJudged, KeyDestroyed. Locks: the papers.
    """
    with transaction.atomic():
        row = _waiting(account_id, papers_id)
        found = Document.objects.filter(
            account_id=account_id, papers_id=papers_id, id=document_id
        ).first()
        if found is None:
            raise NoSuchPapers
        assert found.content is not None, "what waits is not purged"
        _note_look(row, document=found.kind, actor=actor, now=now)
        content = unseal_bytes(
            bytes(found.content),
            account_id=account_id,
            klass=KeyClass.PAPERS,
            place=CONTENT,
            row=found.id,
        )
        return Opened(Media(found.media), content)


def approve(
    account_id: int, *, papers_id: UUID, expires_on: date | None, actor: str, now: datetime
) -> None:
    """Let papers count until the end of a day, None: without end; what waits for them goes on.

    Refuses: NoSuchPapers, PapersJudged, PapersExpired, PapersNotOpened (by `actor`, each
    document). Locks: the papers, then what waits.
    """
    if expires_on is not None and expires_on < now.astimezone(UTC).date():
        raise PapersExpired
    with transaction.atomic():
        row = _waiting(account_id, papers_id)
        row.state, row.expires_on = State.APPROVED, expires_on
        _judged(row, actor=actor, now=now)
        ports.tell_approved(account_id, now=now)


def refuse(
    account_id: int,
    *,
    papers_id: UUID,
    reasons: Sequence[Reason],
    words: str,
    actor: str,
    now: datetime,
) -> None:
    """Refuse papers with reasons, which the customer gets by mail; he may hand in others.

    Refuses: NoSuchPapers, PapersJudged, ReasonMissing. Locks: the papers.
    """
    clean = redact(words.strip())[:WORDS_LENGTH_MAX]
    if not reasons or (Reason.OTHER in reasons and not clean):
        raise ReasonMissing
    with transaction.atomic():
        row = _waiting(account_id, papers_id)
        row.state, row.reasons = State.REFUSED, sorted(set(reasons))
        forget_keys(account_id)  # it may be another one than this process remembers
        row.words = seal_text(
            clean, account_id=account_id, klass=KeyClass.PAPERS, place=WORDS, row=row.id
        )
        _judged(row, actor=actor, now=now)
        notify.send_letter(
            account_id,
            letter="papers-refused",
            context={"reasons": list(row.reasons), "words": clean},
            now=now,
            key=id_of("papers-refused", row.id),
        )


def _waiting(account_id: int, papers_id: UUID) -> Papers:
    rows = Papers.objects.select_for_update().filter(account_id=account_id, id=papers_id)
    row = rows.first()
    if row is None:
        raise NoSuchPapers
    if row.state != State.WAITING:
        raise PapersJudged
    return row


def _note_look(row: Papers, *, document: str, actor: str, now: datetime) -> None:
    Look.objects.create(
        account_id=row.account_id,
        id=new_id(),
        papers_id=row.id,
        document=document,
        actor=actor,
        at=now,
    )
    _record(row, verb="papers_opened", fields=[document or "declared"], actor=actor, now=now)


def _judged(row: Papers, *, actor: str, now: datetime) -> None:
    """Write the judgement; whoever judges has opened the papers, whoever approves all of them.

    Refuses: NoSuchPapers, PapersNotOpened.
    """
    looks = Look.objects.filter(account_id=row.account_id, papers_id=row.id, actor=actor)
    opened = set(looks.values_list("document", flat=True))
    if not opened:
        raise NoSuchPapers
    if row.state == State.APPROVED and not opened >= _all_of(row):
        raise PapersNotOpened
    row.judged_at, row.judged_by, row.purge_at = now, actor, now + KEPT
    row.save()
    ports.tell_judged(row.account_id, papers_id=row.id, actor=actor, now=now)
    _record(row, verb=f"papers_{row.state}", fields=["state"], actor=actor, now=now)


def _all_of(row: Papers) -> set[str]:
    """Return what can be opened of papers: the fields, and each document by its kind."""
    kinds = Document.objects.filter(account_id=row.account_id, papers_id=row.id)
    return {"", *kinds.values_list("kind", flat=True)}


def _record(row: Papers, *, verb: str, fields: list[str], actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="identity_papers",
        row=str(row.id),
        account_id=row.account_id,
        fields=fields,
        now=now,
    )
