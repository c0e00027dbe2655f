"""The provider's API over HTTP: as much of Stripe's as our side of it asks for."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from nummer.suppliers.sandbox.payments import objects
from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.objects import Wrong
from nummer.suppliers.sandbox.payments.quiet import QuietServer

BODY_OCTETS_MAX: Final = 100_000
STOPS_WITHIN_S: Final = 0.05
PAGE_USUAL: Final = 10
PAGE_MAX: Final = 100

Form = Mapping[str, str]
Route = Callable[[Memory, Form, str], dict[str, Any]]


def _found(kind: str) -> Route:
    def read(memory: Memory, _form: Form, name: str) -> dict[str, Any]:
        found = memory.find(name, kind)
        if found is None:
            raise Wrong(f"No such {kind}.", code="resource_missing", status=404)
        return found

    return read


def _list_of(kind: str, owner: str) -> Route:
    def read(memory: Memory, form: Form, _name: str) -> dict[str, Any]:
        return _page(memory.all_of(kind, form.get(owner)), form)

    return read


def _methods(memory: Memory, form: Form, name: str) -> dict[str, Any]:
    if memory.find(name, "customer") is None:
        raise Wrong("No such customer.", code="resource_missing", status=404)
    return _page(memory.all_of("payment_method", name), form)


def _events(memory: Memory, form: Form, _name: str) -> dict[str, Any]:
    limit = _limit(form)
    types = [value for key, value in sorted(form.items()) if key.startswith("types[")]
    since = form.get("created[gte]", "0")
    bodies = memory.events(
        types,
        since=int(since) if since.isascii() and since.isdigit() else 0,
        after=form.get("starting_after", ""),
        limit=limit + 1,
    )
    return {
        "object": "list",
        "url": "/v1/events",
        "has_more": len(bodies) > limit,
        "data": [json.loads(body) for body in bodies[:limit]],
    }


def _page(listed: list[dict[str, Any]], form: Form) -> dict[str, Any]:
    limit, after = _limit(form), form.get("starting_after")
    names = [each["id"] for each in listed]
    start = names.index(after) + 1 if after in names else 0
    part = listed[start : start + limit]
    return {
        "object": "list",
        "url": "/v1/list",
        "has_more": len(listed) > start + limit,
        "data": part,
    }


def _limit(form: Form) -> int:
    text = form.get("limit", "")
    return min(int(text), PAGE_MAX) if text.isascii() and text.isdigit() else PAGE_USUAL


def _open(memory: Memory, form: Form, _name: str) -> dict[str, Any]:
    return objects.open_session(memory, form)


def _expire(memory: Memory, _form: Form, name: str) -> dict[str, Any]:
    return objects.expire_session(memory, name)


def _take(memory: Memory, form: Form, _name: str) -> dict[str, Any]:
    return objects.take_payment(memory, form)


def _refund(memory: Memory, form: Form, _name: str) -> dict[str, Any]:
    return objects.refund(memory, form)


def _forget(memory: Memory, _form: Form, name: str) -> dict[str, Any]:
    return objects.forget_customer(memory, name)


_NAME: Final = r"([a-z_]{2,8}[0-9a-f]{24})"
ROUTES: Final[tuple[tuple[str, re.Pattern[str], Route], ...]] = tuple(
    (method, re.compile(pattern), route)
    for method, pattern, route in (
        ("POST", r"/v1/checkout/sessions()", _open),
        ("GET", rf"/v1/checkout/sessions/{_NAME}", _found("checkout.session")),
        ("POST", rf"/v1/checkout/sessions/{_NAME}/expire", _expire),
        ("POST", r"/v1/payment_intents()", _take),
        ("GET", rf"/v1/payment_intents/{_NAME}", _found("payment_intent")),
        ("POST", r"/v1/refunds()", _refund),
        ("GET", r"/v1/refunds()", _list_of("refund", "payment_intent")),
        ("GET", rf"/v1/refunds/{_NAME}", _found("refund")),
        ("GET", r"/v1/disputes()", _list_of("dispute", "payment_intent")),
        ("GET", rf"/v1/customers/{_NAME}/payment_methods", _methods),
        ("DELETE", rf"/v1/customers/{_NAME}", _forget),
        ("GET", r"/v1/events()", _events),
    )
)


def serve(desk: Desk) -> ThreadingHTTPServer:
    """Answer on a free port of loopback, in threads of this process, until `shutdown`."""

    class Handler(_Handler):
        provider = desk

    server = QuietServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(
        target=server.serve_forever, args=(STOPS_WITHIN_S,), name="payments", daemon=True
    ).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    provider: Desk
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

    def do_DELETE(self) -> None:
        """Forget something."""
        self._serve("DELETE")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing: what happened stands in the events."""

    def _serve(self, method: str) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_OCTETS_MAX:
            self.close_connection = True
            self._answer(413, json.dumps(Wrong("Too much.").body), {})
            return
        body = self.rfile.read(int(length)).decode(errors="replace")
        url = urlsplit(self.path)
        form = dict(parse_qsl(body if method == "POST" else url.query, keep_blank_values=True))
        key = self.headers.get("idempotency-key", "") if method == "POST" else ""
        try:
            self._require_key()
            status, answer, headers = _once(self.provider, method, url.path, form, key=key)
        except Wrong as wrong:
            status, answer, headers = wrong.status, json.dumps(wrong.body), {}
        # A slow answer, as tests ask for it: it is done, and the shop does not know it yet.
        if method == "POST" and (delay := self.provider.setting("answer_delay_s")):
            time.sleep(float(delay))
        self._answer(status, answer, headers)

    def _require_key(self) -> None:
        shown = self.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), self.provider.keys()[0].encode()):
            raise Wrong("Invalid API key.", status=401)

    def _answer(self, status: int, body: str, headers: Mapping[str, str]) -> None:
        octets = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(octets)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(octets)


def _once(
    desk: Desk, method: str, path: str, form: Form, *, key: str
) -> tuple[int, str, Mapping[str, str]]:
    """Do what is asked, once for each idempotency key, refusals included.

    The same key with another request is a conflict.
    """
    digest = hashlib.sha256(json.dumps([method, path, sorted(form.items())]).encode()).hexdigest()
    with desk.change() as memory:
        before = memory.answered(key) if key else None
        if before is not None:
            if before[0] != digest:
                raise Wrong(
                    "Keys for idempotent requests can only be used with the same parameters.",
                    kind="idempotency_error",
                )
            return before[1], before[2], {"Idempotent-Replayed": "true"}
        status, body = _do(memory, method, path, form)
        if key:
            memory.answer(key, digest=digest, status=status, body=body)
    return status, body, {}


def _do(memory: Memory, method: str, path: str, form: Form) -> tuple[int, str]:
    for verb, pattern, route in ROUTES:
        if verb == method and (match := pattern.fullmatch(path)):
            try:
                return 200, json.dumps(route(memory, form, match[1]))
            except Wrong as wrong:
                return wrong.status, json.dumps(wrong.body)
    raise Wrong("Unrecognized request URL.", status=404)
