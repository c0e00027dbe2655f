"""The one HTTP port: which part of the house answers which address, and what holds for all."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import django
import structlog

from nummer.config import logs, metrics
from nummer.config.processes import die_with_my_parent

if multiprocessing.parent_process() is not None:
    die_with_my_parent()  # a worker whose server was killed would go on answering
    logs.bind_process("web")
django.setup()

from nummer.config import loop_clock, visits  # noqa: E402 -- django.setup comes first
from nummer.config.env import environment  # noqa: E402 -- django.setup comes first
from nummer.config.health import is_healthy  # noqa: E402 -- django.setup comes first
from nummer.config.senders import knows  # noqa: E402 -- django.setup comes first
from nummer.config.threads import NEVER_ON_DISK, DjangoInThreads, LeanHandler, PageHandler, plain  # noqa: E402 -- django.setup comes first

loop_clock.install_where_needed(environment())

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LEAN: Final = (
    "/stubs/",
    "/api/",
    "/agent/",
    "/apigetService.php",
    "/onlinesim/",
    "/v1/",
    "/5sim/",
    "/2010-04-01",
    "/v2/",
    "/twilio/",
)
# Of the lean part too, with larger bodies and few threads.
UPLOADS: Final = tuple(path for path in NEVER_ON_DISK if path.startswith(LEAN))
LIVE: Final = "/live/"
LIVE_APPLICATION: Final = "nummer.faces.site.live"
DIALECT_BODY_MAX: Final = 1_000_000
PAGE_BODY_MAX: Final = 25_000_000  # a CSV of numbers; Django limits forms without files itself
SERVER: Final = (b"server", b"nummer")  # granian writes its own name where there is none

_log = structlog.get_logger(__name__)


class Root:
    """Routes by the first words of the path; every answer carries its request id."""

    def __init__(self) -> None:
        self._lean = DjangoInThreads(LeanHandler(), threads=8, body_max=DIALECT_BODY_MAX)
        self._uploads = DjangoInThreads(
            LeanHandler(), threads=2, body_max=PAGE_BODY_MAX, knows=knows
        )
        self._pages = DjangoInThreads(PageHandler(), threads=8, body_max=PAGE_BODY_MAX, knows=knows)
        self._live = _live_application()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and stop."""
        match scope["type"]:
            case "http":
                await self._answer(scope, receive, send)
            case "lifespan":
                await _follow_lifespan(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        part, application = self._part(scope["path"])
        answer = _Answer(send, request_id=logs.request_id(_given_id(scope)))
        began_at = time.perf_counter()
        scope["nummer.request_id"] = answer.request_id
        with structlog.contextvars.bound_contextvars(request_id=answer.request_id):
            try:
                await application(scope, receive, answer.send)
            except asyncio.CancelledError:
                raise
            except Exception:  # noqa: BLE001 -- the edge of the process: the caller gets an answer
                _log.exception("request failed", part=part)
                if not answer.status:
                    await plain(answer.send, 500, "The server made a mistake.\n")
            took_s = time.perf_counter() - began_at
            if part == "health":
                _log.debug("request", part=part, status=answer.status)
            else:
                logs.request_line(
                    request_id=answer.request_id,
                    part=part,
                    route=scope.get("nummer.route", ""),
                    method=scope["method"],
                    status=answer.status,
                    duration_ms=round(took_s * 1000, 1),
                )
        metrics.REQUESTS.labels(part=part, status=str(answer.status)).inc()
        if part != "live":
            metrics.REQUEST_SECONDS.labels(part=part).observe(took_s)

    def _part(self, path: str) -> tuple[str, Application]:
        if path.startswith(UPLOADS):
            return "lean", self._uploads
        if path.startswith(LEAN):
            return "lean", self._lean
        if path == "/healthz":
            return "health", self._health
        if path.startswith(LIVE) and self._live is not None:
            return "live", self._live
        return "pages", self._pages

    async def _health(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 when everything is ready, else 503; never what runs here or where."""
        healthy = await self._lean.call(is_healthy, environment().run)
        status, body = (200, b'{"status":"ok"}\n') if healthy else (503, b'{"status":"starting"}\n')
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else body
        await send({"type": "http.response.body", "body": body})


class _Answer:
    """Passes an answer on: adds the request id, hides whose server it is, remembers the status."""

    def __init__(self, send: Send, *, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = [SERVER, (b"x-request-id", self.request_id.encode())]
            message = {**message, "headers": [*message["headers"], *own]}
        await self._send(message)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return str(value.decode("latin-1"))
    return None


def _live_application() -> Application | None:
    if find_spec(LIVE_APPLICATION) is None:
        return None
    application: Application = import_module(LIVE_APPLICATION).app
    return application


async def _follow_lifespan(receive: Receive, send: Send) -> None:
    writer = visits.Writer()
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            writer.start()
        else:
            await asyncio.to_thread(writer.stop)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


application = Root()
