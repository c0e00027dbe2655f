"""What a holder deletes himself: one SMS, or only its text (PP-4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.messaging import content, queries, said
from nummer.apps.messaging.errors import NoSuchSms, SmsOnItsWay
from nummer.apps.messaging.models import Forward, Message, Outgoing, OutgoingState
from nummer.apps.messaging.queries import Sms
from nummer.apps.vault.actions import seal_bytes, seal_many
from nummer.apps.vault.keys import KeyClass


def delete_sms(account_id: int, *, sms_id: UUID, now: datetime) -> None:
    """Delete an SMS for good; nothing that still waited to be done with it is done.

    Refuses: NoSuchSms, SmsOnItsWay. Locks: the SMS.
    """
    if _sent(account_id, sms_id):
        _delete_sent(account_id, sms_id)
        return
    del now
    with transaction.atomic():
        row = _locked(account_id, sms_id)
        Forward.objects.filter(account_id=account_id, id=sms_id).delete()
        Message.objects.filter(account_id=account_id, id=row.id).delete()


def redact_sms(account_id: int, *, sms_id: UUID, now: datetime) -> Sms:
    """Delete the text of an SMS and leave that it came, when and from whom.

    Repeating it changes nothing. Refuses: NoSuchSms, SmsOnItsWay. Locks: the SMS.
    """
    if _sent(account_id, sms_id):
        _redact_sent(account_id, sms_id)
        return queries.sms(account_id, sms_id=sms_id)
    with transaction.atomic():
        row = _locked(account_id, sms_id)
        found = queries.sms(account_id, sms_id=sms_id)
        if row.redacted_at is None:
            row.content = _without_text(row, theirs=found.theirs)
            row.redacted_at = now
            row.save(update_fields=["content", "redacted_at"])
        return queries.sms(account_id, sms_id=sms_id)


_ON_ITS_WAY: Final = (OutgoingState.QUEUED, OutgoingState.TAKEN, OutgoingState.UNKNOWN)


def _sent(account_id: int, sms_id: UUID) -> bool:
    rows = Outgoing.objects.filter(account_id=account_id, id=sms_id, lease_id__isnull=False)
    return rows.exists()


def _locked_sent(account_id: int, sms_id: UUID) -> Outgoing:
    """Lock one that left; what is on its way needs its text and its money."""
    row = Outgoing.objects.select_for_update().get(account_id=account_id, id=sms_id)
    if row.state in _ON_ITS_WAY:
        raise SmsOnItsWay
    return row


def _delete_sent(account_id: int, sms_id: UUID) -> None:
    """Take text and recipient away; that it was sent and paid stays until its 30 days are over."""
    with transaction.atomic():
        row = _locked_sent(account_id, sms_id)
        row.content = _said_nothing(row, theirs="")
        row.theirs_index = None
        row.deleted = True
        row.receipt_owed = False
        row.save(update_fields=["content", "theirs_index", "deleted", "receipt_owed"])


def _redact_sent(account_id: int, sms_id: UUID) -> None:
    with transaction.atomic():
        row = _locked_sent(account_id, sms_id)
        (told,) = said.unsealed([row])
        if told.text is not None:
            row.content = _said_nothing(row, theirs=told.theirs)
            row.save(update_fields=["content"])


def _said_nothing(row: Outgoing, *, theirs: str) -> bytes:
    told = said.to_seal(said.Said(theirs, None), account_id=row.account_id, sms_id=row.id)
    return seal_many([told])[0]


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
