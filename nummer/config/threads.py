"""Runs Django's synchronous handlers in threads behind the asynchronous port.

Two handlers share one process: pages get the full middleware, dialects and the API none but
what the port itself does. docs/adr/0002-one-origin.md has the measurement.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import io
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any, Final, ParamSpec, TypeVar

import structlog
from django import db
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix, set_urlconf

ANSWER_LIMIT_S: Final = 30.0
BODY_LIMIT_S: Final = 30.0
WAITING_PER_THREAD: Final = 32
CHUNK_BYTES: Final = 256 * 1024
IN_MEMORY_BYTES: Final = 1_000_000
# Papers arrive in clear and are stored sealed (PP-2.3a).
NEVER_ON_DISK: Final = (
    "/papers/",
    "/api/v1/papers",
    "/v2/RegulatoryCompliance/SupportingDocuments",
    "/twilio/v2/RegulatoryCompliance/SupportingDocuments",
)
OF_PAGES: Final = "/papers/"
LARGE_BODIES_MAX: Final = 8  # at a time in a process: with 25 MB each, 200 MB
SMALL_BYTES: Final = 64 * 1024

P = ParamSpec("P")
T = TypeVar("T")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]

_log = structlog.get_logger(__name__)


class PageHandler(BaseHandler):
    """Django with all its middleware."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def respond(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer to one request."""
        set_script_prefix("/")
        signals.request_started.send(sender=type(self), scope={})
        return self.get_response(request)

    def finish(self, response: HttpResponseBase) -> None:
        """Give back what the answer held."""
        response.close()


class LeanHandler(BaseHandler):
    """Django's routing and views without middleware and without a look at the connection.

    The usual check of the connection costs a round trip in each request; here a connection is
    only looked at after an error on it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._view_middleware: list[object] = []
        self._exception_middleware: list[object] = []
        self._template_response_middleware: list[object] = []
        self._middleware_chain = convert_exception_to_response(
            self._get_response  # type: ignore[attr-defined]  # the stubs leave it out
        )

    def respond(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer to one request."""
        set_script_prefix("/")
        set_urlconf(settings.ROOT_URLCONF)
        try:
            return self.get_response(request)
        finally:
            _close_broken()

    def finish(self, response: HttpResponseBase) -> None:
        """Give back what the answer held; nothing is listening for the end of a request here."""
        closers = response._resource_closers  # type: ignore[attr-defined]  # noqa: SLF001 -- close() would send the signal that checks connections
        for closer in closers:
            closer()


def _looked_at(knows: Callable[[HttpRequest], bool], request: HttpRequest) -> bool:
    try:
        return knows(request)
    finally:
        _close_broken()


def _close_broken() -> None:
    """Close this thread's connections after an error on them, and no others."""
    for link in db.connections.all(initialized_only=True):
        if link.errors_occurred or link.in_atomic_block:
            link.close_if_unusable_or_obsolete()


class TooLargeError(Exception):
    """The request's body is over the limit of its part."""


class _LargeBodies:
    """Counts the large bodies in memory. One for the process; only its loop touches it."""

    def __init__(self) -> None:
        self.held = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one for as long as it may lie in memory."""
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1


_large_bodies: Final = _LargeBodies()


class DjangoInThreads:
    """An ASGI application that answers with a synchronous handler in a pool of threads."""

    def __init__(
        self,
        handler: PageHandler | LeanHandler,
        *,
        threads: int,
        body_max: int,
        knows: Callable[[HttpRequest], bool] | None = None,
    ) -> None:
        """`knows` tells by its head whether papers come from a customer; None: all do."""
        self._handler = handler
        self._knows = knows
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=type(handler).__name__)
        self._waiting_max = threads * WAITING_PER_THREAD
        self._waiting = 0
        self._body_max = body_max

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Read the body, answer in a thread, send; refuse with 413, 408, 400 or 503."""
        if self._waiting >= self._waiting_max:
            await plain(send, 503, "Too many requests wait already. Try again soon.\n", retry_s=2)
            return
        if scope["method"] == "GET" and not _announces_body(scope):
            await self._answer(scope, io.BytesIO(), send)  # the common case: nothing to wait for
            return
        if not _may_be_large_in_memory(scope):
            await self._take(scope, receive, send, stranger=_hands_in_as_stranger(scope))
            return
        if not await self._is_known(scope):
            await self._take(scope, receive, send, stranger=True)
            return
        if _large_bodies.held >= LARGE_BODIES_MAX:
            text = "Too many documents arrive just now. Try again soon.\n"
            await plain(send, 503, text, retry_s=5, close=True)
            return
        with _large_bodies.one_more():
            await self._take(scope, receive, send, stranger=False)

    async def _is_known(self, scope: dict[str, Any]) -> bool:
        """Look at the credentials of large papers before they get a place (ADR 393)."""
        if self._knows is None:
            return True
        try:
            request = ASGIRequest({**scope, "root_path": ""}, io.BytesIO())
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await self.call(_looked_at, self._knows, request)
        except (UnicodeDecodeError, RequestDataTooBig, ValueError, TimeoutError, db.Error):
            return False  # the view says what is wrong

    async def _take(
        self, scope: dict[str, Any], receive: Receive, send: Send, *, stranger: bool
    ) -> None:
        """Read the body and answer. Of a stranger's papers no more is read than a small body.

        A view looks at the credentials before the body, so its own refusal is the answer.
        """
        limit = min(SMALL_BYTES, self._body_max) if stranger else self._body_max
        try:
            body = await asyncio.wait_for(_read(receive, scope, limit), BODY_LIMIT_S)
        except TooLargeError:
            if stranger:
                await self._answer(scope, io.BytesIO(), send, close=True)
                return
            await plain(send, 413, f"The body is larger than {self._body_max} bytes.\n", close=True)
            return
        except TimeoutError:
            await plain(send, 408, "The body did not arrive in time.\n", close=True)
            return
        if body is not None:
            with body:
                await self._answer(scope, body, send)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function in one of the threads, with the present context."""
        context = contextvars.copy_context()
        work = functools.partial(context.run, function, *args, **kwargs)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    async def _answer(
        self, scope: dict[str, Any], body: IO[bytes], send: Send, *, close: bool = False
    ) -> None:
        try:
            request = ASGIRequest({**scope, "root_path": ""}, body)
        except (UnicodeDecodeError, RequestDataTooBig, ValueError):
            await plain(send, 400, "The request cannot be read.\n")
            return
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                response = await self.call(self._respond, request)
        except TimeoutError:
            _log.error("answer took too long")
            await plain(send, 503, "This takes too long just now. Try again.\n", retry_s=5)
            return
        if request.resolver_match is not None:
            scope["nummer.route"] = request.resolver_match.route
        if close:
            response["Connection"] = "close"  # what is left of the body is not read
        try:
            await self._send(response, send, without_body=scope["method"] == "HEAD")
        finally:
            if response.streaming:
                await self.call(self._handler.finish, response)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        """Answer and, where the answer is whole, finish: connections belong to this thread."""
        response = self._handler.respond(request)
        if not response.streaming:
            self._handler.finish(response)
        return response

    async def _send(self, response: HttpResponseBase, send: Send, *, without_body: bool) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": response.status_code,
                "headers": _headers(response),
            }
        )
        if without_body:
            await send({"type": "http.response.body", "body": b""})
        elif isinstance(response, StreamingHttpResponse):
            chunks = _chunks(response)
            while (chunk := await self.call(next, chunks, None)) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            body = response.content  # type: ignore[attr-defined]  # it does not stream
            await send({"type": "http.response.body", "body": body})


async def plain(
    send: Send, status: int, text: str, *, retry_s: int | None = None, close: bool = False
) -> None:
    """Send a short text as the whole answer."""
    body = text.encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    ]
    if retry_s is not None:
        headers.append((b"retry-after", str(retry_s).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _announces_body(scope: dict[str, Any]) -> bool:
    """Say whether a request comes with a body (RFC 9112, section 6)."""
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _may_be_large_in_memory(scope: dict[str, Any]) -> bool:
    """Say whether a body stays in memory and is not surely small."""
    if not scope["path"].startswith(NEVER_ON_DISK) or _hands_in_as_stranger(scope):
        return False
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if b"transfer-encoding" in headers or not length.isdigit():
        return True
    return int(length) > SMALL_BYTES


def _hands_in_as_stranger(scope: dict[str, Any]) -> bool:
    """Say whether papers come with nothing that could tell whose they are."""
    if not scope["path"].startswith(NEVER_ON_DISK):
        return False
    needed = b"cookie" if scope["path"].startswith(OF_PAGES) else b"authorization"
    return all(name != needed for name, _ in scope["headers"])


async def _read(receive: Receive, scope: dict[str, Any], limit: int) -> IO[bytes] | None:
    """Return the body; None when the client went away. Raises TooLargeError."""
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > limit):
            raise TooLargeError
    kept = limit if scope["path"].startswith(NEVER_ON_DISK) else IN_MEMORY_BYTES
    body = tempfile.SpooledTemporaryFile(kept, mode="w+b")  # noqa: SIM115 -- the caller closes it
    try:
        arrived = await _collect(receive, body, limit)
    except BaseException:
        body.close()
        raise
    if not arrived:
        body.close()
        return None
    body.seek(0)
    return body


async def _collect(receive: Receive, body: IO[bytes], limit: int) -> bool:
    """Write what comes to the file; False when the client went away. Raises TooLargeError."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        size += len(message.get("body", b""))
        if size > limit:
            raise TooLargeError
        body.write(message.get("body", b""))
        if not message.get("more_body", False):
            return True


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [
        (name.lower().encode("ascii"), value.encode("latin-1")) for name, value in response.items()
    ]
    headers += [
        (b"set-cookie", cookie.OutputString().encode("ascii"))
        for cookie in response.cookies.values()
    ]
    if not response.has_header("X-Content-Type-Options"):
        headers.append((b"x-content-type-options", b"nosniff"))
    if not response.streaming and not response.has_header("Content-Length"):
        length = len(response.content)  # type: ignore[attr-defined]  # it does not stream
        headers.append((b"content-length", str(length).encode()))
    return headers


def _chunks(response: StreamingHttpResponse) -> Iterator[bytes]:
    """Yield a streamed answer, a file in larger pieces than Django's 4 kB."""
    file = getattr(response, "file_to_stream", None)
    if file is None:
        yield from response
        return
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
