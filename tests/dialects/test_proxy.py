"""The tests' own proxy: any name is our server for whoever trusts its authority."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
import requests

from tests.dialects.proxy import Proxy, running_proxy


class Mirror(BaseHTTPRequestHandler):
    """Answers what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        said = {
            "host": self.headers["Host"],
            "path": self.path,
            "body": body.decode(),
            "secret": self.headers.get("Proxy-Authorization"),
        }
        answer = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST  # noqa: N815 -- the name that the class looks for

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Mirror) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with running_proxy(
            upstream=f"http://127.0.0.1:{server.server_port}", folder=tmp_path
        ) as running:
            yield running
        server.shutdown()
        thread.join()


@pytest.fixture
def told(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    for name, value in proxy.environment().items():
        monkeypatch.setenv(name, value)
    return proxy


def test_a_hard_coded_address_over_tls_is_ours(told: Proxy) -> None:
    with requests.Session() as session:
        first = session.get("https://5sim.example/v1/user/profile?a=1", timeout=10).json()
        second = session.post("https://other.example:8443/x", data="y" * 70_000, timeout=10).json()

    assert (first["host"], first["path"]) == ("5sim.example", "/v1/user/profile?a=1")
    assert (second["host"], len(second["body"])) == ("other.example:8443", 70_000)
    assert told.asked == ["5sim.example:443", "other.example:8443"]


def test_a_plain_address_is_ours_too(told: Proxy) -> None:
    answer = httpx.get("http://sms.example/stubs/handler_api.php?action=x", timeout=10).json()

    assert (answer["host"], answer["path"]) == ("sms.example", "/stubs/handler_api.php?action=x")
    assert answer["secret"] is None
    assert told.asked == ["sms.example"]


def test_whoever_does_not_trust_the_authority_is_not_fooled(proxy: Proxy) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get("https://5sim.example/", proxies={"https": proxy.url}, timeout=10)


def test_nonsense_is_hung_up_on(proxy: Proxy) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{proxy.url}/", headers={"x": "y" * 70_000}, timeout=10)
