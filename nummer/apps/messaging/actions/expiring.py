"""Texts that are only worth sending until a moment that their sender named."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.messaging.actions.fates import NOT_SENT_IN_TIME, give_up
from nummer.apps.messaging.models import Deadline, Outgoing, OutgoingState


def send_until(account_id: int, *, sms_id: UUID, until: datetime, now: datetime) -> None:
    """Let a text fail, and its money be free, if it still waits at a moment; once said it stays."""
    assert until > now, "a moment that is over is refused before"
    Deadline.objects.bulk_create(
        [Deadline(account_id=account_id, id=sms_id, until=until)], ignore_conflicts=True
    )


def expire(account_id: int, *, sms_id: UUID, now: datetime) -> None:
    """End a text whose moment came, unless a gateway has it: that one may be sent already.

    Locks: the text, its charge, the wallet.
    """
    with transaction.atomic():
        rows = Outgoing.objects.select_for_update().filter(account_id=account_id, id=sms_id)
        row = rows.only("state").first()
        if row is not None and row.state == OutgoingState.QUEUED:
            give_up(account_id, sms_id=sms_id, reason=NOT_SENT_IN_TIME, now=now)
        Deadline.objects.filter(account_id=account_id, id=sms_id).delete()
