"""What is due to go on from a rented number's inbox, and what its holder decided about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Min

from nummer.apps.messaging.models import Forward, ForwardKind, Inbox
from nummer.apps.vault.actions import unseal_text
from nummer.apps.vault.keys import KeyClass

REPLY_PLACE: Final = "messaging_inbox.reply"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """What happens to what comes in: whether it goes on by mail, and the answer, if any."""

    mailed: bool
    reply: str | None = field(repr=False)


def inbox(account_id: int, *, lease_id: UUID) -> InboxRow:
    """Return what a holder decided about a number; nothing happens where he decided nothing."""
    row = Inbox.objects.filter(account_id=account_id, lease_id=lease_id).first()
    if row is None:
        return InboxRow(mailed=False, reply=None)
    if row.reply is None:
        return InboxRow(mailed=row.mailed, reply=None)
    reply = unseal_text(
        bytes(row.reply),
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place=REPLY_PLACE,
        row=lease_id,
    )
    return InboxRow(mailed=row.mailed, reply=reply)


def due_mails(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, lease) of what waits to be mailed, earliest first."""
    rows = (
        Forward.objects.filter(kind=ForwardKind.MAIL, due_at__lte=until)
        .values("account_id", "lease_id")
        .annotate(first=Min("due_at"))
        .order_by("first", "account_id", "lease_id")[:limit]
    )
    return [(row["first"], row["account_id"], row["lease_id"]) for row in rows]


def due_replies(*, until: datetime, limit: int) -> list[tuple[datetime, int, UUID]]:
    """Return (moment, account, SMS) of what waits to be answered, earliest first."""
    rows = Forward.objects.filter(kind=ForwardKind.REPLY, due_at__lte=until)
    return list(
        rows.order_by("due_at", "account_id", "id").values_list("due_at", "account_id", "id")[
            :limit
        ]
    )
