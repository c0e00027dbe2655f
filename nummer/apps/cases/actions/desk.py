"""What the staff do around a case without a word to the customer: own it, write a note, merge."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.cases.actions.opening import checked
from nummer.apps.cases.actions.store import closed, locked
from nummer.apps.cases.content import NOTE, notes_of, seal
from nummer.apps.cases.errors import CasesNotOfOne, NoSuchColleague
from nummer.apps.cases.models import Case, Message, Note, State
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of
from nummer.kernel.redact import redact


def give_case(account_id: int, *, case_id: UUID, to: int | None, actor: str, now: datetime) -> None:
    """Let a member of the staff own a case, by the id of the login; None gives it back to all.

    Refuses: NoSuchCase, NoSuchColleague. Locks: the case's row.
    """
    if to is not None and accounts.staff(to) is None:
        raise NoSuchColleague
    with transaction.atomic():
        row = locked(account_id, case_id)
        assignee = "" if to is None else f"staff:{to}"
        if row.assignee != assignee:
            Case.objects.filter(account_id=account_id, id=case_id).update(assignee=assignee)
            _record(row, verb="give_case", field="assignee", actor=actor, now=now)


def write_note(
    account_id: int, *, case_id: UUID, key: UUID, text: str, actor: str, now: datetime
) -> None:
    """Write something for the staff alone; it never leaves for the customer.

    The same key again writes nothing. Refuses: NoSuchCase, NothingWritten, MessageTooLong.
    Locks: the case's row.
    """
    written = redact(checked(text))
    with transaction.atomic():
        row = locked(account_id, case_id)
        note_id = id_of("case-note", case_id, key)
        if Note.objects.filter(account_id=account_id, id=note_id).exists():
            return
        Note.objects.create(
            account_id=account_id,
            id=note_id,
            case_id=case_id,
            actor=actor,
            at=now,
            content=seal(written.encode(), account_id=account_id, place=NOTE, row=note_id),
        )
        _record(row, verb="note_case", field="note", actor=actor, now=now)


def merge_cases(
    account_id: int, *, case_id: UUID, other_id: UUID, actor: str, now: datetime
) -> int:
    """Make two cases of one customer one: the one of the earlier contact; return its number.

    All messages and notes stand in it, and every clock is the stricter of the two. The number,
    the page and the mails of the other lead to it. Refuses: NoSuchCase, CasesNotOfOne. Locks:
    both rows.
    """
    with transaction.atomic():
        rows = sorted(
            (locked(account_id, one) for one in sorted((case_id, other_id))),
            key=lambda row: (row.received_at, row.number),
        )
        kept, gone = rows
        if not _of_one(kept, gone):
            raise CasesNotOfOne
        _take_over(kept, gone)
        closed(gone, now=now)
        Case.objects.filter(account_id=account_id, id=gone.id).update(merged_into=kept.number)
        Case.objects.filter(account_id=account_id, merged_into=gone.number).update(
            merged_into=kept.number
        )
        for model in (Message, Note):
            model.objects.filter(account_id=account_id, case_id=gone.id).update(case_id=kept.id)
        _record(gone, verb="merge_case", field="merged_into", actor=actor, now=now)
        _record(kept, verb="merge_case", field="messages", actor=actor, now=now)
    return kept.number


def _of_one(kept: Case, gone: Case) -> bool:
    """Tell whether both are the same customer's, or the same stranger's, and neither is merged."""
    if kept.id == gone.id or kept.merged_into or gone.merged_into:
        return False
    if kept.account_id != OPERATOR_ACCOUNT_ID:
        return True
    known = kept.sender_index is not None and gone.sender_index is not None
    return known and bytes(kept.sender_index or b"") == bytes(gone.sender_index or b"")


def _take_over(kept: Case, gone: Case) -> None:
    """Give the case that stays what still runs in the other."""
    changes: dict[str, object] = {
        "last_at": max(kept.last_at, gone.last_at),
        "purge_at": max(kept.purge_at, gone.purge_at),
        "order_id": kept.order_id or gone.order_id,
        "assignee": kept.assignee or gone.assignee,
    }
    waits = [row.waits_since for row in (kept, gone) if row.waits_since is not None]
    if waits:
        changes |= {"state": State.OPEN, "closed_at": None, "waits_since": min(waits)}
    if gone.due_on is not None and (kept.due_on is None or gone.due_on < kept.due_on):
        changes |= {
            "due_on": gone.due_on,
            "due_rule": gone.due_rule,
            "calendar_version": gone.calendar_version,
        }
    if gone.confirmed_at is None:
        changes["confirmed_at"] = None  # a mail that nobody confirmed proves nothing here either
    if gone.state == State.OPEN and gone.answered_at is None:
        changes["answered_at"] = None  # something of it was never answered
    Case.objects.filter(account_id=kept.account_id, id=kept.id).update(**changes)


def move_notes(case_id: UUID, *, to_account_id: int) -> None:
    """Seal the notes of a stranger's case anew, for the account that it is given to."""
    rows = list(
        Note.objects.filter(account_id=OPERATOR_ACCOUNT_ID, case_id=case_id).order_by("at", "id")
    )
    for row, text in zip(rows, notes_of(rows), strict=True):
        Note.objects.filter(account_id=OPERATOR_ACCOUNT_ID, id=row.id).delete()
        row.account_id = to_account_id
        row.content = seal(text.encode(), account_id=to_account_id, place=NOTE, row=row.id)
        row.save(force_insert=True)


def _record(row: Case, *, verb: str, field: str, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="cases_case",
        row=str(row.id),
        account_id=row.account_id,
        fields=[field],
        now=now,
    )
