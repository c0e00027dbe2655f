"""The same steps beside an event loop: on a session of its own, which the server may end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
import pytest
from django.db import connection, connections

from nummer.apps.messaging.actions import Lane, preparing, storing
from nummer.apps.messaging.actions.columns import octets
from nummer.apps.messaging.actions.lane import Aside, Ask, Steps
from nummer.apps.messaging.models import Message
from nummer.kernel.errors import Unavailable
from nummer.protocols.sms.inbound import Doubt, IncomingSms

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_T = TypeVar("_T")
TWICE = (4711, 4712)
PID = Ask(b"SELECT pg_backend_pid()", [])


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool
        pool.submit(connections.close_all).result()


@pytest.fixture
def through(threads: ThreadPoolExecutor) -> Callable[[Callable[[Lane], Awaitable[_T]]], _T]:
    """Give a lane to a coroutine on a loop of its own and return what it returns."""

    def through(work: Callable[[Lane], Awaitable[_T]]) -> _T:
        async def inside() -> _T:
            lane = Lane(_parameters(), aside=threads)
            try:
                return await work(lane)
            finally:
                await lane.close()

        return asyncio.run(inside())

    return through


def test_a_batch_is_stored_as_on_djangos_session(through: Any) -> None:
    async def work(lane: Lane) -> None:
        prepared = await lane.run(preparing([sms("Your code is 4711"), sms("Hi")], now=NOON))
        await lane.run(storing([prepared], now=NOON))

    through(work)

    assert Message.objects.count() == 2


def test_a_statement_larger_than_what_the_socket_takes_at_once_arrives(through: Any) -> None:
    ask = Ask(b"SELECT sum(octet_length(v)) FROM unnest(%s) AS v", [octets([b"x" * 500_000] * 40)])

    async def work(lane: Lane) -> object:
        return await lane.run(asked(ask))

    assert through(work) == [(20_000_000,)]


def test_a_session_that_the_server_ended_is_replaced(through: Any) -> None:
    async def work(lane: Lane) -> tuple[int, int]:
        ((first,),) = await lane.run(asked(PID))
        await asyncio.to_thread(_terminate, first)
        await asyncio.sleep(0.2)  # the loop reads the end
        ((second,),) = await lane.run(asked(PID))
        return first, second

    first, second = through(work)
    assert first != second


def test_a_server_that_ends_a_statement_is_away_and_the_next_one_is_a_new_session(
    through: Any,
) -> None:
    async def work(lane: Lane) -> object:
        ((victim,),) = await lane.run(asked(PID))
        ending = asyncio.create_task(asyncio.to_thread(_terminate, victim, after_s=0.3))
        with pytest.raises(Unavailable):
            await lane.run(asked(Ask(b"SELECT pg_sleep(20)", [])))
        await ending
        return await lane.run(asked(Ask(b"SELECT 1", [])))

    assert through(work) == [(1,)]


def test_a_mistake_in_a_statement_is_told_as_such_and_the_lane_goes_on(through: Any) -> None:
    async def work(lane: Lane) -> object:
        with pytest.raises(psycopg.errors.DivisionByZero):
            await lane.run(asked(Ask(b"SELECT 1 / cardinality(%s)", [octets([])])))
        return await lane.run(asked(Ask(b"SELECT cardinality(%s)", [octets([b"a"])])))

    assert through(work) == [(1,)]


def test_what_waits_does_not_hold_up_the_loop(through: Any) -> None:
    async def work(lane: Lane) -> list[str]:
        seen: list[str] = []
        waiting = asyncio.create_task(lane.run(aside(lambda: seen.append("waited"))))
        seen.append("loop")
        await waiting
        return seen

    assert through(work) == ["loop", "waited"]


def test_a_database_that_is_away_is_told_by_what_waits_too(through: Any) -> None:
    def away() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    def here_again() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return int(cursor.fetchone()[0])

    async def work(lane: Lane) -> object:
        with pytest.raises(Unavailable):
            await lane.run(aside(away))
        return await lane.run(aside(here_again))

    assert through(work) == 1


def test_a_commit_whose_answer_was_lost_is_known_when_its_message_comes_again(
    threads: ThreadPoolExecutor,
) -> None:
    async def stored(lane: Lane, *batch: IncomingSms) -> None:
        prepared = await lane.run(preparing(batch, now=NOON))
        await lane.run(storing([prepared], now=NOON))

    async def work() -> None:
        async with Between() as between:
            lane = Lane({**_parameters(), "host": "127.0.0.1", "port": between.port}, aside=threads)
            await stored(lane, sms("what was sent before"))
            batch = [sms(f"Your code is {code}") for code in TWICE]
            prepared = await lane.run(preparing(batch, now=NOON))
            between.loses_answers = True
            with pytest.raises(Unavailable):
                await lane.run(storing([prepared], now=NOON))
            assert _stored() == 1 + len(TWICE), "it was committed"
            between.loses_answers = False
            again = [replace(sms(f"Your code is {code}"), doubt=Doubt.BREAK) for code in TWICE]
            await stored(lane, *again, sms("what was sent after"))
            await lane.close()

    asyncio.run(work())

    assert Message.objects.count() == 4


class Between:
    """Stands between a lane and the server; where it loses an answer, it ends the session."""

    def __init__(self) -> None:
        self.loses_answers = False
        self.port = 0
        self._server: asyncio.Server | None = None
        self._sessions: list[asyncio.Task[None] | None] = []

    async def __aenter__(self) -> Between:
        self._server = await asyncio.start_server(self._session, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.gather(*filter(None, self._sessions))

    async def _session(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        self._sessions.append(asyncio.current_task())
        way = _parameters()
        far, to_far = await asyncio.open_connection(way["host"], way["port"])
        asking = asyncio.create_task(self._asked(near, to_far))
        while said := await far.read(65536):
            if self.loses_answers:
                break
            to_near.write(said)
        for each in (to_near, to_far):
            each.close()
            await each.wait_closed()
        await asking

    async def _asked(self, near: asyncio.StreamReader, to_far: asyncio.StreamWriter) -> None:
        while said := await near.read(65536):
            to_far.write(said)
        to_far.close()


def asked(ask: Ask) -> Steps[Any]:
    """One statement as steps."""
    return (yield ask)


def aside(work: Callable[[], object]) -> Steps[Any]:
    """One piece of work as steps."""
    return (yield Aside(work))


def sms(text: str) -> IncomingSms:
    """An SMS for a number that nobody holds."""
    return IncomingSms(
        carrier="test",
        source="Test",
        source_ton=5,
        destination="447700900123",
        data_coding=0,
        esm_class=0,
        body=text.encode(),
        user_data_header=b"",
        part=None,
        doubt=Doubt.NONE,
        received_at=NOON,
    )


def _parameters() -> dict[str, Any]:
    settings = connection.settings_dict
    return {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }


def _stored() -> int:
    with psycopg.connect(**_parameters()) as link:
        found = link.execute("SELECT count(*) FROM messaging_message").fetchone()
    assert found is not None
    return int(found[0])


def _terminate(pid: int, *, after_s: float = 0) -> None:
    with psycopg.connect(**_parameters(), autocommit=True) as link:
        link.execute("SELECT pg_sleep(%s)", [after_s])
        link.execute("SELECT pg_terminate_backend(%s)", [pid])
