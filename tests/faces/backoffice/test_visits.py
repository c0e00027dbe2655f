"""The staff's page of visits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from nummer.apps.visits.actions import write_counted
from nummer.apps.visits.counting import Counter
from tests.builders import NOW
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock


def read(page: str, *, views: int, days_ago: int = 0, seconds: int = 0) -> None:
    counter = Counter()
    for _ in range(views):
        counter.view(page)
    if seconds:
        counter.time(page, seconds=seconds, first=True)
    write_counted(counter, now=NOW - timedelta(days=days_ago))


def test_pages_stand_with_their_views_time_and_a_drawing_by_day(shop: StandingClock) -> None:
    browser = at_work("operations")
    assert "Nothing was counted" in browser.get("/staff/visits/").text
    read("/numbers/", views=6, seconds=42)
    read("/", views=3, days_ago=1)
    read("/", views=5, days_ago=40)
    page = browser.get("/staff/visits/").text
    assert "9 views" in page
    assert page.index("/numbers/</a>") < page.index('/">/</a>')
    assert page.count("<rect ") == 30
    heights = [float(height) for height in re.findall(r'<rect [^>]* height="([\d.]+)"', page)]
    assert heights[-2:] == [80.0, 160.0]
    assert f"<title>{NOW.date()}: 6</title>" in page
    one = browser.get("/staff/visits/?page=/numbers/").text
    assert "6 views" in one
    wider = browser.get(f"/staff/visits/?since={NOW.date() - timedelta(days=60)}").text
    assert "14 views" in wider


def test_the_same_comes_as_csv(shop: StandingClock) -> None:
    read("/numbers/", views=2, seconds=42)
    answer = at_work("finance").get("/staff/visits/csv/")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[arg-type]
    assert lines == [
        "day,page,views,measured_views,measured_seconds",
        f"{NOW.date()},/numbers/,2,1,42",
    ]


@pytest.mark.parametrize("role", ["support", "identity", "compliance"])
def test_other_roles_see_no_visits(shop: StandingClock, role: str) -> None:
    browser = at_work(role)
    for path in ("/staff/visits/", "/staff/visits/csv/"):
        assert browser.get(path).status_code == 403


@pytest.mark.parametrize("query", ["since=x", "since=2026-13-01&until=1", "until=0001-01-01"])
def test_days_that_are_none_are_left_out(shop: StandingClock, query: str) -> None:
    assert at_work("owner").get(f"/staff/visits/?{query}").status_code == 200
