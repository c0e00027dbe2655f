"""Live updates of the order table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, connections
from django.test import Client

from nummer.faces.site import live
from tests import builders
from tests.faces.conftest import Enter

T = TypeVar("T")
pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    """A browser that reads events."""

    def __init__(
        self, browser: Client | None, *, path: str = "/live/", method: str = "GET"
    ) -> None:
        cookie = ""
        if browser is not None:
            cookie = f"a=b; sessionid={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
        self._scope = {
            "type": "http",
            "path": path,
            "method": method,
            "headers": [(b"cookie", cookie.encode()), (b"last-event-id", b"\xff nonsense")],
        }
        self._gone = asyncio.Event()
        self.status = 0
        self.body = b""
        self._news = asyncio.Event()

    async def __aenter__(self) -> Page:
        self._task = asyncio.create_task(live.app(self._scope, self._receive, self._send))
        return self

    async def __aexit__(self, *_reason: object) -> None:
        self._gone.set()
        async with asyncio.timeout(5):
            await self._task

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.body += message.get("body", b"")
        self._news.set()

    async def until(self, words: bytes, *, times: int = 1) -> None:
        """Read until the words came so often."""
        async with asyncio.timeout(5):
            while self.body.count(words) < times:
                self._news.clear()
                await self._news.wait()

    async def answered(self) -> int:
        """Return the status of an answer that ends by itself."""
        async with asyncio.timeout(5):
            await self._task
        return self.status


def notify(payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('nummer_activation', %s)", [payload])
    connection.close()


def told(story: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Live through a story, and close the connection of the thread that looked sessions up."""

    async def whole() -> T:
        try:
            return await story()
        finally:
            await sync_to_async(connections.close_all, thread_sensitive=True)()

    return asyncio.run(whole())


def test_change_reaches_the_holder_and_names_nothing_but_the_public_id(enter: Enter) -> None:
    holder, stranger = builders.customer(), builders.customer()
    browsers = enter(holder), enter(stranger)

    async def story() -> tuple[bytes, bytes]:
        async with Page(browsers[0]) as mine, Page(browsers[1]) as theirs:
            # the second word comes when the listener hears PostgreSQL
            await mine.until(b"event: connected", times=2)
            await theirs.until(b"event: connected")
            await asyncio.to_thread(notify, f"{holder}:1000007")
            await mine.until(b"activation-1000007")
            return mine.body, theirs.body

    mine, theirs = told(story)
    assert b"event: activation-1000007\ndata: activation-1000007\n\n" in mine
    assert b"1000007" not in theirs


def test_changes_of_one_batch_reach_each_holder_and_no_other(enter: Enter) -> None:
    holders = builders.customer(), builders.customer()
    browsers = [enter(holder) for holder in holders]

    async def story() -> tuple[bytes, bytes]:
        async with Page(browsers[0]) as one, Page(browsers[1]) as other:
            await one.until(b"event: connected", times=2)
            await other.until(b"event: connected")
            names = f"{holders[0]}:1000011,{holders[1]}:1000012,{holders[0]}:1000013"
            await asyncio.to_thread(notify, names)
            await one.until(b"activation-1000013")
            await other.until(b"activation-1000012")
            return one.body, other.body

    one, other = told(story)
    assert b"activation-1000011\n" in one
    assert b"1000012" not in one
    assert b"1000011" not in other


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/live/", "GET", 401), ("/live/", "POST", 405), ("/live/x", "GET", 404)],
)
def test_without_a_customer_there_is_no_stream(
    enter: Enter, path: str, method: str, status: int
) -> None:
    async def story() -> int:
        async with Page(None, path=path, method=method) as page:
            return await page.answered()

    assert told(story) == status


def test_signed_out_browser_gets_no_stream(enter: Enter) -> None:
    browser = enter(builders.customer())
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    browser.post("/accounts/logout/")
    browser.cookies[settings.SESSION_COOKIE_NAME] = key

    async def story() -> int:
        async with Page(browser) as page:
            return await page.answered()

    assert told(story) == 401


def test_one_account_cannot_hold_all_streams(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CLIENTS_PER_ACCOUNT_MAX", 1)
    browser = enter(builders.customer())

    async def story() -> int:
        async with Page(browser) as first:
            await first.until(b"event: connected")
            async with Page(browser) as second:
                return await second.answered()

    assert told(story) == 429


def test_flood_of_changes_becomes_one_word() -> None:
    async def story() -> bytes:
        client = live.Client()
        await client.wait(timeout_s=1)
        for activation_id in range(live.PENDING_MAX + 1):
            client.tell(str(activation_id))
        return await client.wait(timeout_s=1)

    assert told(story) == b"event: connected\ndata: connected\n\n"


def test_silent_stream_is_kept_open_by_a_comment() -> None:
    async def story() -> bytes:
        client = live.Client()
        await client.wait(timeout_s=1)
        return await client.wait(timeout_s=0.01)

    assert told(story) == b":\n\n"


def test_stream_ends_after_its_life_so_that_the_page_connects_again(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LIFE_S", 0.05)
    browser = enter(builders.customer())

    async def story() -> int:
        async with Page(browser) as page:
            return await page.answered()

    assert told(story) == 200
