"""Counters of all processes, served together on a loopback port of their own.

Labels are words of our own code, never an id, a number, an address or a path that somebody typed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS: Final = Counter(
    "nummer_http_requests", "Answers by part of the house and status.", ["part", "status"]
)
REQUEST_SECONDS: Final = Histogram(
    "nummer_http_request_seconds",
    "Time from the request's head to the answer's end.",
    ["part"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
JOBS: Final = Counter("nummer_jobs", "Jobs that ended, by name and outcome.", ["job", "outcome"])
SMS: Final = Counter("nummer_sms", "SMS by direction and what became of them.", ["way", "outcome"])
SWEPT: Final = Counter("nummer_due_rows", "Due rows that a sweep met.", ["outcome"])


def serve() -> None:
    """Serve the sum of all processes' counters on a free loopback port until SIGTERM."""
    from nummer.config.announce import announce  # noqa: PLC0415 -- counters need no environment

    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has no types here
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry)
    announce("metrics", port=server.server_port)
    stop.wait()
    server.shutdown()
    thread.join()


def forget(folder: Path) -> None:
    """Remove the counters of the last run; they would be added to the new ones."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob("*.db"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(left)
