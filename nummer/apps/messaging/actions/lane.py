"""How a batch of messages asks the database: one call, one round trip, prepared, binary.

Django's cursor writes every value into the text of the statement, which both sides then pay for;
for a batch of messages that is more than storing it. What a batch has to ask is written once, as
steps; `run` takes them on Django's session of this thread, a Lane on a session of its own beside
an event loop, which does other work while the database does this (ADR 58).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection
from psycopg import Connection, Cursor
from psycopg.pq import Format

from nummer.apps.messaging.actions.columns import DUMPERS
from nummer.apps.messaging.actions.wire import Wire
from nummer.kernel.errors import Unavailable

_Result = TypeVar("_Result")


class Ask(NamedTuple):
    """A statement; what it returns are its rows."""

    statement: bytes
    values: Sequence[object]


class Aside(NamedTuple):
    """Rare work that waits, such as reading keys; what it returns is its result."""

    work: Callable[[], object]


Steps: TypeAlias = Generator[Ask | Aside, Any, _Result]

_PREPARE_AFTER: Final = 1  # executions; Django's own cursors never prepare


def run(steps: Steps[_Result]) -> _Result:
    """Take all steps here and now, as part of Django's transaction where there is one.

    Raises Django's database errors.
    """
    answer: object = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            result: _Result = end.value
            return result
        answer = _asked(step) if isinstance(step, Ask) else step.work()


class Lane:
    """A session with the database for one batch after another; belongs to one event loop.

    `parameters` are psycopg's; `aside` has the threads for what waits. Lanes that share a `turn`
    ask one after another, in the order in which they were ready.
    """

    def __init__(
        self,
        parameters: Mapping[str, Any],
        *,
        aside: Executor,
        turn: asyncio.Lock | None = None,
    ) -> None:
        self._parameters = parameters
        self._aside = aside
        self._turn = nullcontext() if turn is None else turn
        self._wire: Wire | None = None

    async def run(self, steps: Steps[_Result]) -> _Result:
        """Take all steps; each statement commits by itself.

        Raises Unavailable while the database is away: whether the last statement was
        committed is then not known.
        """
        answer: object = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as end:
                result: _Result = end.value
                return result
            answer = await (self._asked(step) if isinstance(step, Ask) else self._done(step))

    async def close(self) -> None:
        """End the session; the next step begins another."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _asked(self, step: Ask) -> list[tuple[Any, ...]]:
        try:
            async with self._turn:
                wire = await self._open_wire()
                return await wire.ask(step.statement, step.values)
        except (psycopg.OperationalError, psycopg.InterfaceError) as away:
            await self.close()
            raise Unavailable("database", retry_after_s=1) from away
        except BaseException:
            # What a statement left behind, or what it was prepared for, is not for the next one.
            await self.close()
            raise

    async def _open_wire(self) -> Wire:
        if self._wire is not None and self._wire.over:
            await self.close()
        if self._wire is None:
            self._wire = await Wire.open(self._parameters)
        return self._wire

    async def _done(self, step: Aside) -> object:
        here = partial(copy_context().run, _done, step)
        return await asyncio.get_running_loop().run_in_executor(self._aside, here)


@contextmanager
def away_is_unavailable() -> Iterator[None]:
    """Say that waiting may help where the database is away; a new session begins with it."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        connection.close()
        raise Unavailable("database", retry_after_s=1) from error


def _done(step: Aside) -> object:
    with away_is_unavailable():
        return step.work()


class _Kept(threading.local):
    session: Connection[Any] | None = None
    cursor: Cursor[tuple[Any, ...]] | None = None


_kept: Final = _Kept()


def _asked(step: Ask) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = _cursor(connection.connection)
        cursor.execute(step.statement, step.values, binary=True)
        return cursor.fetchall()


def _cursor(session: Connection[Any]) -> Cursor[tuple[Any, ...]]:
    """Return this thread's cursor; a session that is new has to learn our columns."""
    if _kept.session is not session or _kept.cursor is None:
        for column, dumper in DUMPERS.items():
            session.adapters.register_dumper(column, dumper)
        session.prepare_threshold = _PREPARE_AFTER
        _kept.session = session
        _kept.cursor = Cursor(session)
        _kept.cursor.format = Format.BINARY
    return _kept.cursor
