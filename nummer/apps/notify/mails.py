"""How a written letter leaves: as a mail, through the gate for data that leaves."""

from __future__ import annotations

import smtplib
from base64 import b64decode, b64encode
from datetime import datetime
from email.utils import parseaddr
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from nummer.apps.agreements.queries import operator
from nummer.apps.notify.reach import Reach
from nummer.apps.notify.rendering import Written
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import MAIL_RELAY
from nummer.kernel.errors import Unavailable

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
) -> None:
    """Hand a mail to the server. Raises Unavailable: the server is away or refuses for now.

    The Message-ID is made from the letter's id, so a mail sent twice is seen as one; it names no
    host of ours.
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
    mail = EmailMultiAlternatives(
        cleared.fields["subject"],
        cleared.fields["text"],
        to=[cleared.fields["to"]],
        headers={
            "Message-ID": message_id_of(letter_id),
            "Reply-To": operator().mailbox,
            **reach.headers(),
        },
    )
    mail.attach_alternative(cleared.fields["html"], "text/html")
    for name, text in written.attached:  # forms that say nothing about anybody
        mail.attach(name, text, "text/plain")
    if "pdf" in cleared.fields:
        mail.attach(SUMMARY_NAME, b64decode(cleared.fields["pdf"]), "application/pdf")
    try:
        mail.send()
    except (OSError, smtplib.SMTPException):
        raise Unavailable("mail server") from None  # its words may hold the address


def message_id_of(letter_id: UUID) -> str:
    """Return the Message-ID under which a letter goes out."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{letter_id}@{domain}>"
