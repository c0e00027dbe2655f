"""What a holder deletes himself: one SMS, or only its text (PP-4.1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.messaging import content, queries
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.models import Forward, Message
from nummer.apps.messaging.queries import Sms
from nummer.apps.vault.actions import seal_bytes
from nummer.apps.vault.keys import KeyClass


def delete_sms(account_id: int, *, sms_id: UUID, now: datetime) -> None:
    """Delete an SMS for good; nothing that still waited to be done with it is done.

    Refuses: NoSuchSms. Locks: the SMS.
    """
    del now
    with transaction.atomic():
        row = _locked(account_id, sms_id)
        Forward.objects.filter(account_id=account_id, id=sms_id).delete()
        Message.objects.filter(account_id=account_id, id=row.id).delete()


def redact_sms(account_id: int, *, sms_id: UUID, now: datetime) -> Sms:
    """Delete the text of an SMS and leave that it came, when and from whom.

    Repeating it changes nothing. Refuses: NoSuchSms. Locks: the SMS.
    """
    with transaction.atomic():
        row = _locked(account_id, sms_id)
        found = queries.sms(account_id, sms_id=sms_id)
        if row.redacted_at is None:
            row.content = _without_text(row, theirs=found.theirs)
            row.redacted_at = now
            row.save(update_fields=["content", "redacted_at"])
        return queries.sms(account_id, sms_id=sms_id)


def _locked(account_id: int, sms_id: UUID) -> Message:
    """Lock an SMS that its holder may see."""
    queries.sms(account_id, sms_id=sms_id)
    row = Message.objects.select_for_update().filter(account_id=account_id, id=sms_id).first()
    if row is None:
        raise NoSuchSms
    return row


def _without_text(row: Message, *, theirs: str) -> bytes:
    return seal_bytes(
        content.written(sender=theirs, text="", code=None, raw=b""),
        account_id=row.account_id,
        klass=KeyClass.COMMUNICATION,
        place=content.PLACE,
        row=row.id,
    )
