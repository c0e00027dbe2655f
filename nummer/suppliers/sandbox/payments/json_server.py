"""HTTP on loopback for the sandbox's providers that speak JSON: one question, one answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.quiet import QuietServer

BODY_OCTETS_MAX: Final = 9_000_000  # the largest paper, sealed, with its frame
STOPS_WITHIN_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    octets: bytes

    def wish(self) -> Any:
        """Return the question's JSON. Raises ValueError."""
        return json.loads(self.octets or b"{}")


class NoAnswer(Exception):  # noqa: N818 -- a state of the wire, not an error of ours
    """What was asked is done, and the line is cut before anything is said."""


Answerer = Callable[[Desk, Asked], tuple[int, Any]]


def serve(
    desk: Desk, answer: Answerer, *, content_type: str = "application/json"
) -> ThreadingHTTPServer:
    """Answer on a free port of loopback, in threads of this process, until `shutdown`."""

    class Handler(_Handler):
        provider = desk
        answerer = staticmethod(answer)
        content = content_type

    server = QuietServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(
        target=server.serve_forever, args=(STOPS_WITHIN_S,), name="payments", daemon=True
    ).start()
    return server


def answer_late(desk: Desk) -> None:
    """Wait where tests ask for it: what was asked is done, and the shop does not know it yet."""
    if delay := desk.setting("answer_delay_s"):
        time.sleep(float(delay))


class _Handler(BaseHTTPRequestHandler):
    provider: Desk
    answerer: Answerer
    content: str
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer a question."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Do something."""
        self._serve("POST")

    def do_PATCH(self) -> None:
        """Change something."""
        self._serve("PATCH")

    def do_DELETE(self) -> None:
        """Take something away."""
        self._serve("DELETE")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing: what happened stands in the events."""

    def _serve(self, method: str) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_OCTETS_MAX:
            self.close_connection = True
            self._answer(413, {"name": "TOO_MUCH"})
            return
        url = urlsplit(self.path)
        asked = Asked(
            method=method,
            path=url.path,
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            octets=self.rfile.read(int(length)),
        )
        try:
            answer = self.answerer(self.provider, asked)
        except NoAnswer:
            self.close_connection = True
            return
        self._answer(*answer)

    def _answer(self, status: int, body: Any) -> None:
        octets = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", self.content)
        self.send_header("Content-Length", str(len(octets)))
        with suppress(ConnectionError):  # who asked did not wait
            self.end_headers()
            self.wfile.write(octets)
