"""A mailbox on loopback whose mails are kept in a list, and a name server for keys of DKIM."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from nummer.gateways.mail import service
from nummer.gateways.mail.ports import Actions, ArrivedMail, MailDoor
from nummer.gateways.mail.visitors import Visitors

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = ("hello@nummer.example", "hello+token@nummer.example")


@dataclass
class Mailbox:
    """What a running door took; `answer` may raise what the house would."""

    ports: dict[str, int] = field(default_factory=dict)
    mails: list[ArrivedMail] = field(default_factory=list)
    answer: Callable[[ArrivedMail], None] = lambda _: None

    def receive(self, mail: ArrivedMail) -> None:
        self.answer(mail)
        self.mails.append(mail)


@contextmanager
def mailbox(
    *, octets_max: int = 100_000, visitors: Visitors | None = None, tls: object = None
) -> Iterator[Mailbox]:
    """Hold the doors open for a test."""
    box = Mailbox()
    opened = threading.Event()
    control: dict[str, object] = {}

    async def serve() -> None:
        stop = asyncio.Event()
        control.update(stop=stop, loop=asyncio.get_running_loop())

        def ready(ports: dict[str, int]) -> None:
            box.ports.update(ports)
            opened.set()

        await service.run(
            MailDoor("nummer.example", "127.0.0.1", 0, 0, tls=tls, octets_max=octets_max),  # type: ignore[arg-type]
            actions=Actions(now=lambda: NOW, takes=OURS.__contains__, receive=box.receive),
            stop=stop,
            ready=ready,
            visitors=visitors,
        )

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert opened.wait(10)
    try:
        yield box
    finally:
        control["loop"].call_soon_threadsafe(control["stop"].set)  # type: ignore[attr-defined]
        thread.join(10)


@contextmanager
def name_server(records: dict[str, bytes], *, silent: bool = False) -> Iterator[tuple[str, int]]:
    """Answer questions for TXT records by UDP; a silent one never answers."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            question, asker = door.recvfrom(4096)
            if question == b"end":
                return
            if not silent:
                door.sendto(_answer(question, records), asker)

    thread = threading.Thread(target=serve)
    thread.start()
    address = door.getsockname()
    try:
        yield address
    finally:
        door.sendto(b"end", address)
        thread.join(10)
        door.close()


def _answer(question: bytes, records: dict[str, bytes]) -> bytes:
    asked = dns.message.from_wire(question)
    answer = dns.message.make_response(asked)
    name = asked.question[0].name
    text = records.get(name.to_text(omit_final_dot=True))
    if text is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()
    pieces = [text[at : at + 200] for at in range(0, len(text), 200)]
    quoted = " ".join(f'"{piece.decode()}"' for piece in pieces)
    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", quoted))
    answer.flags |= dns.flags.AA
    return answer.to_wire()
