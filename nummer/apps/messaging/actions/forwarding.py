"""Where an SMS goes on after it was stored: to its holder's mail.

It is a due row, written by the statement that stored the SMS and gone in the transaction that
wrote the letter: nothing is lost, and nothing goes twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.messaging import queries
from nummer.apps.messaging.errors import NoSuchSms
from nummer.apps.messaging.models import Forward, ForwardKind
from nummer.apps.messaging.queries import Sms
from nummer.apps.notify import actions as notify
from nummer.kernel.ids import id_of

IN_ONE_LETTER: Final = 50
NEXT_LETTER: Final = timedelta(minutes=1)  # a flood of SMS is not one of mails


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
