"""Starts the processes of one installation in order, keeps them alive, stops them in reverse."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

import structlog

from nummer.config.processes import Trouble, write_json

STARTS_MAX: Final = 4  # a child that ends so often before it was ever ready will not come up
BACK_OFF_FIRST_S: Final = 0.5
BACK_OFF_MAX_S: Final = 30.0
STEADY_AFTER_S: Final = 60.0
TICK_S: Final = 0.1

_log = structlog.get_logger(__name__)


class Stopped(Exception):  # noqa: N818 -- a request, not an error
    """Somebody asked the supervisor to stop."""


@dataclass(slots=True)
class Child:
    """One process to keep alive: how to start it, how to see that it is ready, how to end it."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    is_ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    start_limit_s: float = 60.0
    stop_limit_s: float = 30.0
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    was_ready: bool = False
    failed_starts: int = 0
    started_at: float = 0.0
    start_again_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Holds the children of one installation.

    `state` is the file that says which of them are ready; the health page reads it.
    """

    state: Path
    children: list[Child] = field(default_factory=list)
    _wake: int = -1
    _asked_to_stop: bool = False
    _all_started: bool = False
    _written: object = None

    @contextlib.contextmanager
    def listening_to_signals(self) -> Iterator[None]:
        """Turn SIGTERM, SIGINT and SIGHUP into an ordered stop of everything started inside.

        On the way out no child is left, whatever happened inside.
        """
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wake = reader
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        caught = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        handlers = {number: signal.signal(number, self._note) for number in caught}
        handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            with contextlib.suppress(Stopped):
                yield
        finally:
            self.stop()
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            os.close(reader)
            os.close(writer)

    def start(self, children: Sequence[Child]) -> None:
        """Start these together and return when all are ready. Raises Trouble, Stopped."""
        self.children.extend(children)
        while not all(child.ready for child in children):
            self._tick()
            self._wait(0.03)
        for child in children:
            _log.info("child ready", child=child.name)

    def finish(self, name: str, launch: Callable[[], subprocess.Popen[bytes]]) -> None:
        """Run one step to its end while the children are watched. Raises Trouble, Stopped."""
        process = launch()
        try:
            while process.poll() is None:
                self._tick()
                self._wait(0.05)
        finally:
            _end_group(process)
        if process.returncode != 0:
            raise Trouble(f"The step '{name}' failed; its message stands above.")

    def watch(self) -> None:
        """Keep every child alive until somebody asks to stop. Raises Stopped."""
        self._all_started = True
        while True:
            self._tick()
            self._wait(TICK_S if all(child.ready for child in self.children) else 0.03)

    def stop(self) -> None:
        """End every child, the last started first; by force where one does not follow."""
        self._all_started = False
        self._write_state()
        for child in reversed(self.children):
            _end(child)
            self._write_state()
        self.children.clear()
        self.state.unlink(missing_ok=True)

    def _tick(self) -> None:
        for child in self.children:
            _look_after(child)
        self._write_state()

    def _wait(self, seconds: float) -> None:
        if self._asked_to_stop:
            raise Stopped
        if self._wake < 0:
            time.sleep(seconds)
            return
        readable, _, _ = select.select([self._wake], [], [], seconds)
        if readable:
            os.read(self._wake, 512)
        if self._asked_to_stop:
            raise Stopped

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked_to_stop = True

    def _write_state(self) -> None:
        ready = {child.name: child.ready for child in self.children}
        content = {
            "pid": os.getpid(),
            "ready": self._all_started and all(ready.values()),
            "children": ready,
            "pids": {child.name: child.process.pid for child in self.children if child.process},
        }
        if content != self._written:
            with contextlib.suppress(OSError):  # the disk is full: the next tick tries again
                write_json(self.state, content)
                self._written = content


def _look_after(child: Child) -> None:
    """Take one step with one child: start it, see that it is ready, or that it has died."""
    at = time.monotonic()
    if child.process is None:
        if at >= child.start_again_at:
            _launch(child, at)
    elif child.process.poll() is not None:
        _bury(child, at)
    elif not child.ready:
        child.ready = child.is_ready()
        child.was_ready = child.was_ready or child.ready
        if not child.ready and at - child.started_at > child.start_limit_s:
            _log.error("child not ready in time", child=child.name)
            _end_group(child.process)
    elif child.failed_starts and at - child.started_at > STEADY_AFTER_S:
        child.failed_starts = 0


def _launch(child: Child, at: float) -> None:
    """Start a child. What was ready once is tried for ever, whatever is in its way just now.

    Raises what hinders the first start: OSError, Trouble.
    """
    try:
        child.process, child.started_at = child.launch(), at
    except (OSError, Trouble):
        if not child.was_ready:
            raise
        _log.exception("child not started", child=child.name)
        child.failed_starts += 1
        child.start_again_at = at + _pause_s(child)


def _bury(child: Child, at: float) -> None:
    """Note a death and decide when the next start is. Raises Trouble when none would help."""
    assert child.process is not None
    _end_group(child.process)  # what it had started itself
    _log.error("child died", child=child.name, exit_code=child.process.returncode)
    child.process, child.ready = None, False
    child.failed_starts += 1
    if not child.was_ready and child.failed_starts >= STARTS_MAX:
        raise Trouble(f"The process '{child.name}' does not start; its message stands above.")
    child.start_again_at = at + _pause_s(child)


def _pause_s(child: Child) -> float:
    """Return how long to wait before the next start: longer with every failed one."""
    doublings = min(child.failed_starts - 1, 20)  # it may fail for days
    return min(BACK_OFF_FIRST_S * float(2**doublings), BACK_OFF_MAX_S)


def _end(child: Child) -> None:
    process, child.process, child.ready = child.process, None, False
    if process is None:
        return
    if process.poll() is None:
        process.send_signal(child.stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(child.stop_limit_s)
    if process.returncode is None:
        _log.error("child stopped by force", child=child.name)
    _end_group(process)
    _log.info("child stopped", child=child.name, exit_code=process.returncode)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child and of everything in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
