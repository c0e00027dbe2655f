"""Callbacks are counted and recognised, processor time is added up, crashes are told apart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_plus, urlencode
from urllib.request import urlopen

import pytest

from bench import losses, world
from bench.child import end, kill, spawn, until
from bench.cpu import cpu_s, family
from bench.sink import Sink
from bench.texts import octets_of


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    sink = Sink(tmp_path)
    sink.start()
    yield sink
    sink.stop()


def test_the_sink_counts_callbacks_and_keeps_what_they_said(sink: Sink) -> None:
    address = f"http://127.0.0.1:{sink.port}"
    with urlopen(f"{address}/kannel?to=1&text=a") as answer:
        assert answer.read() == b""
    with urlopen(f"{address}/jasmin", data=b"to=1&content=b") as answer:
        assert answer.read() == b"ACK/Jasmin"
    assert sink.count() == 2
    assert sink.seen() == [b"/kannel?to=1&text=a ", b"/jasmin to=1&content=b"]


@pytest.mark.parametrize("message", [1, 9, 14, 15, 18])
def test_a_message_is_recognised_in_the_callbacks_of_both_peers(message: int) -> None:
    place, _ = world.place_of(message)
    number, text = world.number_of(place), world.text_of(message)
    key = losses._key(message)
    kannel = f"/kannel?to=%2B{number}&text={quote_plus(' '.join(text.split()))} "
    coding, octets = octets_of(text)
    said = {"to": number, "binary": octets.hex(), "coding": chr(coding)}
    assert losses._key_of(kannel.encode()) == key
    assert losses._key_of(f"/jasmin {urlencode(said)}".encode()) == key
    assert losses._key(message + world.HELD) != key


def test_processor_time_of_children_counts_while_they_live_and_afterwards() -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass\n"
    nested = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", nested], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        until("the burning", lambda: cpu_s(process.pid) >= 0.3, log=Path("none"), seconds=20)
        assert process.pid in family(process.pid)
        process.communicate(b"\n")


def test_a_program_that_never_comes_up_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn([sys.executable, "-c", "print('no port')"], log=log, env={})
    process.wait(10)
    with pytest.raises(RuntimeError, match=r"thing did not come up: no port"):
        until("thing", lambda: False, log=log, seconds=0.1)


def test_children_end_with_what_they_started(tmp_path: Path) -> None:
    words = ["/bin/sh", "-c", "sleep 60 & wait"]
    for stop in (end, kill):
        process = spawn(words, log=tmp_path / "log", env={"PATH": "/usr/bin:/bin"})
        until("sleep", lambda: len(family(process.pid)) > 1, log=tmp_path / "log", seconds=10)  # noqa: B023
        started = family(process.pid)
        stop(process)
        until(
            "the end",
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in started),  # noqa: B023
            log=tmp_path / "log",
            seconds=10,
        )
