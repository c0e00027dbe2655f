"""Where an SMS goes on after it was stored: to its holder's mail, and back as an answer.

Each is a due row, written by the statement that stored the SMS and gone in the transaction that
wrote the letter or the answer: nothing is lost, and nothing goes twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging import queries
from nummer.apps.messaging.actions.sending import SmsWish, send_sms
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.models import Forward, ForwardKind
from nummer.apps.messaging.queries import Sms
from nummer.apps.messaging.theirs import theirs_index, writable
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import queries as numbers
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of

SURFACE: Final = "inbox"
IN_ONE_LETTER: Final = 50
NEXT_LETTER: Final = timedelta(minutes=1)  # a flood of SMS is not one of mails
ANSWERED_AGAIN: Final = timedelta(days=1)


def forward_by_mail(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """Write one letter with the SMS of a number that wait for it, and let others wait a minute.

    Where the address is not confirmed any more, nothing is written. Locks: the rows.
    """
    with transaction.atomic():
        waiting = Forward.objects.select_for_update().filter(
            account_id=account_id, lease_id=lease_id, kind=ForwardKind.MAIL, due_at__lte=now
        )
        ids = list(waiting.order_by("id").values_list("id", flat=True)[:IN_ONE_LETTER])
        if not ids:
            return
        found = [sms for sms_id in ids if (sms := _still_there(account_id, sms_id)) is not None]
        if found and accounts.account(account_id).email_confirmed_at is not None:
            _write(found, first=ids[0], now=now)
        Forward.objects.filter(account_id=account_id, kind=ForwardKind.MAIL, id__in=ids).delete()
        Forward.objects.filter(
            account_id=account_id, lease_id=lease_id, kind=ForwardKind.MAIL
        ).update(due_at=now + NEXT_LETTER)


def _still_there(account_id: int, sms_id: UUID) -> Sms | None:
    """Return an SMS unless its holder deleted or redacted it meanwhile."""
    try:
        found = queries.sms(account_id, sms_id=sms_id)
    except NoSuchSms:
        return None
    return found if found.body is not None else None


def _write(found: list[Sms], *, first: UUID, now: datetime) -> None:
    account_id = found[0].account_id
    notify.send_letter(
        account_id,
        letter="sms-forwarded",
        context={
            "phone": found[0].ours.e164,
            "messages": [
                {
                    "sender": sms.theirs,
                    "text": sms.body,
                    "received_at": sms.created_at.isoformat(),
                }
                for sms in found
            ],
        },
        now=now,
        key=id_of("sms-forwarded", first),
    )


def answer_by_itself(account_id: int, *, sms_id: UUID, now: datetime) -> None:
    """Answer an SMS with the text of its number, at most once a day to one sender.

    Names and short codes are not answered, nor is any number of ours: two of them could answer one
    another for ever. What cannot be sent now (no money, no rate) is not sent later: an answer
    that comes hours after is a riddle. Locks: the conversation.
    """
    with transaction.atomic():
        gone = Forward.objects.filter(account_id=account_id, id=sms_id, kind=ForwardKind.REPLY)
        found = _still_there(account_id, sms_id)
        if gone.delete()[0] == 0 or found is None:
            return
        text = queries.inbox(account_id, lease_id=found.lease_id).reply
        to = writable(found.theirs)
        if text is None or to is None or numbers.is_ours(to) or not _first_today(found, now=now):
            return
        try:
            with transaction.atomic():
                send_sms(account_id, wish=_answer(found, text), now=now)
        except Refusal:
            return  # the row stays gone, and the sender counts as answered for today


def _answer(sms: Sms, text: str) -> SmsWish:
    return SmsWish(
        lease_id=sms.lease_id,
        to=sms.theirs,
        body=text,
        key=id_of("sms-answered", sms.id),
        surface=SURFACE,
    )


_ANSWERED: Final = """
INSERT INTO messaging_conversation AS c
       (account_id, lease_id, theirs_index, replied_at, changed_at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (account_id, lease_id, theirs_index) DO UPDATE
   SET replied_at = excluded.replied_at, changed_at = excluded.changed_at
 WHERE c.replied_at IS NULL OR c.replied_at <= %s
"""


def _first_today(sms: Sms, *, now: datetime) -> bool:
    """Note that a sender is answered; false where he was within a day."""
    index = theirs_index(sms.account_id, sms.theirs)
    with connection.cursor() as cursor:
        cursor.execute(
            _ANSWERED, [sms.account_id, sms.lease_id, index, now, now, now - ANSWERED_AGAIN]
        )
        answered: bool = cursor.rowcount == 1
    return answered
