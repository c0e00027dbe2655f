"""Calls to customers' servers: where they may go, and how long they may take."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from nummer.apps.outbound.actions import Cleared
from nummer.apps.webhooks.ports import Failure
from nummer.gateways.webhooks import caller
from nummer.gateways.webhooks.caller import HttpCaller
from tests.hooks import Receiver, Reply, Told


def cleared(url: str, body: str = "{}") -> Cleared:
    fields = {"method": "POST", "url": url, "headers": json.dumps({"X-A": "b"}), "body": body}
    return Cleared("customer-server", "event", fields)


def answering(*addresses: str) -> Callable[[str], object]:
    async def resolve(host: str) -> Sequence[str]:
        return addresses

    return resolve


@pytest.mark.parametrize(
    ("what", "addresses"),
    [
        ("loopback", ["127.0.0.1"]),
        ("metadata of a cloud", ["169.254.169.254"]),
        ("one public address and one inside", ["8.8.8.8", "10.0.0.1"]),
        ("a mapped address", ["::ffff:127.0.0.1"]),
        ("NAT64 of a private net", ["64:ff9b::a00:1"]),
    ],
)
def test_a_name_that_leads_inside_is_not_connected_to(what: str, addresses: list[str]) -> None:
    asked = HttpCaller(loopback_allowed=False, resolve=answering(*addresses))  # type: ignore[arg-type]

    [answer] = asked.call([cleared("https://hooks.example.com/")])

    assert (answer.status, answer.failure) == (None, Failure.ADDRESS_REFUSED)
    assert asked.refused("https://hooks.example.com/", look_up=True) == "inside"


def test_a_name_that_changes_between_look_and_call_is_judged_anew() -> None:
    """A first look finds a public address, the next one loopback (DNS rebinding)."""
    found = iter([["8.8.8.8"], ["127.0.0.1"], ["127.0.0.1"]])

    async def resolve(host: str) -> Sequence[str]:
        return next(found)

    asked = HttpCaller(loopback_allowed=False, resolve=resolve)

    assert asked.refused("https://hooks.example.com/", look_up=True) == ""
    [answer] = asked.call([cleared("https://hooks.example.com/")])
    assert answer.failure is Failure.ADDRESS_REFUSED


def test_a_server_is_called_with_what_may_leave() -> None:
    with Receiver() as server:
        server.reply = lambda told: Reply(200, {"Content-Type": "text/xml"}, b"<ok/>")
        url = server.url("/a?b=c").replace("http://", "http://me:pass@")
        [answer] = HttpCaller(loopback_allowed=True).call([cleared(url, '{"a": 1}')])

    [told] = server.told
    assert (told.method, told.path, told.body) == ("POST", "/a?b=c", b'{"a": 1}')
    assert told.headers["x-a"] == "b"
    assert told.headers["authorization"] == "Basic bWU6cGFzcw=="
    assert (answer.status, answer.failure, answer.body) == (200, None, b"<ok/>")
    assert answer.content_type == "text/xml"


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as server:
        server.reply = lambda told: Reply(200, {}, b"x" * (caller.ANSWER_BYTES_MAX + 1))
        [answer] = HttpCaller(loopback_allowed=True).call([cleared(server.url())])

    assert answer.failure is Failure.TOO_LARGE
    assert answer.size == caller.ANSWER_BYTES_MAX
    assert not answer.good


def test_a_compressed_answer_is_not_unpacked() -> None:
    with Receiver() as server:
        server.reply = lambda told: Reply(200, {"Content-Encoding": "gzip"}, b"not gzip")
        [answer] = HttpCaller(loopback_allowed=True).call([cleared(server.url())])

    assert (answer.failure, answer.size) == (None, 8)


def test_a_slow_server_is_given_up_and_the_others_are_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caller, "CALL_LIMIT_S", 0.5)
    release = threading.Event()

    def reply(told: Told) -> Reply:
        if told.path == "/slow":
            release.wait(10)
        return Reply()

    with Receiver() as server:
        server.reply = reply
        slow, well = HttpCaller(loopback_allowed=True).call(
            [cleared(server.url("/slow")), cleared(server.url("/well"))]
        )
        release.set()

    assert (slow.failure, well.failure, well.status) == (Failure.TOO_SLOW, None, 204)


@pytest.mark.parametrize(
    ("what", "said", "failure"),
    [
        ("nothing", b"", Failure.BROKEN),
        ("no HTTP", b"220 mail.example.com ESMTP\r\n", Failure.BROKEN),
        ("half an answer", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", Failure.BROKEN),
    ],
)
def test_a_server_that_speaks_something_else_is_no_answer(
    what: str, said: bytes, failure: Failure
) -> None:
    with _speaking(said) as port:
        [answer] = HttpCaller(loopback_allowed=True).call([cleared(f"http://127.0.0.1:{port}/")])

    assert answer.failure is failure


def test_nobody_there_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    [answer] = HttpCaller(loopback_allowed=True).call([cleared(f"http://127.0.0.1:{port}/")])

    assert answer.failure is Failure.NOT_CONNECTED


def test_a_certificate_must_be_trusted_and_of_that_name(tmp_path: Path) -> None:
    trusted = _certificate(tmp_path, "hooks.example.com")
    with Receiver() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
        server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
        port = server._server.server_address[1]
        anybody = HttpCaller(loopback_allowed=True, resolve=answering("127.0.0.1"))  # type: ignore[arg-type]
        knowing = HttpCaller(
            loopback_allowed=True,
            resolve=answering("127.0.0.1"),  # type: ignore[arg-type]
            trusted=trusted,
        )
        url = f"https://hooks.example.com:{port}/"
        [unknown] = anybody.call([cleared(url)])
        [known] = knowing.call([cleared(url)])
        [other] = knowing.call([cleared(f"https://other.example.com:{port}/")])

    assert (unknown.failure, other.failure) == (Failure.NOT_TRUSTED, Failure.NOT_TRUSTED)
    assert (known.failure, known.status) == (None, 204)
    assert [told.headers["host"] for told in server.told] == [f"hooks.example.com:{port}"]


@contextmanager
def _speaking(said: bytes) -> Iterator[int]:
    """Listen on a free port, say something to whoever comes, and hang up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            guest, _ = listening.accept()
            with guest:
                guest.recv(65536)
                guest.sendall(said)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def _certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Write a certificate of a name, and return who trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context()
    context.load_verify_locations(folder / "cert.pem")
    return context


def test_names_that_take_long_hold_up_few_who_set_an_address() -> None:
    """Name servers of whoever sets an address may be slow on purpose, many at once."""
    asked, answer = threading.Semaphore(0), threading.Event()

    async def resolve(host: str) -> Sequence[str]:
        asked.release()
        answer.wait(10)
        return ["10.0.0.1"]

    caller_ = HttpCaller(loopback_allowed=False, resolve=resolve)
    found: list[str] = []

    def look() -> None:
        found.append(caller_.refused("https://slow.example.com/", look_up=True))

    slow = [threading.Thread(target=look) for _ in range(caller.LOOK_UPS_AT_ONCE)]
    for thread in slow:
        thread.start()
    assert all(asked.acquire(timeout=10) for _ in slow)

    others = [threading.Thread(target=look) for _ in range(8)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(5)
    waiting = sum(thread.is_alive() for thread in others)
    answer.set()
    for thread in (*slow, *others):
        thread.join(10)

    assert waiting == 0
    assert sorted(found) == [""] * len(others) + ["inside"] * len(slow)
    assert caller_.refused("https://slow.example.com/", look_up=True) == "inside"  # room again
