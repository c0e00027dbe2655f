"""Fires due rows of all apps in one global order, each with its own due time as `now`.

One sweep runs at a time in the whole installation (an advisory lock), so the order is the same
whether the clock ticks or jumps. A row that fails is left due, reported, and tried again by the
next sweep; the rows behind it are not held up.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Final

import structlog
from django.apps import apps as installed
from django.db import close_old_connections, connection

from nummer.kernel.due import DueRow, DueSource

LOCK: Final = 0x6E756D6D6572  # "nummer"
PAGE: Final = 20
SWEEP_ROUNDS_MAX: Final = 100_000

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


def sweep_until(until: datetime, *, sources: Sequence[DueSource] | None = None) -> Swept:
    """Fire everything due at or before `until`, earliest first, and return how it went.

    Work that firing makes due before `until` is fired in the same sweep, at its place.
    """
    chosen = due_sources() if sources is None else sources
    failed: set[tuple[str, DueRow]] = set()
    fired = 0
    with _alone():
        for _ in range(SWEEP_ROUNDS_MAX):
            page = _earliest(chosen, until, failed)
            if not page:
                break
            fired += _fire_page(page, failed)
    return Swept(fired=fired, failed=len(failed))


def _fire_page(page: Sequence[tuple[DueRow, DueSource]], failed: set[tuple[str, DueRow]]) -> int:
    fired = 0
    for row, source in page:
        try:
            source.fire(row, row.due_at)
        except Exception as error:  # noqa: BLE001 -- one bad row must not stop all others
            failed.add((source.name, row))
            _log.error("due row failed", source=source.name, error=type(error).__name__)
            close_old_connections()
        else:
            fired += 1
    return fired


def _earliest(
    sources: Sequence[DueSource], until: datetime, failed: set[tuple[str, DueRow]]
) -> list[tuple[DueRow, DueSource]]:
    """Return the rows to fire next: those due at the earliest moment, of all sources.

    Only one moment at a time: firing may make other rows due before the next one.
    """
    heads: list[tuple[DueRow, int]] = []
    for place, source in enumerate(sources):
        limit = PAGE + sum(1 for name, _ in failed if name == source.name)
        for row in source.find(until, limit):
            if (source.name, row) not in failed:
                heapq.heappush(heads, (row, place))
    if not heads:
        return []
    moment = heads[0][0].due_at
    ordered = sorted(heads)
    return [(row, sources[place]) for row, place in ordered if row.due_at == moment]


@contextmanager
def _alone() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
