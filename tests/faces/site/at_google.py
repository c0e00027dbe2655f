"""The sandbox's Google on loopback, and somebody who goes there and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.test import Client

from nummer.apps.accounts import ports
from nummer.suppliers.sandbox.google import api
from nummer.suppliers.sandbox.google.provider import sandbox_google
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.json_server import serve

MAIL = "ola@gmail.example"


@contextmanager
def google_on_loopback(folder: Path) -> Iterator[Desk]:
    """Let Google answer on a free port, and make it the one we ask."""
    desk, before = api.google_desk(folder), list(ports._sign_in)
    server = serve(desk, api.answer)
    port = int(server.server_address[1])
    ports.install_sign_in_provider(
        sandbox_google(folder, port=lambda: port, page_url="http://testserver/sandbox/google/auth")
    )
    try:
        yield desk
    finally:
        server.shutdown()
        server.server_close()
        ports._sign_in[:] = before


def start(browser: Client, *, process: str = "login", query: str = "") -> str:
    """Press our button; return the address of Google's page."""
    answer = browser.post(f"/accounts/google/login/{query}", {"process": process})
    assert answer.status_code == 302, answer.text
    return answer["Location"]


def allow(
    browser: Client, page: str, *, email: str = MAIL, verified: bool = True, button: str = "allow"
) -> str:
    """Allow, or refuse, at Google; return the address that Google sends the browser to."""
    said = {"email": email, "name": "Ola Nordmann", "button": button}
    answer = browser.post(page, {**said, **({"verified": "on"} if verified else {})})
    assert answer.status_code == 302, answer.text
    return answer["Location"]


def through_google(browser: Client, *, process: str = "login", **who: Any) -> Any:
    """Go to Google and come back; return our answer."""
    return browser.get(allow(browser, start(browser, process=process), **who))
