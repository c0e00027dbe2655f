"""How a written letter leaves: as a mail, through the gate for data that leaves.

The envelope names a return path of its own for each mail (ADR 415); From and Reply-To stay ours.
"""

from __future__ import annotations

import smtplib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from nummer.apps.agreements.queries import operator
from nummer.apps.notify.errors import NotTaken, Unsure
from nummer.apps.notify.models import Dispatch
from nummer.apps.notify.reach import Reach
from nummer.apps.notify.rendering import Written
from nummer.apps.notify.ways import dispatch, return_path
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import MAIL_RELAY
from nummer.kernel.errors import Unavailable
from nummer.protocols.mail.returns import is_permanent, of_reply

SUMMARY_NAME: Final = "contract-summary.pdf"
_PLAIN: Final = Reach()


def send(
    written: Written,
    *,
    to: str,
    letter_id: UUID,
    account_id: int,
    now: datetime,
    reach: Reach = _PLAIN,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Hand a mail to the server and return its number.

    The Message-ID is made from the letter's id, so a mail sent twice is seen as one; it names no
    host of ours. Raises Unavailable: the server is away or refuses for now; Unsure: it may have it;
    NotTaken: it will never take it.
    """
    way = {"reply_to": reach.reply_to, "in_reply_to": reach.conversation() or None}
    cleared = outbound.clear(
        MAIL_RELAY,
        "letter",
        {
            "to": to,
            "subject": written.subject,
            "text": written.text,
            "html": written.html,
            **({} if written.pdf is None else {"pdf": b64encode(written.pdf).decode()}),
            **{name: value for name, value in way.items() if value is not None},
        },
        account_id=account_id,
        now=now,
    )
    row = dispatch(account_id, letter_id=letter_id, to=to, now=now)
    mail = EmailMultiAlternatives(
        cleared.fields["subject"],
        cleared.fields["text"],
        to=[cleared.fields["to"]],
        headers={
            "Message-ID": message_id_of(letter_id),
            "Reply-To": operator().mailbox,
            **reach.headers(),
            **headers,
        },
    )
    mail.envelope_sender = return_path(row)  # type: ignore[attr-defined]  # as anymail names it
    mail.metadata = {"return": mail.envelope_sender}  # type: ignore[attr-defined]  # as above
    mail.attach_alternative(cleared.fields["html"], "text/html")
    for name, text in written.attached:  # forms that say nothing about anybody
        mail.attach(name, text, "text/plain")
    if "pdf" in cleared.fields:
        mail.attach(SUMMARY_NAME, b64decode(cleared.fields["pdf"]), "application/pdf")
    _hand_over(mail, row)
    return row.number


def _hand_over(mail: EmailMultiAlternatives, row: Dispatch) -> None:
    """Send a mail. What a server says may hold the address, so it goes no further."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        raise _answer(row, code, said) from None
    except smtplib.SMTPSenderRefused:  # our own address: nothing about the reader's
        raise Unavailable("mail server") from None
    except smtplib.SMTPDataError as refused:
        raise _answer(row, refused.smtp_code, refused.smtp_error) from None
    except (TimeoutError, smtplib.SMTPServerDisconnected):
        raise Unsure("mail server") from None
    except (OSError, smtplib.SMTPException):
        raise Unavailable("mail server") from None


def _answer(row: Dispatch, code: int, said: bytes | str) -> Unavailable | NotTaken:
    if not is_permanent(code):
        return Unavailable("mail server")
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    return NotTaken(row, of_reply(code, words))


def message_id_of(letter_id: UUID) -> str:
    """Return the Message-ID under which a letter goes out."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{letter_id}@{domain}>"
