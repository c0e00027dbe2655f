"""No page, header, error or mail names a version, a path, a host, a module or a mistake of ours."""

from __future__ import annotations

import platform
import re
import socket
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import django
import pytest
from django.conf import LazySettings
from django.core import mail as outbox
from django.core.handlers.exception import response_for_exception
from django.test import Client, RequestFactory

from nummer.apps.notify.actions import deliver
from nummer.apps.notify.models import Letter, State
from nummer.kernel import limits
from tests.apps.leases.conftest import supplier
from tests.faces.addresses import Address, addresses
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter, StandingClock
from tests.faces.settled import Settled, basic, known_again, settled
from tests.faces.test_nobody_elses import lean

__all__ = ["supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("supplier")]
TWICE: Final = ("/twilio/", "/onlinesim/", "/5sim/", "/nb/", "/de/", "/accounts/logout/")
ODD: Final = (b"{", b"\xff\xfe\x00&a=%00&b=%zz")
# A packed file holds every short name by chance: there, only runs of letters are words.
PACKED: Final = ("application/pdf", "image/")
RUNS: Final = re.compile(rb"[ -~]{8,}")
TELLS: Final = re.compile(
    "|".join(
        (
            "Traceback",
            r"site-packages",
            r"[A-Za-z_/]+\.py\b",
            r"nummer\.(?:apps|config|faces|gateways|kernel|policy|protocols|suppliers)\b",
            r"(?i:\bdjango\b|granian|uvicorn|postgres|psycopg|allauth|whitenoise|werkzeug)",
            r"(?<![\w.])/(?:tmp|home|usr|var|etc|opt|root|work)/\w",
            r"Typst \d",
            r"\b(?:[A-Z]\w+Error|DoesNotExist|IntegrityError)\b",
            re.escape(django.get_version()),
            re.escape(platform.python_version()),
            rf"\b{re.escape(socket.gethostname())}\b",
        )
    )
)


@pytest.fixture
def one(enter: Enter, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[Settled]:
    settings.ACCOUNT_RATE_LIMITS = False
    monkeypatch.setattr(limits.CallLimit, "wait_s", lambda *_of, **_named: 0.0)
    with settled(enter, words=lambda field: f"plain-{field}") as found:
        yield found


def told(answer: Any) -> set[str]:
    """Return what an answer tells of the inside, in its headers or its text."""
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if answer.get("Content-Type", "").startswith(PACKED):
        whole = b"\n".join(RUNS.findall(whole))
    head = "\n".join(f"{name}: {value}" for name, value in answer.items())
    return set(TELLS.findall(head + "\n" + whole.decode(errors="replace")))


def whole_mails() -> list[str]:
    """Return the mails that went out with every header, their parts readable."""
    found = []
    for mail in outbox.outbox:
        parts = mail.message().walk()
        bodies = [part.get_payload(decode=True) or b"" for part in parts]
        found.append("\n".join([mail.message().as_string(), *(str(each) for each in bodies)]))
    return found


def asked(client: Client, found: list[Address], methods: tuple[str, ...]) -> list[object]:
    """Ask addresses, with odd bodies too, and return what tells something."""
    client.raise_request_exception = False
    tells: list[object] = []
    for each in found:
        for method in methods:
            for body in ODD[:1] if method == "GET" else ODD:
                kind = "application/json" if body == b"{" else "application/x-www-form-urlencoded"
                answer = client.generic(method, each.path, body, kind)
                tells += [(method, each.path, answer.status_code, word) for word in told(answer)]
    return tells


def of_programs(one: Settled) -> list[Address]:
    return [each for each in addresses(one.name) if each.path.startswith(lean())]


def test_strangers_are_told_nothing(one: Settled) -> None:
    found = [each for each in addresses(one.name) if not each.path.startswith(TWICE)]
    assert asked(Client(), found, ("GET", "POST")) == []


def test_customers_and_staff_are_told_nothing(one: Settled) -> None:
    known_again(one.browser)
    found = [each for each in addresses(one.name) if not each.path.startswith((*lean(), *TWICE))]
    staff = [each for each in found if each.path.startswith("/staff/")]
    assert asked(one.browser, [each for each in found if each not in staff], ("GET",)) == []
    assert asked(at_work("owner"), staff, ("GET",)) == []


@pytest.mark.parametrize("kind", ["bearer", "basic"])
def test_programs_are_told_nothing(one: Settled, kind: str) -> None:
    said = f"Bearer {one.program.key}" if kind == "bearer" else basic(one.account_id)
    client = Client(headers={"authorization": said})
    assert asked(client, of_programs(one), ("GET", "POST")) == []


def test_who_calls_too_often_is_told_nothing(
    one: Settled, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    monkeypatch.setattr(limits.CallLimit, "wait_s", lambda *_of, **_named: 7.0)
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/m/ip", "signup": "1/m/ip"}
    caller = Client(headers={"authorization": f"Bearer {one.program.key}"})
    caller.raise_request_exception = False
    often = [each for each in addresses(one.name) if each.path.startswith("/accounts/")]
    answers = [
        caller.generic(method, each.path, b"")
        for each in (*of_programs(one), *often)
        for method in ("GET", "POST")
    ]
    assert [found for answer in answers for found in told(answer)] == []
    assert sum(answer.status_code == HTTPStatus.TOO_MANY_REQUESTS for answer in answers) > 50


def test_no_mail_tells_anything(one: Settled) -> None:
    for letter in Letter.objects.filter(account_id=one.account_id, state=State.WAITING):
        deliver(one.account_id, letter_id=letter.id, now=letter.written_at)
    assert len(outbox.outbox) > 5
    assert [found for text in whole_mails() for found in TELLS.findall(text)] == []


@pytest.mark.parametrize(
    "path", ["/contact/", "/api/v1/balance", "/v1/guest/countries", "/stubs/handler_api.php"]
)
def test_a_mistake_of_ours_says_that_and_no_more(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    def broken(*_of: object, **_named: object) -> None:
        raise ZeroDivisionError("/srv/secret.py")

    request = RequestFactory().get(path)
    try:
        broken()
    except ZeroDivisionError as mistake:
        answer = response_for_exception(request, mistake)
    assert answer.status_code == 500
    assert told(answer) == set()
    assert b"secret" not in answer.content
