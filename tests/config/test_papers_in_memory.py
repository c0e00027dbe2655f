"""How many papers on their way in may lie in memory, and what is read of a stranger's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from nummer.config.threads import (
    LARGE_BODIES_MAX,
    SMALL_BYTES,
    DjangoInThreads,
    LeanHandler,
)
from tests.config.test_port import ask

BODY_MAX = 25_000_000
PROGRAMS = (
    "/api/v1/papers",
    "/v2/RegulatoryCompliance/SupportingDocuments",
    "/twilio/v2/RegulatoryCompliance/SupportingDocuments",
)
CREDENTIALS = {
    "/papers/": (b"cookie", b"sessionid=somebody"),
    **dict.fromkeys(PROGRAMS, (b"authorization", b"Bearer somebody")),
}
Message = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
CHUNKED = (b"transfer-encoding", b"chunked")


@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    """Answer as a view does: the credentials first, then how much came."""
    if not {"Authorization", "Cookie"} & set(request.headers):
        return HttpResponse("whose?", status=401)
    return HttpResponse(str(len(request.read(BODY_MAX))))


urlpatterns = [path(address.removeprefix("/"), take) for address in [*CREDENTIALS, "/elsewhere/"]]


@pytest.fixture
def port() -> Iterator[DjangoInThreads]:
    with override_settings(ROOT_URLCONF=__name__):
        yield DjangoInThreads(LeanHandler(), threads=2, body_max=BODY_MAX)


class Sender:
    """Somebody who sends the first piece of a body, and the last when he is let."""

    def __init__(self, port: DjangoInThreads, address: str, headers: Headers) -> None:
        self.sent: list[Message] = []
        self.reading = asyncio.Event()
        self._go_on = asyncio.Event()
        self._gone = False
        scope: dict[str, object] = {"type": "http", "method": "POST", "path": address}
        scope |= {"headers": headers, "query_string": b"", "scheme": "http"}
        self._task = asyncio.create_task(port(scope, self._receive, self._send))

    async def begun(self) -> None:
        """Wait until the first piece was taken; an answer before that is a failure."""
        reads = asyncio.create_task(self.reading.wait())
        await asyncio.wait({reads, self._task}, return_when=asyncio.FIRST_COMPLETED)
        reads.cancel()
        assert self.reading.is_set(), self.sent

    async def finish(self, *, gone: bool = False) -> int | None:
        """Send the rest, or go away, and return the status of the answer."""
        self._gone = gone
        self._go_on.set()
        await self._task
        return self.sent[0]["status"] if self.sent else None

    async def _receive(self) -> Message:
        if not self.reading.is_set():
            self.reading.set()
            return {"type": "http.request", "body": b"x", "more_body": True}
        await self._go_on.wait()
        if self._gone:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"y", "more_body": False}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)


async def full(port: DjangoInThreads) -> list[Sender]:
    """Return as many senders as may be, in the middle of their bodies, at all addresses."""
    known = list(CREDENTIALS.items())
    senders = [
        Sender(port, address, [credential, CHUNKED])
        for address, credential in (known[at % len(known)] for at in range(LARGE_BODIES_MAX))
    ]
    for sender in senders:
        await sender.begun()
    return senders


@pytest.mark.parametrize("address", CREDENTIALS)
@pytest.mark.parametrize(
    "size", [CHUNKED, (b"content-length", b"%d" % (SMALL_BYTES + 1))], ids=["untold", "told"]
)
def test_papers_too_many_at_a_time_are_refused_at_once(
    port: DjangoInThreads, address: str, size: tuple[bytes, bytes]
) -> None:
    async def story() -> None:
        senders = await full(port)
        late = Sender(port, address, [CREDENTIALS[address], size])
        assert await late.finish() == 503
        assert not late.reading.is_set()
        headers = dict(late.sent[0]["headers"])
        assert (headers[b"retry-after"], headers[b"connection"]) == (b"5", b"close")
        assert [await sender.finish() for sender in senders] == [200] * LARGE_BODIES_MAX

    asyncio.run(story())


def test_papers_are_counted_over_all_parts_of_the_process(port: DjangoInThreads) -> None:
    async def story() -> None:
        senders = await full(port)
        other = DjangoInThreads(LeanHandler(), threads=1, body_max=BODY_MAX)
        late = Sender(other, "/papers/", [CREDENTIALS["/papers/"], CHUNKED])
        assert await late.finish() == 503
        for sender in senders:
            await sender.finish()

    asyncio.run(story())


@pytest.mark.parametrize("gone", [False, True], ids=["answered", "gone away"])
def test_room_is_given_back(port: DjangoInThreads, *, gone: bool) -> None:
    async def story() -> None:
        senders = await full(port)
        await senders.pop().finish(gone=gone)
        assert await Sender(port, "/papers/", [CREDENTIALS["/papers/"], CHUNKED]).finish() == 200
        for sender in senders:
            await sender.finish()

    asyncio.run(story())


def test_small_calls_and_other_addresses_go_on_while_papers_are_many(
    port: DjangoInThreads,
) -> None:
    async def story() -> None:
        senders = await full(port)
        known = (b"authorization", b"Bearer somebody")
        small = (b"content-length", b"%d" % SMALL_BYTES)
        assert await Sender(port, PROGRAMS[0], [known, small]).finish() == 200
        assert await Sender(port, "/elsewhere/", [known, CHUNKED]).finish() == 200
        for sender in senders:
            await sender.finish()

    asyncio.run(story())


class Flood:
    """Somebody who sends without end and tells how much was taken."""

    def __init__(self) -> None:
        self.taken_bytes = 0

    async def receive(self) -> Message:
        assert self.taken_bytes <= BODY_MAX
        self.taken_bytes += 10_000
        return {"type": "http.request", "body": b"x" * 10_000, "more_body": True}


@pytest.mark.parametrize("address", CREDENTIALS)
def test_of_a_strangers_papers_little_is_read_and_the_view_answers(
    port: DjangoInThreads, address: str
) -> None:
    flood = Flood()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, object] = {"type": "http", "method": "POST", "path": address}
    scope |= {"headers": [CHUNKED], "query_string": b"", "scheme": "http"}
    asyncio.run(port(scope, flood.receive, send))
    assert (sent[0]["status"], sent[1]["body"]) == (401, b"whose?")
    assert dict(sent[0]["headers"])[b"connection"] == b"close"
    assert flood.taken_bytes <= SMALL_BYTES + 10_000


def test_strangers_take_no_room_from_others(port: DjangoInThreads) -> None:
    async def story() -> None:
        strangers = [Sender(port, PROGRAMS[0], [CHUNKED]) for _ in range(LARGE_BODIES_MAX)]
        for stranger in strangers:
            await stranger.begun()
        assert await Sender(port, PROGRAMS[0], [CREDENTIALS[PROGRAMS[0]], CHUNKED]).finish() == 200
        assert {await stranger.finish() for stranger in strangers} == {401}

    asyncio.run(story())


def test_whoever_makes_credentials_up_takes_no_room_from_others() -> None:
    def knows(request: HttpRequest) -> bool:
        return request.headers.get("Authorization") == "Bearer somebody"

    async def story() -> None:
        port = DjangoInThreads(LeanHandler(), threads=2, body_max=BODY_MAX, knows=knows)
        made_up = (b"authorization", b"Bearer nobody")
        strangers = [Sender(port, PROGRAMS[0], [made_up, CHUNKED]) for _ in range(LARGE_BODIES_MAX)]
        for stranger in strangers:
            await stranger.begun()
        known = Sender(port, PROGRAMS[0], [CREDENTIALS[PROGRAMS[0]], CHUNKED])
        assert await known.finish() == 200
        for stranger in strangers:
            await stranger.finish()

    with override_settings(ROOT_URLCONF=__name__):
        asyncio.run(story())


@pytest.mark.parametrize("address", PROGRAMS)
def test_of_papers_with_made_up_credentials_little_is_read(address: str) -> None:
    """Through the whole port; no credential of this form needs a look at the database."""
    answer = ask(
        address, method="POST", body=b"x" * 5_000_000, headers={"Authorization": "Basic ?"}
    )

    assert (answer[0], answer[1].get("connection")) == (401, "close")


@pytest.mark.parametrize(
    ("address", "form"),
    [
        (PROGRAMS[0], "application/problem+json"),
        (PROGRAMS[1], "application/json"),
        (PROGRAMS[2], "application/json"),
    ],
)
def test_a_stranger_hears_the_refusal_of_his_dialect(address: str, form: str) -> None:
    """Through the whole port: what is refused unread looks as what is refused after reading."""
    small = ask(address, method="POST", body=b"x")
    large = ask(address, method="POST", body=b"x" * 5_000_000)

    assert (small[0], small[1]["content-type"]) == (401, form)
    assert large[0] == 401
    assert large[1]["content-type"] == form
    assert large[1]["connection"] == "close"
