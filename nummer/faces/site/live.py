"""Server-sent events for the order table and the inbox: a small ASGI application for /live/.

One connection per process listens to PostgreSQL; every client of an account is told the public
id of the activation that changed, or the lease whose SMS did, and nothing else, and the page then
asks for what it shows again. A client that was away misses nothing: the first event of every
stream tells the page to ask for everything that is open.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections, connections
from django.http import HttpRequest

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CHANNEL: Final = "nummer_activation"
SMS_CHANNEL: Final = "nummer_sms"
HEARTBEAT_S: Final = 15.0  # below the 30 s after which common proxies drop a silent answer
LIFE_S: Final = 300.0  # then the page connects again, so a signed-out page does not stay
LIFE_SPREAD: Final = 0.2
PENDING_MAX: Final = 100  # more changes than that are one "ask for everything"
CLIENTS_PER_ACCOUNT_MAX: Final = 12
CLIENTS_MAX: Final = 2_000
RETRY_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
CONNECT_S: Final = 5

_log = structlog.get_logger(__name__)


class Client:
    """One open stream: what it has still to be told, never more than PENDING_MAX ids."""

    def __init__(self) -> None:
        self._changed: set[str] = set()
        self._everything = True  # the first thing a stream says
        self._woken = asyncio.Event()
        self._woken.set()

    def tell(self, activation_id: str) -> None:
        """Note that an activation changed."""
        self._note(f"activation-{activation_id}")

    def tell_of_sms(self, lease_id: UUID) -> None:
        """Note that an SMS of a rented number came or changed."""
        self._note(f"sms-{lease_id}")

    def _note(self, event: str) -> None:
        self._changed.add(event)
        if len(self._changed) > PENDING_MAX:
            self.tell_everything()
        self._woken.set()

    def tell_everything(self) -> None:
        """Note that anything may have changed."""
        self._changed.clear()
        self._everything = True
        self._woken.set()

    async def wait(self, *, timeout_s: float) -> bytes:
        """Return the next events, or a comment that keeps the connection when nothing came."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._woken.wait()
        except TimeoutError:
            return b":\n\n"
        self._woken.clear()
        names = ["connected"] if self._everything else []
        names += sorted(self._changed)
        if any(name.startswith("sms-") for name in self._changed):
            names.append("sms")  # what a page listens to that shows all numbers
        self._everything = False
        self._changed.clear()
        return b"".join(f"event: {name}\ndata: {name}\n\n".encode() for name in names)


class Listener:
    """Passes PostgreSQL's notifications on to the clients of this process."""

    def __init__(self) -> None:
        self._clients: dict[str, set[Client]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def has_room(self, account_id: str) -> bool:
        """Say whether one more stream may be opened."""
        count = sum(len(clients) for clients in self._clients.values())
        mine = len(self._clients.get(account_id, ()))
        return mine < CLIENTS_PER_ACCOUNT_MAX and count < CLIENTS_MAX

    @contextlib.asynccontextmanager
    async def joined(self, account_id: str) -> AsyncIterator[Client]:
        """Tell a client of its account's changes while it stays; the last one ends listening."""
        client = Client()
        self._clients[account_id].add(client)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen())
            self._task.add_done_callback(_tell_of_mistake)
        try:
            yield client
        finally:
            self._clients[account_id].discard(client)
            if not self._clients[account_id]:
                del self._clients[account_id]
            if not self._clients and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _listen(self) -> None:
        lost = 0
        while True:
            try:
                async with await self._connection() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await connection.execute(f"LISTEN {SMS_CHANNEL}")
                    lost = 0
                    self._tell_everybody()
                    async for notification in connection.notifies():
                        self._pass_on(notification.channel, notification.payload)
            except (psycopg.Error, OSError):
                _log.warning("live updates wait for the database")
            await asyncio.sleep(RETRY_S[min(lost, len(RETRY_S) - 1)])
            lost += 1

    async def _connection(self) -> psycopg.AsyncConnection[Any]:
        entry = connections["default"].settings_dict
        return await psycopg.AsyncConnection.connect(
            autocommit=True,
            **{
                "connect_timeout": CONNECT_S,
                "host": entry["HOST"] or None,
                "port": entry["PORT"] or None,
                "user": entry["USER"] or None,
                "password": entry["PASSWORD"] or None,
                "dbname": entry["NAME"],
                **entry["OPTIONS"],
            },
        )

    def _tell_everybody(self) -> None:
        """After a gap anything may have happened."""
        for clients in self._clients.values():
            for client in clients:
                client.tell_everything()

    def _pass_on(self, channel: str, payload: str) -> None:
        """Tell of the changes that a notification names: account:activation or lease, by commas."""
        for name in payload.split(","):
            account_id, _, changed = name.partition(":")
            clients = self._clients.get(account_id, ())
            if channel == SMS_CHANNEL:
                with contextlib.suppress(ValueError):
                    lease_id = UUID(changed)
                    for client in clients:
                        client.tell_of_sms(lease_id)
            elif changed.isascii() and changed.isdigit():
                for client in clients:
                    client.tell(changed)


def _tell_of_mistake(task: asyncio.Task[None]) -> None:
    """Let a mistake of ours reach the log; the next stream starts the listener again."""
    if not task.cancelled() and (mistake := task.exception()) is not None:
        _log.error("live listener ended", exc_info=mistake)


_listener: Final = Listener()


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer GET /live/ with the changes of the signed-in customer's activations and SMS."""
    if scope["type"] != "http" or scope["path"] != "/live/":
        return await _refuse(send, 404)
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    account_id = await sync_to_async(_account_id, thread_sensitive=True)(_session_key(scope))
    if account_id is None:
        return await _refuse(send, 401)
    if not _listener.has_room(account_id):
        return await _refuse(send, 429)
    async with _listener.joined(account_id) as client:
        await _stream(client, receive, send)
    return None


async def _stream(client: Client, receive: Receive, send: Send) -> None:
    """Send events until the page goes away or the stream has lived long enough."""
    await _begin(send, 200, "text/event-stream; charset=utf-8")
    sending = asyncio.create_task(_send_events(client, send))
    gone = asyncio.create_task(_gone(receive))
    life_s = LIFE_S * random.uniform(1 - LIFE_SPREAD, 1 + LIFE_SPREAD)  # noqa: S311 -- spreads load
    try:
        await asyncio.wait({sending, gone}, timeout=life_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        gone.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)
    with contextlib.suppress(Exception):  # the page may have gone at this very moment
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_events(client: Client, send: Send) -> None:
    await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
    while True:
        events = await client.wait(timeout_s=HEARTBEAT_S)
        await send({"type": "http.response.body", "body": events, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int) -> None:
    await _begin(send, status, "text/plain; charset=utf-8")
    await send({"type": "http.response.body", "body": b""})


async def _begin(send: Send, status: int, content_type: str) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})


def _session_key(scope: Message) -> str | None:
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            with contextlib.suppress(CookieError):
                cookies.load(value.decode("latin-1"))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return None if morsel is None else morsel.value


def _account_id(session_key: str | None) -> str | None:
    """Return whose session this is; None for visitors, the staff and ended sessions."""
    if session_key is None:
        return None
    close_old_connections()
    try:
        request = HttpRequest()
        engine = import_module(settings.SESSION_ENGINE)
        request.session = engine.SessionStore(session_key)
        account_id = getattr(get_user(request), "account_id", None)
        return None if account_id is None else str(account_id)
    finally:
        close_old_connections()
