"""How an answer finds its place in the customer's mail program."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from nummer.apps.cases.actions.store import reach, receipt_id
from nummer.apps.cases.content import contents
from nummer.apps.cases.models import Case, Channel, Message
from nummer.apps.notify.mails import message_id_of
from nummer.apps.notify.reach import Reach

NAMED_MAX: Final = 20  # of the latest mails; the first one is always named (RFC 5322, 3.6.4)


def in_conversation(row: Case, *, sender: str | None, but: UUID) -> Reach:
    """Return the way of an answer that a person wrote, behind all mails of the case.

    `but` is the answer itself, which stands in the case already.
    """
    named = _named(row, but)
    return reach(row, sender=sender, message_id=named[-1], references=named, by_a_person=True)


def _named(row: Case, but: UUID) -> tuple[str, ...]:
    """Return the Message-IDs of the case, earliest first, beginning with our receipt."""
    mails = Message.objects.filter(
        account_id=row.account_id, case_id=row.id, channel=Channel.MAIL
    ).exclude(id=but)
    latest = list(mails.defer("raw").order_by("-at", "-id")[:NAMED_MAX])[::-1]
    said = contents(latest)
    ids = [
        one.message_id if message.inbound else message_id_of(message.id)
        for message, one in zip(latest, said, strict=True)
    ]
    first = message_id_of(receipt_id(row.id))
    opened_by_mail = [] if row.channel != Channel.MAIL else ids[:1]
    rest = ids[len(opened_by_mail) :]
    return tuple(one for one in (*opened_by_mail, first, *rest) if one)
