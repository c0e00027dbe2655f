"""The sandbox's mail box: a real SMTP server on loopback that keeps every mail as a file."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from nummer.kernel import clock

FOLDER: Final = "mails"
MAILS_MAX: Final = 10_000
BYTES_MAX: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as its reader gets it; `sent_at` is in ISO form, by the sandbox's clock."""

    to: str
    subject: str
    text: str
    html: str
    sent_at: str
    reply_to: str = ""


def mails(to: str | None = None) -> list[Mail]:
    """Return the mails that went out, the oldest first, of one recipient where `to` is given."""
    kept = (Mail(**json.loads(path.read_text())) for path in sorted(_folder().glob("*.json")))
    return [mail for mail in kept if to is None or mail.to.casefold() == to.casefold()]


class MailBox:
    """Keeps what arrives; one file per recipient."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep one mail and say so to its sender."""
        del server, session
        content = envelope.original_content or b""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        for recipient in envelope.rcpt_tos:
            _keep(message, recipient)
        return "250 OK"


async def mail_box() -> asyncio.Server:
    """Open the mail box on a free loopback port; it takes mails as long as the loop runs."""
    box = MailBox()
    return await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost", ident="ready", data_size_limit=BYTES_MAX),
        host="127.0.0.1",
        port=0,
    )


def _keep(message: EmailMessage, recipient: str) -> None:
    mail = Mail(
        to=recipient,
        subject=str(message.get("Subject", "")),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        sent_at=clock.now().isoformat(),
        reply_to=str(message.get("Reply-To", "")),
    )
    folder = _folder()
    draft = folder / f".{uuid.uuid4().hex}"
    draft.write_text(json.dumps(asdict(mail), ensure_ascii=False))
    draft.replace(folder / f"{_next_number(folder):08d}.json")


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return "" if body is None else str(body.get_content())


def _next_number(folder: Path) -> int:
    """Return the number of the next mail; old mails make room for new ones."""
    numbers = sorted(_numbers(folder))
    for old in numbers[: max(0, len(numbers) - MAILS_MAX)]:
        (folder / f"{old:08d}.json").unlink(missing_ok=True)
    return numbers[-1] + 1 if numbers else 1


def _numbers(folder: Path) -> Iterator[int]:
    return (int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit())


def _folder() -> Path:
    folder = Path(settings.SANDBOX_FOLDER) / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
