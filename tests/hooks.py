"""A customer's server: it keeps what it was told and answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from uuid import UUID

from django.db import connection

from nummer.apps.webhooks.actions import deliver
from nummer.apps.webhooks.jobs import DUE_SOURCES
from nummer.config.sweeper import sweep_until
from nummer.kernel.jobs import CALL_ENDPOINT


@dataclass(frozen=True, slots=True)
class Told:
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What is answered: a status, headers and a body."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Receiver:
    """Listens on a free port of loopback while it is entered."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.reply: Callable[[Told], Reply] = lambda told: Reply()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                told = Told(
                    self.command,
                    self.path,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                outer.told.append(told)
                reply = outer.reply(told)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = _take  # noqa: N815 -- the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str = "/hook") -> str:
        """Return an address of this server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"


def failing(status: int = 500) -> Callable[[Told], Reply]:
    """Return a way to answer that takes nothing."""
    return lambda told: Reply(status)


def work(now: datetime) -> int:
    """Do what is due, and the jobs that this deferred; return how many calls were made."""
    sweep_until(now, sources=DUE_SOURCES)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = %s"
            " RETURNING id, args->>'account_id', args->>'endpoint_id'",
            [CALL_ENDPOINT],
        )
        waiting = sorted(cursor.fetchall())
    return sum(
        deliver(int(account_id), endpoint_id=UUID(endpoint_id), now=now)
        for _, account_id, endpoint_id in waiting
    )
