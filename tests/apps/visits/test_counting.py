"""Counts of pages: sums only, written together, and never lost to an absent database."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest
from django.db import Error, connection

from nummer.apps.visits import queries
from nummer.apps.visits.actions import write_counted
from nummer.apps.visits.counting import PAGES_MAX, SECONDS_MAX, Counter
from tests.builders import NOW

TODAY = NOW.date()


def columns() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'visits_pageday'"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.clause("PP-3.1b")
@pytest.mark.django_db
def test_what_is_kept_is_a_sum_of_a_day_and_nothing_of_a_reader() -> None:
    assert columns() == {"day", "page", "views", "timed", "seconds"}


@pytest.mark.django_db
def test_counts_of_processes_and_times_add_up() -> None:
    one, other = Counter(), Counter()
    for _ in range(3):
        one.view("/")
    other.view("/")
    other.view("/numbers/")
    other.time("/", seconds=20, first=True)
    other.time("/", seconds=10, first=False)
    one.time("/", seconds=SECONDS_MAX + 999, first=True)
    assert write_counted(one, now=NOW) == 1
    assert write_counted(other, now=NOW) == 2
    assert write_counted(other, now=NOW) == 0, "nothing is written twice"
    one.view("/")
    write_counted(one, now=NOW + timedelta(days=1))

    found = queries.pages(since=TODAY, until=TODAY)
    assert [(row.page, row.views, row.timed, row.seconds) for row in found] == [
        ("/", 4, 2, SECONDS_MAX + 30),
        ("/numbers/", 1, 0, 0),
    ]
    assert [row.average_s for row in found] == [(SECONDS_MAX + 30) // 2, None]
    assert [row.views for row in queries.days(since=TODAY, until=TODAY + timedelta(days=2))] == [
        5,
        1,
        0,
    ]
    assert queries.days(since=TODAY, until=TODAY, page="/numbers/")[0].views == 1


@pytest.mark.django_db
def test_everything_that_came_together_is_one_statement(
    django_assert_num_queries: pytest.FixtureRequest,
) -> None:
    counter = Counter()
    for n in range(200):
        counter.view(f"/{n}/")
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert write_counted(counter, now=NOW) == 200


@pytest.mark.django_db
def test_counts_wait_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = Counter()
    counter.view("/")

    def away(*given: object) -> None:
        counter.view("/")  # somebody reads on meanwhile
        raise Error

    with monkeypatch.context() as patched:
        patched.setattr("nummer.apps.visits.actions._add", away)
        with pytest.raises(Error):
            write_counted(counter, now=NOW)
    write_counted(counter, now=NOW)
    assert queries.pages(since=TODAY, until=TODAY)[0].views == 2


def test_memory_is_bounded_whatever_is_counted() -> None:
    counter = Counter()
    for n in range(PAGES_MAX + 50):
        counter.view(f"/{n}/")
    assert len(counter.take()) == PAGES_MAX


def test_threads_lose_no_count() -> None:
    counter = Counter()
    taken: list[int] = []

    def read() -> None:
        for _ in range(2_000):
            counter.view("/")

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        taken += [sums.views for sums in counter.take().values()]
        time.sleep(0.001)
    taken += [sums.views for sums in counter.take().values()]
    assert sum(taken) == 8_000


@pytest.mark.django_db
def test_a_day_without_any_is_shown_as_none() -> None:
    rows = queries.days(since=date(2026, 1, 1), until=date(2026, 1, 3))
    assert [row.views for row in rows] == [0, 0, 0]
