"""What the mail gateway needs from the house; `config` fills it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

OCTETS_MAX: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class ArrivedMail:
    """A mail as it came through the door; `received_at` starts every clock."""

    raw: bytes = field(repr=False)
    null_sender: bool
    recipients: tuple[str, ...] = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Actions:
    """What the gateway may ask for.

    `receive` blocks until the mail is committed. It raises Refusal for what must never come
    again, Unavailable where waiting may help.
    """

    now: Callable[[], datetime]
    takes: Callable[[str], bool]
    receive: Callable[[ArrivedMail], None]


@dataclass(frozen=True, slots=True)
class MailDoor:
    """Where mail is taken. A port of None is closed; `name` is what the door calls itself."""

    name: str
    host: str
    smtp_port: int | None
    lmtp_port: int | None
    tls: ssl.SSLContext | None = None
    octets_max: int = OCTETS_MAX
