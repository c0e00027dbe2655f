"""Asking the scanner again about documents that it could not look at when they came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from nummer.apps.identity import ports
from nummer.apps.identity.actions.inspecting import Inspected, inspect
from nummer.apps.identity.actions.purging import forget_files
from nummer.apps.identity.actions.reviewing import refuse_unseen
from nummer.apps.identity.actions.store import file_of, keep_file, one_at_a_time
from nummer.apps.identity.errors import DocumentInfected, DocumentsBusy
from nummer.apps.identity.models import Document
from nummer.apps.identity.words import Checked, Part, Reason
from nummer.apps.vault.actions import forget_keys
from nummer.kernel.errors import Refusal
from nummer.kernel.jobs import CHECK_DOCUMENT

AGAIN_AFTER: Final = timedelta(minutes=5)


def look_after_document(account_id: int, *, document_id: UUID, at: datetime) -> None:
    """In the sweeper: give a document that is still held a job. Locks: its row."""
    with transaction.atomic():
        row = _held(account_id, document_id)
        if row is None or row.check_at is None or row.check_at > at:
            return
        row.check_at = at + AGAIN_AFTER
        row.save(update_fields=["check_at"])
        task = app.configure_task(CHECK_DOCUMENT)
        task.defer(account_id=account_id, document_id=str(document_id))


def check_document(account_id: int, *, document_id: UUID, now: datetime) -> None:
    """Look at a held document anew; clean, it goes on to a reviewer, infected, it is refused.

    While the scanner is away or has no signatures it stays held. It may run twice. Locks: the
    account's papers; not while the scanner is asked.
    """
    scanner = ports.scanner()
    if scanner is not None and not scanner.ready():
        return
    with transaction.atomic():
        row = _held(account_id, document_id)
        if row is None:
            return
        content = file_of(account_id, document_id=document_id, part=Part.UPLOAD)
    try:
        found = inspect(account_id, content)
    except DocumentsBusy:
        return
    except Refusal as refusal:
        infected = isinstance(refusal, DocumentInfected)
        reason = Reason.INFECTED if infected else Reason.NOT_READABLE
        _refuse(account_id, document_id, reason, now=now)
        return
    if found.checked is not Checked.HELD:
        _let_go(account_id, document_id, found)


def _let_go(account_id: int, document_id: UUID, found: Inspected) -> None:
    with transaction.atomic():
        one_at_a_time(account_id)
        forget_keys(account_id)  # a purge may just have replaced the one in memory
        row = _held(account_id, document_id)
        if row is None:
            return
        forget_files(account_id, [document_id])
        keep_file(account_id, document_id=document_id, part=Part.COPY, content=found.copy.content)
        row.checked, row.check_at = found.checked, None
        row.media, row.octets = found.copy.media, len(found.copy.content)
        row.save()


def _refuse(account_id: int, document_id: UUID, reason: Reason, *, now: datetime) -> None:
    with transaction.atomic():
        one_at_a_time(account_id)
        row = _held(account_id, document_id)
        if row is None:
            return
        forget_files(account_id, [document_id])
        row.checked, row.check_at = Checked.REFUSED, None
        row.save(update_fields=["checked", "check_at"])
        refuse_unseen(account_id, papers_id=row.papers_id, reason=reason, now=now)


def _held(account_id: int, document_id: UUID) -> Document | None:
    rows = Document.objects.select_for_update()
    return rows.filter(account_id=account_id, id=document_id, checked=Checked.HELD).first()
