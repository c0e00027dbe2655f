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
from nummer.apps.identity.actions.reminding import reminder_of
from nummer.apps.identity.actions.store import file_of
from nummer.apps.identity.actions.tasks import require_task, taken, waiting_row
from nummer.apps.identity.errors import (
    DocumentHeld,
    DocumentNotReleased,
    FindingsStand,
    NoSuchPapers,
    PapersExpired,
    PapersNotOpened,
    ReasonMissing,
)
from nummer.apps.identity.models import Document, Look, Papers
from nummer.apps.identity.queries import GROUNDS, KEPT, RELEASE, WORDS, declared, elsewhere
from nummer.apps.identity.words import Checked, Finding, Media, Part, Reason, State
from nummer.apps.notify import actions as notify
from nummer.apps.vault.actions import forget_keys, seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.redact import redact

WORDS_LENGTH_MAX: Final = 1_000
OPENED: Final = (Checked.RELEASED, Checked.CLEAN)
SYSTEM: Final = "system:identity"


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in clear, for the eyes of the one whose look was written down."""

    media: Media
    content: bytes = field(repr=False)


def open_papers(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> dict[str, str]:
    """Return the declared fields of papers that `actor` took; the look is written down.

    Refuses: NoSuchPapers, PapersJudged, PapersNotTaken, KeyDestroyed. Locks: the papers.
    """
    require_task(account_id, papers_id=papers_id, actor=actor, now=now)
    with transaction.atomic():
        row = waiting_row(account_id, papers_id)
        _note_look(row, document="", actor=actor, now=now)
        return declared(row)


def open_document(
    account_id: int, *, papers_id: UUID, document_id: UUID, actor: str, now: datetime
) -> Opened:
    """Return the copy of a document of papers that `actor` took; the look is written down.

    Refuses: NoSuchPapers, PapersJudged, PapersNotTaken, DocumentHeld, DocumentNotReleased,
    KeyDestroyed. Locks: the papers.
    """
    require_task(account_id, papers_id=papers_id, actor=actor, now=now)
    with transaction.atomic():
        row = waiting_row(account_id, papers_id)
        found = _document(row, document_id)
        if found.checked == Checked.HELD:
            raise DocumentHeld
        if found.checked not in OPENED:
            raise DocumentNotReleased
        _note_look(row, document=found.kind, actor=actor, now=now)
        return Opened(Media(found.media), file_of(account_id, document_id=found.id, part=Part.COPY))


def release(
    account_id: int,
    *,
    papers_id: UUID,
    document_id: UUID,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """Let a document be opened that no scanner looked at, since there is none; with a reason.

    What a scanner could not look at yet is never released. Refuses: NoSuchPapers, PapersJudged,
    DocumentHeld, ReasonMissing. Locks: the papers.
    """
    clean = redact(reason.strip())[:WORDS_LENGTH_MAX]
    if not clean:
        raise ReasonMissing
    require_task(account_id, papers_id=papers_id, actor=actor, now=now)
    with transaction.atomic():
        row = waiting_row(account_id, papers_id)
        found = _document(row, document_id)
        if found.checked == Checked.HELD:
            raise DocumentHeld
        if found.checked != Checked.UNSCANNED:
            return
        found.checked, found.released_by = Checked.RELEASED, actor
        forget_keys(account_id)  # it may be another one than this process remembers
        found.release = seal_text(
            clean, account_id=account_id, klass=KeyClass.PAPERS, place=RELEASE, row=found.id
        )
        found.save(update_fields=["checked", "released_by", "release"])
        _record(row, verb="papers_released", fields=[found.kind], actor=actor, now=now)


def _document(row: Papers, document_id: UUID) -> Document:
    found = Document.objects.filter(
        account_id=row.account_id, papers_id=row.id, id=document_id
    ).first()
    if found is None:
        raise NoSuchPapers
    return found


def approve(
    account_id: int,
    *,
    papers_id: UUID,
    expires_on: date | None,
    grounds: str = "",
    actor: str,
    now: datetime,
) -> None:
    """Let papers count until the end of a day, None: without end; what waits for them goes on.

    Where a zone did not fit, `grounds` say why they count nevertheless. Refuses: NoSuchPapers,
    PapersJudged, PapersNotTaken, PapersExpired, FindingsStand, PapersNotOpened (by `actor`, each
    document). Locks: the papers, then what waits.
    """
    why = redact(grounds.strip())[:WORDS_LENGTH_MAX]
    if expires_on is not None and expires_on < now.astimezone(UTC).date():
        raise PapersExpired
    with transaction.atomic():
        row = taken(account_id, papers_id=papers_id, actor=actor)
        known = elsewhere(account_id, papers_id=papers_id)
        if known and Finding.KNOWN_ELSEWHERE not in row.findings:
            row.findings = [*row.findings, Finding.KNOWN_ELSEWHERE]
        if row.findings:
            if not why:
                raise FindingsStand
            forget_keys(account_id)  # it may be another one than this process remembers
            row.grounds = seal_text(
                why, account_id=account_id, klass=KeyClass.PAPERS, place=GROUNDS, row=row.id
            )
        row.state, row.expires_on = State.APPROVED, expires_on
        row.remind_at = reminder_of(expires_on, now=now)
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

    Refuses: NoSuchPapers, PapersJudged, PapersNotTaken, ReasonMissing. Locks: the papers.
    """
    clean = redact(words.strip())[:WORDS_LENGTH_MAX]
    if not reasons or (Reason.OTHER in reasons and not clean):
        raise ReasonMissing
    with transaction.atomic():
        row = taken(account_id, papers_id=papers_id, actor=actor)
        row.state, row.reasons, row.expires_on = State.REFUSED, sorted(set(reasons)), None
        forget_keys(account_id)  # it may be another one than this process remembers
        row.words = seal_text(
            clean, account_id=account_id, klass=KeyClass.PAPERS, place=WORDS, row=row.id
        )
        _judged(row, actor=actor, now=now)
        _tell_refused(row, words=clean, now=now)


def refuse_unseen(account_id: int, *, papers_id: UUID, reason: Reason, now: datetime) -> None:
    """Refuse papers of which a file cannot be opened by anybody, without a person's look.

    Papers that were judged stay as they are. Locks: the papers.
    """
    with transaction.atomic():
        rows = Papers.objects.select_for_update().filter(account_id=account_id, id=papers_id)
        row = rows.filter(state=State.WAITING).first()
        if row is None:
            return
        row.state, row.reasons = State.REFUSED, [reason]
        _close(row, actor=SYSTEM, now=now)
        _tell_refused(row, words="", now=now)


def _tell_refused(row: Papers, *, words: str, now: datetime) -> None:
    notify.send_letter(
        row.account_id,
        letter="papers-refused",
        context={"reasons": list(row.reasons), "words": words},
        now=now,
        key=id_of("papers-refused", row.id),
    )


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
    _close(row, actor=actor, now=now)


def _close(row: Papers, *, actor: str, now: datetime) -> None:
    row.taken_by, row.taken_at = "", None
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
