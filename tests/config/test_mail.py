"""Mails leave by real SMTP, in the sandbox into its mail box."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings

from nummer.config import mail
from nummer.config.env import environment
from nummer.kernel import clock
from nummer.suppliers.sandbox.mail import mail_box, mails


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Open a mail box of this test's own, on an event loop in a thread."""
    monkeypatch.setattr(clock, "_installed", clock.SystemClock())  # no query in an event loop
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with override_settings(SANDBOX_FOLDER=tmp_path):
        server = asyncio.run_coroutine_threadsafe(mail_box(), loop).result(10)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setattr(mail, "read_json", lambda _: {"mail_port": port})
        yield
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def send(to: str, subject: str) -> None:
    message = EmailMultiAlternatives(
        subject, "Så hyggelig: 12,50 €", to=[to], connection=mail.OutgoingMail()
    )
    message.attach_alternative("<p>Så hyggelig</p>", "text/html")
    message.send()


@pytest.mark.usefixtures("box")
def test_mail_arrives_as_its_reader_gets_it() -> None:
    send("kari@example.com", "Velkommen, Kåre")
    (kept,) = mails()
    assert (kept.to, kept.subject) == ("kari@example.com", "Velkommen, Kåre")
    assert kept.text.strip() == "Så hyggelig: 12,50 €"
    assert kept.html.strip() == "<p>Så hyggelig</p>"


@pytest.mark.usefixtures("box")
def test_mails_are_in_order_and_found_by_recipient() -> None:
    for n in range(3):
        send("a@example.com", f"number {n}")
    send("b@example.com", "other")
    assert [kept.subject for kept in mails("A@example.com")] == [f"number {n}" for n in range(3)]


def test_without_a_server_sending_fails_and_may_be_tried_again() -> None:
    (environment().run / "sandbox.json").unlink(missing_ok=True)
    with pytest.raises(OSError, match=r".*"):
        send("kari@example.com", "nobody listens")


def test_the_servers_url_is_understood_or_refused() -> None:

    env = environment()
    given = dataclasses.replace(env, mail_url="smtp+starttls://me:p%40ss@mail.example")
    assert mail._server(given) == {
        "host": "mail.example",
        "port": 587,
        "username": "me",
        "password": "p@ss",
        "use_tls": True,
        "use_ssl": False,
    }
    with pytest.raises(ValueError, match=r"^NUMMER_MAIL_URL must look like"):
        mail._server(dataclasses.replace(env, mail_url="http://mail.example"))
