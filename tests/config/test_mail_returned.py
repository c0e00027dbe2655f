"""A letter's way out and back by real SMTP: its envelope, a refusal, a report at our own door."""

from __future__ import annotations

import asyncio
import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings

from nummer.apps.notify import actions, queries
from nummer.apps.notify.models import Address
from nummer.config import mail, mailbox
from nummer.gateways.mail import ports
from nummer.gateways.mail.names import Names
from nummer.kernel.ids import new_id
from tests import builders
from tests.gateways.mail.mailbox import mailbox as door
from tests.protocols.mail.test_returns import dsn

LOW = {"amount": "1.00", "threshold": "5.00", "currency": "EUR"}


@dataclass
class Relay:
    """A mail server of the operator's: keeps envelopes, or refuses recipients."""

    refusal: str = ""
    taken: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802, PLR0917 -- aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 -- as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        self.taken.append(envelope)
        return "250 2.0.0 OK"


@contextmanager
def serving(relay: Relay) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(
            loop.create_server(lambda: SMTP(relay, loop=loop), host="127.0.0.1", port=0), loop
        ).result(10)
        yield server.sockets[0].getsockname()[1]
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def account_id(db: None) -> int:
    builders.shop()
    return builders.customer()


def send(account_id: int) -> None:
    key = new_id()
    actions.send_letter(account_id, letter="balance-low", context=LOW, now=builders.NOW, key=key)
    actions.deliver(account_id, letter_id=key, now=builders.NOW)


def test_the_envelope_names_the_way_back_and_from_stays_ours(
    account_id: int, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "nummer.config.mail.OutgoingMail"
    relay = Relay()
    with serving(relay) as port:
        monkeypatch.setattr(mail, "read_json", lambda _: {"mail_port": port})
        send(account_id)

    (envelope,) = relay.taken
    back = str(envelope.mail_from)
    head = bytes(envelope.original_content or b"")
    assert back.startswith("hello+r-")
    assert b"From: Nummer <no-reply@nummer.example>" in head
    assert back.encode() not in head
    assert envelope.rcpt_tos == [builders.email_of(account_id)]

    report = dsn()
    with door() as box:
        box.answer = lambda arrived: None
        with smtplib.SMTP("127.0.0.1", box.ports["port"], timeout=10) as client:
            client.sendmail("", ["hello+token@nummer.example"], report)
        (arrived,) = box.mails
    assert arrived.null_sender
    mailbox.receive(
        ports.ArrivedMail(arrived.raw, arrived.null_sender, (back,), builders.NOW), names=Names()
    )
    assert Address.objects.get().mark == "bounced"
    assert queries.letters(account_id)[0].state == "bounced"


@pytest.mark.parametrize(
    ("refusal", "state", "marked"),
    [
        ("550 5.1.1 No such user", "on_page", True),
        ("552 5.2.2 Mailbox full", "on_page", False),
    ],
)
def test_a_refusal_is_heard_at_once(
    account_id: int,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    refusal: str,
    state: str,
    marked: bool,
) -> None:
    settings.EMAIL_BACKEND = "nummer.config.mail.OutgoingMail"
    with serving(Relay(refusal)) as port:
        monkeypatch.setattr(mail, "read_json", lambda _: {"mail_port": port})
        send(account_id)

    assert queries.letters(account_id)[0].state == state
    assert Address.objects.exists() is marked
