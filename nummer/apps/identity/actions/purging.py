"""Purging papers a month after the last service that needed them (PP-2.6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.identity import ports
from nummer.apps.identity.actions.store import one_at_a_time
from nummer.apps.identity.models import Document, Papers, Slice, Transfer
from nummer.apps.identity.queries import KEPT
from nummer.apps.identity.words import State
from nummer.apps.vault.actions import replace_key
from nummer.apps.vault.keys import KeyClass

SYSTEM = "system:identity"


def purge_papers(account_id: int, *, papers_id: UUID, now: datetime) -> None:
    """Empty papers that nothing needs any more, or say when to look again.

    What was found stays, with who looked at them and where they went. With the last of an
    account's papers, and of what its programs put together for others, goes the key that sealed
    them. Repeating it changes nothing. Locks: the account's papers.
    """
    with transaction.atomic():
        one_at_a_time(account_id)
        rows = Papers.objects.select_for_update().filter(account_id=account_id, id=papers_id)
        row = rows.first()
        if row is None or row.purge_at is None or row.purge_at > now:
            return
        row.purge_at = _kept_until(row, now)
        if row.purge_at > now:
            row.save(update_fields=["purge_at"])
            return
        _empty(row, now)
        if not ports.tell_purged(account_id, papers_id=papers_id):
            end_key(account_id, now=now)


def end_key(account_id: int, *, now: datetime) -> None:
    """Destroy what sealed an account's papers, unless papers are kept; the next get a new key.

    The caller has locked the account's papers (`one_at_a_time`), and keeps nothing sealed itself.
    """
    if not Papers.objects.filter(account_id=account_id, purged_at=None).exists():
        replace_key(account_id, klass=KeyClass.PAPERS, now=now)


def _kept_until(row: Papers, now: datetime) -> datetime:
    """Return the moment at which papers have been of no use for long enough."""
    assert row.judged_at is not None, "only judged papers are purged"
    needed = ports.needed_until(row.account_id, now=now) if row.state == State.APPROVED else None
    return max(filter(None, (row.judged_at, needed))) + KEPT


def _empty(row: Papers, now: datetime) -> None:
    mine = {"account_id": row.account_id, "papers_id": row.id}
    documents = Document.objects.filter(**mine)
    forget_files(row.account_id, list(documents.values_list("id", flat=True)))
    documents.update(release=None, check_at=None)
    Transfer.objects.filter(**mine).update(said=None)
    row.declared = row.words = row.grounds = row.zone_index = None
    row.purge_at = row.remind_at = None
    row.purged_at = now
    row.save()
    audit.record(
        actor=SYSTEM,
        verb="papers_purged",
        place="identity_papers",
        row=str(row.id),
        account_id=row.account_id,
        fields=["declared", "words", "content"],
        now=now,
    )


def forget_files(account_id: int, document_ids: Sequence[UUID]) -> None:
    """Delete everything that is kept of some documents' files."""
    Slice.objects.filter(account_id=account_id, document_id__in=list(document_ids)).delete()
