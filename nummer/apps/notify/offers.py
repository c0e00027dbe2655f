"""How an offer leaves: to somebody who agrees to it at that very moment, and at most once."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import offers
from nummer.apps.agreements.offers import Channel, Purpose
from nummer.apps.notify import mails
from nummer.apps.notify.ending import end, rows_of
from nummer.apps.notify.errors import NotTaken, Unsure
from nummer.apps.notify.letters import Content
from nummer.apps.notify.models import Fate, Letter, State
from nummer.apps.notify.rendering import write
from nummer.apps.notify.returning import marked, note_report, note_step
from nummer.kernel.errors import Unavailable
from nummer.policy.clause import clause

ONE_CLICK: Final = "List-Unsubscribe=One-Click"  # RFC 8058, section 3.1


@clause(
    "LD-U4",
    quote="Offers are sent only if you agreed to them, and every offer lets you stop them with "
    "one click.",
    reading="ADR 0416",
)
def deliver_offer(row: Letter, content: Content, *, now: datetime) -> None:
    """Send an offer that is claimed by the caller; one that may have left already is given up.

    The consent is locked while the mail is handed over (ADR 416): a withdrawal comes before it, and
    nothing is sent, or after it. Raises Unavailable: the server is away, and does not have it.
    """
    if row.claimed_until is not None:  # whoever claimed it before was killed, or fell silent
        end(row, state=State.GIVEN_UP, now=now)
        return
    try:
        with transaction.atomic():
            _send(row, content, now)
    except Unsure:
        end(row, state=State.GIVEN_UP, now=now)
    except Unavailable:
        with transaction.atomic():
            rows_of(row).update(claimed_until=None)
            note_step(row.account_id, letter_id=row.id, fate=Fate.DEFERRED, now=now)
        raise


def _send(row: Letter, content: Content, now: datetime) -> None:
    purpose = Purpose(content["purpose"])
    held = offers.channels_held(row.account_id, purpose=purpose)
    address = accounts.email(row.account_id)
    if address is not None and Channel.MAIL in held and _takes(row, address, purpose, now):
        _mail(row, content, address, now)
    elif Channel.PAGE in held:
        end(row, state=State.ON_PAGE, now=now)
    else:
        end(row, state=State.WITHHELD, now=now)


def _takes(row: Letter, address: str, purpose: Purpose, now: datetime) -> bool:
    return not offers.suppressed(address, purpose=purpose) and (
        marked(row.account_id, address=address, now=now) is None
    )


def _mail(row: Letter, content: Content, address: str, now: datetime) -> None:
    written = write(row.letter, content=content, language=row.locale)
    try:
        number = mails.send(
            written,
            to=address,
            letter_id=row.id,
            account_id=row.account_id,
            headers={
                "List-Unsubscribe": f"<{content['unsubscribe']}>",
                "List-Unsubscribe-Post": ONE_CLICK,
                "Precedence": "bulk",
            },
            now=now,
        )
    except NotTaken as refused:
        note_report(refused.row, refused.report, now=now)
        end(row, state=State.GIVEN_UP, now=now)
        return
    end(row, state=State.SENT, dispatch=number, now=now)
