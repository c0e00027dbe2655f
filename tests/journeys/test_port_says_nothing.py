"""What the running port says by itself to what no page and no program ever sees.

The sandbox answers to every name; in production a host of others is refused (400).
"""

from __future__ import annotations

import socket

import pytest

from tests.faces.test_says_nothing_of_itself import TELLS
from tests.installation import Installation

WAIT_S = 10
END = b"\r\n\r\n"
HOST = b"Host: 127.0.0.1\r\n"


def said(installation: Installation, request: bytes) -> str:
    """Send octets to the port and return all that comes until it closes or falls silent."""
    answer = b""
    with socket.create_connection(("127.0.0.1", installation.port), timeout=WAIT_S) as link:
        try:
            link.sendall(request)
            while piece := link.recv(65536):
                answer += piece
        except (TimeoutError, ConnectionError):
            pass
    return answer.decode(errors="replace")


@pytest.mark.parametrize(
    ("label", "request_", "status"),
    [
        ("no HTTP at all", b"\x16\x03\x01\x02\x00" + END, "400"),
        ("a method of nobody", b"BREW /accounts/login/ HTTP/1.1\r\n" + HOST, "403"),
        ("the echo of a request", b"TRACE / HTTP/1.1\r\nX-Secret: zebra\r\n" + HOST, "405"),
        ("a proxy's request", b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n" + HOST, "301"),
        ("a host of others", b"GET / HTTP/1.1\r\nHost: evil.example\r\n", "200"),
        ("a host of no form", b"GET / HTTP/1.1\r\nHost: a b\r\n", "400"),
        ("no host", b"GET / HTTP/1.1\r\n", "4"),
        ("a header without end", b"GET / HTTP/1.1\r\nX: " + b"x" * 600_000, "4"),
        ("an address without end", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST, "4"),
        ("an address of no letters", b"GET /%ff%fe%00/ HTTP/1.1\r\n" + HOST, "4"),
        ("nothing there", b"GET /nothing/../../etc/passwd HTTP/1.1\r\n" + HOST, "4"),
        (
            "a body too large for programs",
            b"POST /api/v1/orders HTTP/1.1\r\nContent-Length: 2000000\r\n" + HOST,
            "413",
        ),
        (
            "a body too large for pages",
            b"POST /cases/ HTTP/1.1\r\nContent-Length: 99000000\r\n" + HOST,
            "413",
        ),
        (
            "two lengths",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + HOST,
            "400",
        ),
        (
            "a length and pieces",
            b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: x\r\n" + HOST,
            "4",
        ),
    ],
)
def test_the_port_says_nothing_of_itself(
    installation: Installation, label: str, request_: bytes, status: str
) -> None:
    closing = b"" if request_.endswith(END) else b"Connection: close\r\n\r\n"
    answer = said(installation, request_ + closing)
    assert answer.startswith(f"HTTP/1.1 {status}"), (label, answer[:300])
    assert TELLS.findall(answer) == [], label
    assert "zebra" not in answer
    assert "\r\nserver: " not in answer.lower().replace("\r\nserver: nummer\r\n", "\r\n"), label
