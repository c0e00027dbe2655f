"""A session with PostgreSQL beside an event loop, for statements that come again and again.

psycopg's asynchronous cursor costs a batch as much as sealing twenty messages: it waits twice for
each statement, each time with a timer and a new registration of its socket. Here the socket is
registered once, and a statement is one write and one reading (libpq, "Asynchronous Command
Processing"). Connecting, the forms of values and errors are psycopg's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from nummer.apps.messaging.actions.columns import DUMPERS

_GOOD: Final = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK})


class Wire:
    """One session; asks one statement at a time, each of which commits by itself."""

    def __init__(self, session: AsyncConnection[Any]) -> None:
        self._session = session
        self._libpq = session.pgconn
        self._socket = session.pgconn.socket  # libpq forgets it when the server ends the session
        self._transformer = Transformer.from_context(session)
        self._names: dict[bytes, bytes] = {}
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[PGresult | None] | None = None
        self._last: PGresult | None = None
        self._writing = False
        self.over = False  # the server ended it; a statement would only say so
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, parameters: Mapping[str, Any]) -> Wire:
        """Connect. Raises OperationalError."""
        session = await AsyncConnection.connect(**parameters, autocommit=True)
        for column, dumper in DUMPERS.items():
            session.adapters.register_dumper(column, dumper)
        return cls(session)

    async def close(self) -> None:
        """End the session; what it was doing is ended by the server."""
        if not self._session.closed:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        await self._session.close()

    async def ask(self, statement: bytes, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. `%s` stands for a value; others have no percent.

        Values of one place are always of one type. Raises psycopg's errors.
        """
        written = self._transformer.dump_sequence(values, [PyFormat.BINARY] * len(values))
        name = self._names.get(statement)
        if name is None:
            name = await self._prepared(statement, self._transformer.types or ())
        self._libpq.send_query_prepared(
            name, written, [Format.BINARY] * len(written), Format.BINARY
        )
        result = await self._answered()
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    async def _prepared(self, statement: bytes, types: Sequence[int]) -> bytes:
        name = b"nummer_%d" % len(self._names)
        self._libpq.send_prepare(name, _numbered(statement), types)
        await self._answered()
        self._names[statement] = name
        return name

    async def _answered(self) -> PGresult:
        self._answer = self._loop.create_future()
        self._last = None
        self._write()
        result = await self._answer
        if result is None:
            raise InterfaceError("a statement without an answer")
        if result.status not in _GOOD:
            raise error_from_result(result)
        return result

    # -- called by the loop --------------------------------------------------------------------

    def _write(self) -> None:
        """Write what the socket takes, and the rest when it takes more."""
        try:
            rest = self._libpq.flush() == 1
        except OperationalError as error:
            self._fail(error)
            return
        if rest != self._writing:
            self._writing = rest
            if rest:
                self._loop.add_writer(self._socket, self._write)
            else:
                self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._libpq.consume_input()
            while not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is None:
                    self._finish()
                    return
                self._last = result
        except OperationalError as error:
            self._fail(error)

    def _finish(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(self._last)

    def _fail(self, error: OperationalError) -> None:
        """Note that the session is over; a reader of a dead socket would be called for ever."""
        self.over = True
        self._loop.remove_reader(self._socket)
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)


def _numbered(statement: bytes) -> bytes:
    """Write $1, $2 … for psycopg's marks, as a prepared statement has them."""
    first, *others = statement.split(b"%s")
    return first + b"".join(b"$%d%b" % (place, rest) for place, rest in enumerate(others, 1))
