"""The sandbox's servers say nothing of clients that left, and all of their own errors."""

from __future__ import annotations

import socket
from http.server import BaseHTTPRequestHandler
from threading import Thread

import pytest

from nummer.suppliers.sandbox.payments.quiet import QuietServer


class _Failing(BaseHTTPRequestHandler):
    error: Exception

    def do_GET(self) -> None:
        raise self.error


def _printed(error: Exception, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a server prints whose handler fails so."""
    _Failing.error = error
    with QuietServer(("127.0.0.1", 0), _Failing) as server:
        server.daemon_threads = False  # leaving it waits for the thread that answers
        asked = Thread(target=server.handle_request)
        asked.start()
        with socket.create_connection(("127.0.0.1", server.server_port)) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            asked.join()
    return capsys.readouterr().err


@pytest.mark.parametrize("gone", [BrokenPipeError(), ConnectionResetError()], ids=["pipe", "reset"])
def test_a_client_that_left_is_taken_quietly(
    gone: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _printed(gone, capsys) == ""


def test_any_other_error_is_still_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ValueError" in _printed(ValueError("broken"), capsys)
