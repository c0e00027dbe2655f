"""The scanner by clamd's protocol, and what counts as its word (hostile 31)."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from nummer.apps.identity.ports import Scan
from nummer.gateways.scanner.clamd import Clamd
from nummer.kernel.errors import Unavailable
from nummer.suppliers.sandbox.scanner import EICAR, STREAM_BYTES_MAX, Can, let
from tests.scanning import running_scanner


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def clamd(folder: Path) -> Iterator[Clamd]:
    with running_scanner(folder) as port:
        yield Clamd(lambda: ("127.0.0.1", port))


def test_clean_and_infected_files_are_told_apart(clamd: Clamd) -> None:
    assert clamd.ready()
    assert clamd.scan(b"") is Scan.CLEAN
    assert clamd.scan(b"x" * 300_000) is Scan.CLEAN
    assert clamd.scan(b"x" * 70_000 + EICAR + b"x" * 70_000) is Scan.INFECTED


@pytest.mark.parametrize("state", [Can.NOTHING, Can.NOT_FIND])
def test_scanner_that_is_away_or_has_no_signatures_says_nothing(
    clamd: Clamd, folder: Path, state: Can
) -> None:
    let(state, folder=folder)

    assert not clamd.ready()
    for content in (b"clean", EICAR):
        with pytest.raises(Unavailable):
            clamd.scan(content)

    let(Can.WORK, folder=folder)
    assert clamd.scan(b"clean") is Scan.CLEAN


def test_more_than_the_scanner_takes_is_not_clean(clamd: Clamd) -> None:
    with pytest.raises(Unavailable):
        clamd.scan(b"x" * (STREAM_BYTES_MAX + 1))


def test_nobody_at_the_port_is_not_clean(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    for address in (("127.0.0.1", port), tmp_path / "no-socket"):
        with pytest.raises(Unavailable):
            Clamd(lambda address=address: address).scan(b"x")


@contextmanager
def answering(*answers: bytes) -> Iterator[tuple[str, int]]:
    """Answer one connection after the other, whatever is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def run() -> None:
            for answer in answers:
                link, _ = server.accept()
                link.recv(100_000)
                link.sendall(answer)
                link.close()

        thread = Thread(target=run, daemon=True)
        thread.start()
        yield "127.0.0.1", server.getsockname()[1]
        thread.join(10)


KNOWN = b"ClamAV 1.0.3/27000/Mon Sep 11 07:37:33 2025\0"


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        (KNOWN, b"stream: OK"),  # cut off: no end
        (KNOWN, b""),
        (KNOWN, b"\0"),
        (KNOWN, b"stream: OK but\0"),
        (KNOWN, b"stream: OK\0stream: OK\0"),
        (KNOWN, b"INSTREAM size limit exceeded. ERROR\0"),
        (KNOWN, b"stream: Can't allocate memory ERROR\0"),
    ],
)
def test_anything_but_a_clear_word_is_not_clean(version: bytes, answer: bytes) -> None:
    with answering(version, answer) as address, pytest.raises(Unavailable):
        Clamd(lambda: address).scan(b"x")


@pytest.mark.parametrize(
    "version",
    [b"ClamAV 1.0.3\0", b"ClamAV 1.0.3/0/Mon\0", b"ClamAV 1.0.3//\0", b"", b"PONG\0", KNOWN[:-1]],
)
def test_without_signatures_nothing_is_asked(version: bytes) -> None:
    with answering(version) as address, pytest.raises(Unavailable):
        Clamd(lambda: address).scan(b"x")


def test_scanner_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with pytest.raises(Unavailable):
            Clamd(lambda: address, within_s=0.2).scan(b"x")
