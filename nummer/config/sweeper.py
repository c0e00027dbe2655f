"""Fires due rows of all apps in one global order, each with its own due time as `now`.

One sweep runs at a time in the whole installation (an advisory lock), so the order is the same
whether the clock ticks or jumps. A row that fails is left due, reported, and tried again by the
next sweep; the rows behind it are not held up.

Each source is asked for a page, and again when the page is used up or when what was fired may
have changed it (`DueSource.lead`): asking all of them between any two rows took longer than the
work itself.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Final

import structlog
from django.apps import apps as installed
from django.db import connection

from nummer.kernel.due import AT_END, DueRow, DueSource

LOCK: Final = 0x6E756D6D6572  # "nummer"
LOCK_EVERY_S: Final = 0.05
PAGE_MIN: Final = 4
PAGE_MAX: Final = 256

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How a sweep went."""

    fired: int
    failed: int


def due_sources() -> list[DueSource]:
    """Return every app's DUE_SOURCES, in the order of INSTALLED_APPS."""
    sources: list[DueSource] = []
    for app in installed.get_app_configs():
        if not app.name.startswith("nummer.apps."):
            continue
        try:
            module = import_module(f"{app.name}.jobs")
        except ModuleNotFoundError as error:
            if error.name != f"{app.name}.jobs":
                raise
            continue
        sources.extend(getattr(module, "DUE_SOURCES", ()))
    return sources


def sweep_until(
    until: datetime,
    *,
    sources: Sequence[DueSource] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Swept:
    """Fire everything due at or before `until`, earliest first, and return how it went.

    Work that firing makes due before `until` is fired in the same sweep, at its place. Once `stop`
    says so, no further row is begun. A sweep that runs elsewhere is waited for, however long. What
    breaks the session ends the sweep with that error: the lock was the session's.
    """
    chosen = due_sources() if sources is None else sources
    with _alone(stop):
        return _Sweep(chosen, until, stop).run()


class _Queue:
    """What one source is known to have due; it is asked again only where it may have more."""

    def __init__(self, source: DueSource, *, place: int, until: datetime) -> None:
        self.source = source
        self.place = place
        self.failed: set[DueRow] = set()
        self._until = until
        self._rows: deque[DueRow] = deque()
        self._taken: set[DueRow] = set()  # those of the last moment
        self._page = PAGE_MIN
        self._used_up = True
        self._stale_from: datetime | None = None
        self._asked_at_end = True

    def head(self) -> DueRow | None:
        """Return the earliest row known. A page that is used up is followed by the next."""
        if self._used_up:
            self._ask()
        return self._rows[0] if self._rows else None

    def take(self, moment: datetime) -> list[DueRow]:
        """Return the known rows that are due at a moment and remove them."""
        taken = []
        while self._rows and self._rows[0].due_at == moment:
            taken.append(self._rows.popleft())
        if taken:
            self._taken = {row for row in self._taken if row.due_at == moment} | set(taken)
            if not self._rows:
                self._used_up = True
                self._page = min(self._page * 2, PAGE_MAX)
        return taken

    def fired(self, moment: datetime) -> None:
        """Note a fire of any source at `moment`: rows may be missing here from then on."""
        if self.source.lead is None:
            return
        if self.source.lead == AT_END:
            self._asked_at_end = False
            return
        stale_from = moment + self.source.lead
        if self._stale_from is None or stale_from < self._stale_from:
            self._stale_from = stale_from

    def renewed(self, moment: datetime) -> bool:
        """Ask again where rows due at or before `moment` may be missing; say whether it did."""
        if self._stale_from is None or self._stale_from > moment:
            return False
        if self._rows:
            self._page = PAGE_MIN  # the rest of the page was read in vain
        self._ask()
        return True

    def renewed_at_end(self) -> bool:
        """Ask again where rows may be missing that wait until nothing else is due."""
        if self._asked_at_end:
            return False
        self._ask()
        return bool(self._rows)

    def _ask(self) -> None:
        found = self.source.find(self._until, self._page + len(self.failed))
        for row in self._taken.intersection(found) - self.failed:
            self.failed.add(row)
            _log.error("due row is still there", source=self.source.name)
        self._rows = deque(sorted(row for row in found if row not in self.failed))
        self._used_up = False
        self._stale_from = None
        self._asked_at_end = True


class _Sweep:
    """One pass over all sources."""

    def __init__(
        self, sources: Sequence[DueSource], until: datetime, stop: Callable[[], bool]
    ) -> None:
        self._queues = [
            _Queue(source, place=place, until=until) for place, source in enumerate(sources)
        ]
        self._until = until
        self._stop = stop
        self._fired = 0

    def run(self) -> Swept:
        """Fire moment by moment: what is due at one may make other rows due before the next."""
        while not self._stop() and (moment := self._next_moment()) is not None:
            due = [(row, queue) for queue in self._queues for row in queue.take(moment)]
            for row, queue in sorted(due, key=lambda one: (one[0], one[1].place)):
                if self._stop():
                    break
                self._fire(row, queue)
        failed = sum(len(queue.failed) for queue in self._queues)
        return Swept(fired=self._fired, failed=failed)

    def _next_moment(self) -> datetime | None:
        """Return when the earliest row of all is due."""
        while True:
            heads = [row.due_at for queue in self._queues if (row := queue.head()) is not None]
            moment = min(heads, default=None)
            renewed = [queue.renewed(moment or self._until) for queue in self._queues]
            if moment is None and not any(renewed):
                renewed = [queue.renewed_at_end() for queue in self._queues]
            if not any(renewed):
                return moment

    def _fire(self, row: DueRow, queue: _Queue) -> None:
        for other in self._queues:
            other.fired(row.due_at)
        try:
            queue.source.fire(row, row.due_at)
        except Exception as error:
            queue.failed.add(row)
            _log.error("due row failed", source=queue.source.name, error=type(error).__name__)
            if not connection.is_usable():
                raise
        else:
            self._fired += 1


@contextmanager
def _alone(stop: Callable[[], bool]) -> Iterator[None]:
    """Hold the lock of all sweeps; asked for again and again, as the session's limits are short."""
    while not _locked():
        if stop():
            break
        time.sleep(LOCK_EVERY_S)
    try:
        yield
    finally:
        if connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (held,) = cursor.fetchone()
    return bool(held)
