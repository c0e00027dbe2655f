"""What a holder decides about the SMS of a number, and what he has read."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import LeaseNotLikeThat
from nummer.apps.messaging.errors import ReplyTooLong
from nummer.apps.messaging.models import Inbox
from nummer.apps.messaging.queries.inboxes import REPLY_PLACE
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.policy.lease import ENDS
from nummer.protocols.sms.segments import count

REPLY_PARTS_MAX: Final = 3  # it goes to whoever writes, unasked, and each part costs


def set_inbox(
    account_id: int, *, lease_id: UUID, mailed: bool, reply: str | None, now: datetime
) -> None:
    """Say whether what comes to a number goes on to the holder's mail, and is answered by itself.

    It holds for what comes from now on. `reply` is the text of the answer; None or blanks answer
    nothing. Refuses: NoSuchLease, LeaseNotLikeThat (it ended), ReplyTooLong.
    """
    text = (reply or "").strip()
    if text and count(text) > REPLY_PARTS_MAX:
        raise ReplyTooLong(parts=REPLY_PARTS_MAX)
    with transaction.atomic():
        if leases.lease(account_id, lease_id=lease_id).state in ENDS:
            raise LeaseNotLikeThat
        Inbox.objects.update_or_create(
            account_id=account_id,
            lease_id=lease_id,
            defaults={
                "mailed": mailed,
                "reply": _sealed(account_id, lease_id, text) if text else None,
                "changed_at": now,
            },
        )


def mark_read(
    account_id: int, *, lease_id: UUID, theirs_index: bytes, until: UUID, now: datetime
) -> None:
    """Note that a conversation was read up to an SMS; reading older ones later changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [account_id, lease_id, theirs_index, until, now])


_READ: Final = """
INSERT INTO messaging_conversation AS c
       (account_id, lease_id, theirs_index, read_until, changed_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (account_id, lease_id, theirs_index) DO UPDATE
   SET read_until = excluded.read_until, changed_at = excluded.changed_at
 WHERE c.read_until IS NULL OR c.read_until < excluded.read_until
"""


def _sealed(account_id: int, lease_id: UUID, text: str) -> bytes:
    return seal_text(
        text,
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place=REPLY_PLACE,
        row=lease_id,
    )
