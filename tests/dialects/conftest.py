"""A shop at a fixed moment, and a customer with a key for his program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import set_urlconf

from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.apps.leases.ports import install_suppliers
from nummer.apps.numbers import queries as numbers
from nummer.config import messages
from nummer.config.threads import LeanHandler
from nummer.faces.api_activate import views
from nummer.kernel import clock
from nummer.kernel.limits import CallLimit
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.dialects.proxy import Proxy, running_proxy
from tests.installation import Installation

PATH = "/stubs/handler_api.php"
NORWAY = "174"


@cache
def _handler() -> LeanHandler:
    return LeanHandler()


def get(parameters: object = None, *, path: str = PATH, **rest: Any) -> HttpResponse:
    """Answer a GET as the lean part of the port does, without middleware."""
    set_urlconf(settings.ROOT_URLCONF)
    answer = _handler().get_response(RequestFactory().get(path, parameters, **rest))
    assert isinstance(answer, HttpResponse)
    return answer


def post(content: object = None, *, path: str = PATH, **rest: Any) -> HttpResponse:
    """Answer a POST as the port's lean part does, without middleware; bytes go as they are."""
    set_urlconf(settings.ROOT_URLCONF)
    answer = _handler().get_response(_posted(path, content, rest))
    assert isinstance(answer, HttpResponse)
    return answer


def request(method: str, path: str, content: object = None, **rest: Any) -> HttpResponse:
    """Answer a request as the port's lean part does: a query for GET, else a form."""
    set_urlconf(settings.ROOT_URLCONF)
    factory = RequestFactory()
    if method == "GET":
        asked = factory.get(path, content or None, **rest)
    else:
        form = urlencode(content or {}, doseq=True)  # type: ignore[arg-type]  # a mapping
        asked = factory.generic(method, path, form, "application/x-www-form-urlencoded", **rest)
    answer = _handler().get_response(asked)
    assert isinstance(answer, HttpResponse)
    return answer


def answer_to(asked: HttpRequest) -> HttpResponse:
    """Answer a request as the port's lean part does, without middleware; a stream comes whole."""
    answer = _handler().get_response(asked)
    if isinstance(answer, StreamingHttpResponse):
        whole = b"".join(answer.streaming_content)  # type: ignore[arg-type]  # not asynchronous
        return HttpResponse(whole, status=answer.status_code, headers=dict(answer.items()))
    assert isinstance(answer, HttpResponse)
    return answer


def _posted(path: str, content: object, rest: dict[str, Any]) -> HttpRequest:
    factory = RequestFactory()
    if isinstance(content, bytes):
        return factory.generic("POST", path, content, **rest)
    return factory.post(path, content, **rest)


@dataclass
class Moment:
    """A clock that moves when it is told to."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment at which it stands."""
        return self.at

    def advance(self, **time: float) -> None:
        """Move on."""
        self.at += timedelta(**time)


@dataclass
class Program:
    """A customer's program: its key and the calls it makes."""

    account_id: int
    key_id: UUID
    key: str

    def call(self, action: str, **parameters: object) -> str:
        """Make one call and return the answer's text; its status must be 200."""
        sent = {"api_key": self.key, "action": action, **parameters}
        answer = get(sent)
        assert answer.status_code == 200, answer.content
        return str(answer.content.decode())

    def buy(self, **parameters: object) -> tuple[str, str]:
        """Buy a Norwegian number for Telegram and return the order's id and the number."""
        wish = {"service": "tg", "country": NORWAY, **parameters}
        word, order_id, digits = self.call("getNumber", **wish).split(":")
        assert word == "ACCESS_NUMBER"
        return order_id, f"+{digits}"

    def orders(self) -> int:
        """Return how many orders the customer has."""
        return len(numbers.activations(self.account_id, limit=1000))


@pytest.fixture(autouse=True, scope="session")
def built_files() -> None:
    """Compile the translations; make the folder whose absence the static files' server warns of."""
    messages.compile_all()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def moment() -> Iterator[Moment]:
    """Let the installation's clock stand at the builders' moment."""
    standing = Moment(builders.NOW)
    clock.install(standing)
    yield standing
    clock.install(clock.SystemClock())


@pytest.fixture
def programs(db: None, moment: Moment) -> Callable[..., Program]:
    """Open the shop; return a maker of customers with programs."""
    builders.shop()
    builders.numbers([f"+475944{n:04d}" for n in range(12)], services=("tg", "wa"))

    def make(*, dialect: str = "classic", **customer: str) -> Program:
        account_id = builders.customer(**customer)
        accepted = texts.texts_to_accept(texts.KEY_DOCUMENTS, language="en", now=moment.now())
        key = agreements.create_key(
            account_id=account_id,
            label="test",
            accepted=[text.as_accepted() for text in accepted],
            surface="test",
            dialect=dialect,
            now=moment.now(),
        )
        return Program(account_id, key.id, key.secret)

    return make


@pytest.fixture
def program(programs: Callable[..., Program]) -> Program:
    """Return the program of a customer with 20 euros."""
    return programs()


@pytest.fixture
def rental_supplier(tmp_path: Path) -> Iterator[None]:
    """Connect the sandbox's supplier of numbers for rent, with a folder of its own."""
    install_suppliers([SandboxNumbers(tmp_path / "numbers")])
    yield
    install_suppliers([])


@pytest.fixture(autouse=True)
def every_call_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a limit of calls of its own."""
    monkeypatch.setattr(views, "PROGRAMS", CallLimit(per_s=1000, burst=1000))


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run a whole installation for the clients that meet it from outside."""
    running = Installation(tmp_path_factory.mktemp("dialects"))
    running.start()
    running.hasten()
    yield running
    status = running.stop()
    running.remove_database()
    assert status == 0


@pytest.fixture(scope="session")
def proxy(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Run a proxy that leads every name on the internet to the installation."""
    folder = tmp_path_factory.mktemp("authority")
    with running_proxy(upstream=installation.url, folder=folder) as running:
        yield running


@pytest.fixture
def through_proxy(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """Let the clients in this process find the proxy, as their environment would tell them."""
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    return proxy
