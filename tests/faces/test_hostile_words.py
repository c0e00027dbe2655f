"""Hostile 28 and 40: whatever a stranger writes into any field is only a text wherever it stands.

A customer writes the same hostile words into every field that he has; then every page that shows
anything of his is opened, by himself and by the staff, each file taken, each letter opened.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

import pytest
from django.conf import LazySettings

from nummer.apps.notify.models import Letter
from nummer.kernel import limits
from tests.apps.leases.conftest import supplier
from tests.faces.addresses import addresses
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter
from tests.faces.settled import Settled, known_again, settled

__all__ = ["supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("supplier")]
MARK: Final = "Zq7"
LEADS: Final = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*javascript:[^"'>]*""")
Bring = Callable[[str], AbstractContextManager[Settled]]


@pytest.fixture
def bring(enter: Enter, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Bring:
    """Return what brings a customer who begins or ends every text of his with these words."""
    settings.ACCOUNT_RATE_LIMITS = False
    monkeypatch.setattr(limits.CallLimit, "wait_s", lambda *_of, **_named: 0.0)

    def brought(hostile: str) -> AbstractContextManager[Settled]:
        return settled(enter, words=lambda field: f"{hostile}{MARK}{field}")

    return brought


def shown(one: Settled) -> Iterator[tuple[str, Any]]:
    """Yield every answer to himself and to the owner of the house, and each of his letters."""
    known_again(one.browser)
    staff = at_work("owner")
    for each in addresses(one.name):
        if each.path.startswith("/accounts/") or not each.route:
            continue
        browser = staff if each.path.startswith("/staff/") else one.browser
        if each.view.__module__.startswith(("nummer.faces.site", "nummer.faces.backoffice")):
            yield each.path, browser.get(each.path)
    for letter in Letter.objects.filter(account_id=one.account_id):
        yield f"/letters/{letter.id}/", one.browser.get(f"/letters/{letter.id}/")


def whole_of(answer: Any) -> bytes:
    return bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)


def text_of(answer: Any) -> str:
    return whole_of(answer).decode(errors="replace")


def is_page(answer: Any) -> bool:
    return str(answer.get("Content-Type", "")).startswith("text/html")


def test_no_address_of_a_link_runs_a_program(bring: Bring) -> None:
    with bring("javascript:a()//") as one:
        found = [
            (path, link)
            for path, answer in shown(one)
            if is_page(answer)
            for link in LEADS.findall(text_of(answer))
        ]
    assert found == []


@pytest.mark.parametrize("begins", ["=1+1", "+1-1", "-1+1", "@SUM(A1)", "\t=1+1"])
def test_no_cell_of_any_file_computes(bring: Bring, begins: str) -> None:
    cells = 0
    with bring(begins) as one:
        for path, answer in shown(one):
            if not str(answer.get("Content-Type", "")).startswith("text/csv"):
                continue
            for row in csv.reader(io.StringIO(text_of(answer))):
                for cell in row:
                    cells += MARK in cell
                    assert not (MARK in cell and re.match(r"[\s]*[=+\-@\t\r]", cell)), (path, cell)
    assert cells > 0, "or nothing was exported"
