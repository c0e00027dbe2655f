"""The order in which due work is done: one for all sources, whatever the work itself brings."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import OperationalError, connection

from nummer.config.sweeper import sweep_until
from nummer.kernel.due import AT_END, AT_ONCE, DueRow, DueSource
from tests.builders import NOW

pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def row(seconds: float, key: int = 0) -> DueRow:
    return DueRow(at(seconds), 1, UUID(int=key))


@dataclass
class Made:
    """A source whose rows are a list; it writes down what it fired and counts the questions."""

    name: str
    log: list[tuple[str, DueRow]]
    lead: timedelta | None = AT_ONCE
    rows: set[DueRow] = field(default_factory=set)
    asked: int = 0
    then: Callable[[DueRow], None] = lambda _: None

    def source(self) -> DueSource:
        return DueSource(self.name, self._find, self._fire, lead=self.lead)

    def _find(self, until: datetime, limit: int) -> Sequence[DueRow]:
        self.asked += 1
        return sorted(found for found in self.rows if found.due_at <= until)[:limit]

    def _fire(self, fired: DueRow, now: datetime) -> None:
        assert now == fired.due_at
        self.then(fired)
        self.rows.discard(fired)
        self.log.append((self.name, fired))


def swept(made: Iterable[Made], *, until: float = 10_000) -> tuple[int, int]:
    done = sweep_until(at(until), sources=[one.source() for one in made])
    return done.fired, done.failed


def fail(_: DueRow) -> None:
    raise ValueError


def test_rows_of_all_sources_are_fired_in_one_order() -> None:
    log: list[tuple[str, DueRow]] = []
    pick = random.Random(1)
    made = [Made(name, log, lead) for name, lead in (("a", None), ("b", AT_ONCE), ("c", None))]
    for one in made:
        one.rows = {row(pick.randrange(300), key) for key in range(200)}

    assert swept(made) == (600, 0)
    assert [fired.due_at for _, fired in log] == sorted(fired.due_at for _, fired in log)


def test_what_is_due_later_than_asked_stays() -> None:
    made = Made("a", [], rows={row(1), row(5)})
    assert swept([made], until=4) == (1, 0)
    assert made.rows == {row(5)}


@pytest.mark.parametrize("lead_s", [0, 7])
def test_work_that_a_fire_brings_is_done_in_its_place(lead_s: int) -> None:
    log: list[tuple[str, DueRow]] = []
    ends = Made("ends", log, None, {row(10 * n, n) for n in range(100)})
    letters = Made("letters", log, timedelta(seconds=lead_s))
    ends.then = lambda fired: letters.rows.add(
        DueRow(fired.due_at + timedelta(seconds=lead_s), 1, fired.key)
    )

    assert swept([letters, ends]) == (200, 0)
    assert [name for name, _ in log] == ["ends", "letters"] * 100
    assert [fired.due_at for _, fired in log] == sorted(fired.due_at for _, fired in log)


def test_earlier_row_that_a_fire_brings_to_another_source_comes_before_its_next() -> None:
    log: list[tuple[str, DueRow]] = []
    first = Made("first", log, None, {row(1), row(9)})
    other = Made("other", log, AT_ONCE, {row(20), row(30)})
    first.then = lambda fired: other.rows.add(row(3, 7)) if fired == row(1) else None

    swept([first, other])
    assert [fired for _, fired in log] == [row(1), row(3, 7), row(9), row(20), row(30)]


def test_chains_over_several_sources_keep_the_order_of_a_ticking_clock() -> None:
    def life(*, jump: bool) -> list[tuple[str, DueRow]]:
        log: list[tuple[str, DueRow]] = []
        windows = Made("windows", log, None, {row(7 * n, n) for n in range(60)})
        letters = Made("letters", log, AT_ONCE)
        counts = Made("counts", log, timedelta(seconds=60))

        def end(fired: DueRow) -> None:
            if fired.key.int % 2:
                letters.rows.add(fired)
            minute = fired.due_at + timedelta(seconds=60)
            if not counts.rows:
                counts.rows.add(DueRow(minute, 0, UUID(int=0)))

        windows.then = end
        for until in (1000,) if jump else range(0, 1000, 3):
            swept([windows, letters, counts], until=until)
        return log

    assert life(jump=True) == life(jump=False)


def test_source_that_nothing_touches_is_not_asked_for_each_row() -> None:
    ends = Made("ends", [], None, {row(n, n) for n in range(1000)})
    quiet = Made("quiet", [], timedelta(days=1))
    assert swept([ends, quiet]) == (1000, 0)
    assert quiet.asked == 1
    assert ends.asked <= 12


def test_telling_waits_until_nothing_else_is_due() -> None:
    log: list[tuple[str, DueRow]] = []
    ends = Made("ends", log, None, {row(n, n) for n in range(300)})
    letters = Made("letters", log, AT_END)
    ends.then = letters.rows.add
    copies = Made("copies", log, AT_END)
    letters.then = lambda fired: copies.rows.add(fired) if fired.key.int % 2 else None

    assert swept([copies, letters, ends]) == (300 + 300 + 150, 0)
    assert {name for name, _ in log[:300]} == {"ends"}
    assert sorted(fired for name, fired in log if name == "copies") == [
        row(n, n) for n in range(1, 300, 2)
    ]
    assert letters.asked <= 12


def test_failed_row_is_left_and_told_while_all_others_are_done() -> None:
    bad = Made("bad", [], AT_ONCE, {row(n, n) for n in range(30)}, then=fail)
    good = Made("good", [], AT_ONCE, {row(n, n) for n in range(30)})

    assert swept([bad, good]) == (30, 30)
    assert (len(bad.rows), good.rows) == (30, set())

    bad.then = lambda _: None
    assert swept([bad, good]) == (30, 0)


def test_row_that_stays_after_its_fire_is_told_and_ends_no_sweep() -> None:
    source = DueSource("stuck", lambda until, limit: [row(1)], lambda *_: None)
    done = sweep_until(at(9), sources=[source, Made("a", [], AT_ONCE, {row(2)}).source()])
    assert (done.fired, done.failed) == (2, 1)


def test_long_sweep_stops_between_two_rows() -> None:
    made = Made("a", [], AT_ONCE, {row(0, n) for n in range(50)})
    done = sweep_until(at(1), sources=[made.source()], stop=lambda: len(made.log) >= 3)
    assert (done.fired, len(made.rows)) == (3, 47)


@pytest.mark.django_db(transaction=True)
def test_lost_session_ends_the_sweep_since_its_lock_is_gone() -> None:
    def cut(_: DueRow) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    made = Made("a", [], None, {row(1), row(2)}, then=cut)
    with pytest.raises(OperationalError):
        swept([made])
    connection.close()
    assert made.rows == {row(1), row(2)}
