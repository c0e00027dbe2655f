"""What the one HTTP port answers by itself: ids, limits, health, and whose server it is not."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from nummer.config import health, threads
from nummer.config.env import environment
from nummer.config.processes import write_json
from nummer.config.threads import DjangoInThreads, LeanHandler

Answer = tuple[int, dict[str, str], bytes]


def thread_name(request: HttpRequest) -> HttpResponse:
    return HttpResponse(threading.current_thread().name)


def body_size(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.body)))


def read_size(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(request.read(10_000_000))))


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(0.5)
    return HttpResponse("late")


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("rosebud")


def file(request: HttpRequest) -> FileResponse:
    return FileResponse(Path(__file__).open("rb"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=404)


handler404 = not_found
urlpatterns = [
    path("api/thread", thread_name),
    path("api/size", body_size),
    path("api/v1/papers", read_size),
    path("api/slow", slow),
    path("api/broken", broken),
    path("api/file", file),
]


@pytest.fixture(autouse=True)
def _own_urls() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@cache
def the_port() -> Any:
    """Return the application that granian serves."""
    (environment().home / "static").mkdir(parents=True, exist_ok=True)
    return import_module("nummer.config.asgi").application


def ask(
    address: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    application: Any = None,
) -> Answer:
    """Send one request to the application and return status, headers and body."""
    sent: list[dict[str, Any]] = []
    pieces = [body[start : start + 65536] for start in range(0, len(body), 65536)] or [b""]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": address,
        "raw_path": address.encode(),
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
        "http_version": "1.1",
    }
    asyncio.run((application or the_port())(scope, receive, send))
    start = sent[0]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, content


def test_answer_carries_the_callers_request_id() -> None:
    _, headers, _ = ask("/api/thread", headers={"X-Request-Id": "from-the-proxy-1"})
    assert headers["x-request-id"] == "from-the-proxy-1"


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g", "<script>alert</script>"])
def test_malformed_request_id_is_replaced(given: str) -> None:
    _, headers, _ = ask("/api/thread", headers={"X-Request-Id": given})
    assert headers["x-request-id"] != given
    assert len(headers["x-request-id"]) == 32


def test_answer_names_no_software() -> None:
    _, headers, _ = ask("/api/thread")
    assert headers["server"] == "nummer"
    assert not {"x-powered-by", "via"} & headers.keys()


def test_body_over_the_limit_of_a_dialect_is_refused_in_words() -> None:
    status, headers, body = ask("/api/size", method="POST", body=b"x" * 1_000_001)
    assert (status, headers["connection"]) == (413, "close")
    assert body == b"The body is larger than 1000000 bytes.\n"


def test_announced_length_over_the_limit_is_refused_before_it_comes() -> None:
    status, _, _ = ask("/api/size", method="POST", headers={"Content-Length": "2000000"})
    assert status == 413


def test_body_at_the_limit_arrives_whole() -> None:
    assert ask("/api/size", method="POST", body=b"x" * 1_000_000)[2] == b"1000000"


def test_papers_may_be_larger_than_other_calls_of_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = the_port()
    monkeypatch.setattr(port._uploads, "_knows", lambda _: True)
    known = {"Authorization": "Bearer somebody"}
    answer = ask("/api/v1/papers", method="POST", body=b"x" * 5_000_000, headers=known)
    assert answer[2] == b"5000000"


def test_body_that_stops_is_answered_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "BODY_LIMIT_S", 0.05)

    async def never() -> dict[str, Any]:
        await asyncio.sleep(60)
        raise AssertionError

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    port = DjangoInThreads(LeanHandler(), threads=1, body_max=10)
    asyncio.run(port({"headers": [], "method": "POST", "path": "/api/size"}, never, send))
    assert sent[0]["status"] == 408


def test_answer_that_takes_too_long_is_answered_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "ANSWER_LIMIT_S", 0.05)
    status, headers, _ = ask("/api/slow")
    assert (status, headers["retry-after"]) == (503, "5")


def test_too_many_waiting_requests_are_told_to_come_back() -> None:
    port = DjangoInThreads(LeanHandler(), threads=1, body_max=10)
    port._waiting = port._waiting_max
    status, headers, _ = ask("/api/thread", application=port)
    assert (status, headers["retry-after"]) == (503, "2")


def test_mistake_of_ours_shows_no_message_and_no_place(
    capfd: pytest.CaptureFixture[str],
) -> None:
    status, _, body = ask("/api/broken")
    assert status == 500
    assert b"rosebud" not in body
    assert b"test_port" not in body
    assert "rosebud" not in capfd.readouterr().err


def test_head_is_answered_without_a_body() -> None:
    status, headers, body = ask("/api/thread", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_file_is_streamed_whole() -> None:
    assert ask("/api/file")[2] == Path(__file__).read_bytes()


@pytest.mark.parametrize(
    "address", ["/api/%zz", "/api/\x00", "/api/\udce5".encode("utf-8", "ignore").decode()]
)
def test_strange_paths_are_not_found(address: str) -> None:
    assert ask(address)[0] in (400, 404)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the supervisor's file of state, and let health forget its last answer."""
    monkeypatch.setattr(health, "_last", (0.0, False))
    return environment().run / health.STATE


@pytest.mark.django_db
def test_health_is_ok_when_processes_and_database_are(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REMEMBERED_S", 60)  # so that no thread keeps a connection
    write_json(state, {"pid": os.getpid(), "ready": True})
    assert health.is_healthy(state.parent)
    status, headers, body = ask("/healthz")
    assert (status, body) == (200, b'{"status":"ok"}\n')
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "content",
    [{}, {"pid": 1, "ready": False}, {"pid": 2**22 - 1, "ready": True}],
    ids=["nobody supervises", "a process is missing", "the supervisor is gone"],
)
def test_health_says_503_otherwise_and_names_nothing(
    state: Path, content: dict[str, object]
) -> None:
    write_json(state, content)
    status, _, body = ask("/healthz")
    assert (status, body) == (503, b'{"status":"starting"}\n')
