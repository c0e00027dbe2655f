"""Deleting what is old: octets of mails after a year, cases when they can be disputed no more."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.cases.models import AnswerCount, Attachment, Case, CaseNumber, Message, Note


def purge_case(account_id: int, *, case_id: UUID, now: datetime) -> None:
    """Delete a case with its messages and its number, once its time is over (PP-2.6)."""
    with transaction.atomic():
        row = (
            Case.objects.select_for_update()
            .filter(account_id=account_id, id=case_id, purge_at__lte=now)
            .first()
        )
        if row is None:
            return
        messages = Message.objects.filter(account_id=account_id, case_id=case_id)
        Attachment.objects.filter(
            account_id=account_id, message_id__in=messages.values("id")
        ).delete()
        messages.delete()
        Note.objects.filter(account_id=account_id, case_id=case_id).delete()
        CaseNumber.objects.filter(number=row.number).delete()
        Case.objects.filter(account_id=account_id, id=case_id).delete()


def purge_raw(account_id: int, *, message_id: UUID, now: datetime) -> None:
    """Delete the octets of a mail, attachments with them; its text stays with the case."""
    Message.objects.filter(account_id=account_id, id=message_id, raw_until__lte=now).update(
        raw=None, raw_until=None
    )


def purge_counts(*, until: date) -> None:
    """Delete the counts of answers of earlier days."""
    AnswerCount.objects.filter(day__lt=until).delete()
