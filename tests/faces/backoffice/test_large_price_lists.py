"""A carrier's whole list of 100,000 prefixes, brought and taken over on the staff's page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from nummer.apps.catalogue.jobs import JOBS
from nummer.apps.catalogue.models import SmsCost, SmsList
from nummer.apps.catalogue.sms_lists import LINES_PAGE, Difference, runs
from nummer.apps.catalogue.sms_rates import Route, earning, routes_to, sms_quote
from nummer.kernel.ids import new_ids
from nummer.kernel.jobs import COMPARE_PRICES
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from tests import builders
from tests.faces.backoffice.test_rates import WHY, route, sell
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import StandingClock

LINES: Final = 100_000
FIRST: Final = 100_000
MOVED: Final = 30_000  # so many prefixes at the beginning are gone, so many at the end are new
COST, DEARER, ABOVE_RATE = "0.04", "0.045", "0.06"
EVERY_LOSS: Final = 10
PAGE_OCTETS_MAX: Final = 100_000
MORE: Final = re.compile(r'href="(\?[^"]*after=[^"]+)"')


def held() -> None:
    """Let every prefix cost the same since yesterday."""
    rows = zip(new_ids(LINES), range(FIRST, FIRST + LINES), strict=True)
    cost, since = Money.parse(COST, "EUR").micro, builders.NOW - timedelta(days=1)
    columns = "id, carrier, prefix, destination, currency, cost_micro, from_at, reason"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY catalogue_smscost ({columns}) FROM STDIN") as copy,
    ):
        for row_id, place in rows:
            copy.write_row((row_id, "one", f"4{place}", "", "EUR", cost, since, ""))


def priced(place: int) -> str:
    """Return one of ten above the rate, of the others every second dearer."""
    if place % EVERY_LOSS == 0:
        return ABOVE_RATE
    return DEARER if place % 2 else COST


def listed() -> list[str]:
    places = range(FIRST + MOVED, FIRST + MOVED + LINES)
    return ["prefix,destination,price", *(f"4{at},Somewhere,{priced(at)}" for at in places)]


def bring(browser: Client, lines: Sequence[str]) -> tuple[int, str]:
    """Return the status and where the list is, or the page that refuses it."""
    file = SimpleUploadedFile("list.csv", "\n".join(lines).encode())
    said = {"carrier": "one", "currency": "EUR", "decimal": ".", "whole": "on", "file": file}
    answer = browser.post("/staff/price-lists/", said)
    if answer.status_code == 302:
        return 302, answer["Location"]
    return answer.status_code, answer.text


def prefixes(text: str) -> list[str]:
    return re.findall(r"<td class=\"font-mono\">\+(\d+)</td>", text)


def test_100_000_lines_are_compared_shown_and_taken_over(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    held()
    route()
    sell("4", "0.05")
    browser = at_work("finance")

    status, page = bring(browser, listed())

    assert status == 302, page
    assert SmsList.objects.get().state == "comparing"
    assert f"0 of {LINES} prefixes compared" in browser.get(page).text
    (job,) = ProcrastinateJob.objects.filter(task_name=COMPARE_PRICES)

    shown = watched(monkeypatch, browser, page)
    JOBS[COMPARE_PRICES](list_id=job.args["list_id"])

    total = LINES + MOVED
    assert shown == [*range(runs.BATCH_LINES, total, runs.BATCH_LINES), total]
    ready = browser.get(page).text
    assert "every 1s" not in ready
    dearer = sum(priced(at) != COST for at in range(FIRST + MOVED, FIRST + LINES))
    same = LINES - MOVED - dearer
    losses = LINES // EVERY_LOSS
    counted = {"new": MOVED, "dearer": dearer, "cheaper": 0, "gone": MOVED, "the same": same}
    for name, count in counted.items():
        assert f"{name}: {count}</a>" in ready
    assert f"{losses} prefixes would be sold below cost." in ready

    walked(browser, page, show="gone", first=f"4{FIRST}", count=MOVED)

    refused = browser.post(page, {"button": "take"}, follow=True).text
    assert f"{losses} prefixes would be sold below cost; give a reason" in refused
    assert SmsCost.objects.count() == LINES

    taken = browser.post(page, {"button": "take", "reason": WHY}, follow=True).text
    assert "The list was taken over." in taken
    reasons = Counter(SmsCost.objects.exclude(import_id=None).values_list("reason", flat=True))
    assert reasons == {"": total - same - losses, WHY: losses}
    (loss,) = carried(shop, FIRST + LINES)
    assert (loss.cost, loss.loss_allowed) == (Money.parse(ABOVE_RATE, "EUR"), True)
    assert not carried(shop, FIRST)


def watched(monkeypatch: pytest.MonkeyPatch, browser: Client, page: str) -> list[int]:
    """Return what the page says has been compared, as it is asked after every batch."""
    shown: list[int] = []
    keep = runs._keep

    def kept(list_id: UUID, batch: Sequence[Difference], *, done: int, stamp: int) -> bool:
        moved = keep(list_id, batch, done=done, stamp=stamp)
        text = browser.get(page, headers={"hx-request": "true"}).text
        assert 'hx-trigger="every 1s"' in text
        (value,) = re.findall(r'<progress [^>]*value="(\d+)"', text)
        shown.append(int(value))
        return moved

    monkeypatch.setattr(runs, "_keep", kept)
    return shown


def walked(browser: Client, page: str, *, show: str, first: str, count: int) -> None:
    """Expect that pages of bounded size follow each other, and that the last is reached."""
    answer = browser.get(f"{page}?show={show}")
    found = prefixes(answer.text)
    assert (len(found), found[0]) == (LINES_PAGE, first)
    assert len(answer.content) < PAGE_OCTETS_MAX
    (more,) = MORE.findall(answer.text)
    behind = prefixes(browser.get(page + more.replace("&amp;", "&")).text)
    assert behind[0] == f"{int(found[-1]) + 1}"
    last = int(first) + count - 1
    end = browser.get(f"{page}?show={show}&after={last - 1}").text
    assert prefixes(end) == [f"{last}"]
    assert not MORE.search(end)


def carried(shop: StandingClock, place: int) -> list[Route]:
    """Return the routes by which an SMS to a prefix is sold."""
    to = PhoneNumber(f"+4{place}00")
    quote = sms_quote(to=to, ours_country="SE", currency="EUR", customer_country="US", now=shop.at)
    return earning(routes_to(to=to, now=shop.at), quote=quote)


def test_every_broken_line_of_a_large_list_is_named(shop: StandingClock) -> None:
    lines = listed()
    lines[7] = "4130006,Somewhere"  # the eighth line of the file
    lines[50_000] = "4179999,Somewhere,0,04"
    lines[70_000] = "41 99 999,Somewhere,0.04"
    lines[90_000] = lines[1]

    status, text = bring(at_work("finance"), lines)

    assert status == 400
    assert "Line 8 does not have 3 fields" in text
    assert "Line 50001 does not have 3 fields" in text
    assert "Line 70001, column prefix: this is not one prefix" in text
    assert "Line 90001, column prefix: this prefix stands in line 2 already." in text
    assert "there may be more" not in text
    assert SmsList.objects.count() == 0


def test_a_list_of_broken_lines_names_the_first_and_says_so(shop: StandingClock) -> None:
    lines = [line.replace("0.", "0,0,") for line in listed()]

    status, text = bring(at_work("finance"), lines)

    assert status == 400
    assert text.count("does not have 3 fields") == 20
    assert "Line 2 does" in text
    assert "Line 21 does" in text
    assert "Only the first broken lines are named; there may be more." in text
    assert SmsList.objects.count() == 0
