"""Hostile 28 and 40: whatever a stranger writes into any field is only a text wherever it stands.

A customer writes the same hostile words into every field that he has; then every page that shows
anything of his is opened, by himself and by the staff, each file taken, each letter written out.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any, Final

import pypdfium2
import pytest
from django.conf import LazySettings
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from nummer.apps.notify.models import Letter
from nummer.config.jobs import offered_jobs
from nummer.kernel import limits
from nummer.kernel.jobs import DELIVER_LETTER, TELL_KEY_CREATED
from tests import builders
from tests.apps.leases.conftest import supplier
from tests.faces.addresses import addresses
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter
from tests.faces.forms import forms_of
from tests.faces.settled import Settled, known_again, settled

__all__ = ["supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("supplier")]
MARK: Final = "Zq7"
MARKUP: Final = "\"'><img src=x onerror=a()><script>a()</script>"
UNSEEN: Final = "\u202egnp.exe\u200b\u2066"
LEADS: Final = re.compile(r"""(?:href|src|action)\s*=\s*["']?\s*javascript:[^"'>]*""")
# What stands in a field to be written on is the writer's own, and kept as he wrote it.
FIELDS: Final = re.compile(r"<textarea.*?</textarea>|<input[^>]*>", re.DOTALL)
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


def mails_of(one: Settled) -> list[tuple[str, str]]:
    """Write and send every letter that is due; return words and HTML of those to him."""
    mine, do = builders.email_of(one.account_id), offered_jobs()
    for task in (TELL_KEY_CREATED, DELIVER_LETTER):  # the first writes what the second sends
        with connection.cursor() as cursor:
            cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s", [task])
            jobs = [json.loads(args) if isinstance(args, str) else args for (args,) in cursor]
        for args in jobs:
            do[task](**{name: value for name, value in args.items() if name != "request_id"})
    return [
        (f"{mail.subject}\n{mail.body}", str(mail.alternatives[0][0]))
        for mail in outbox.outbox
        if isinstance(mail, EmailMultiAlternatives) and mine in mail.to
    ]


def whole_of(answer: Any) -> bytes:
    return bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)


def text_of(answer: Any) -> str:
    return whole_of(answer).decode(errors="replace")


def is_page(answer: Any) -> bool:
    return str(answer.get("Content-Type", "")).startswith("text/html")


def test_markup_is_shown_as_text_on_every_page(bring: Bring) -> None:
    pages, alive = 0, []
    with bring(MARKUP) as one:
        for path, answer in shown(one):
            text = text_of(answer)
            if is_page(answer) and MARK in text:
                pages += 1
                if "<img src=x" in text or "<script>a()" in text or "\"'>&lt;" in text:
                    alive.append(path)
        mails = mails_of(one)
    alive += [html for _, html in mails if "<img src=x" in html or "<script" in html]
    assert alive == []
    assert pages > 10, "or nothing was shown: many fields refuse these words"
    assert any(MARK in html for _, html in mails), "or nothing was written"


def test_what_turns_or_hides_letters_is_not_on_any_page(bring: Bring) -> None:
    pages, turned = 0, []
    with bring(UNSEEN) as one:
        for path, answer in shown(one):
            text = FIELDS.sub("", text_of(answer))
            if is_page(answer) and MARK in text:
                pages += 1
                turned += [(path, ascii(each)) for each in "\u202e\u2066" if each in text]
        for text, html in mails_of(one):
            turned += [("mail", ascii(each)) for each in "\u202e\u2066" if each in text + html]
    assert turned == []
    assert pages > 5, "or nothing was shown: many fields refuse these words"


def test_words_of_a_typesetter_are_words_in_every_pdf(bring: Bring) -> None:
    """The PDFs are set by Typst, to which `#`, `*`, `$` and `\\` say something in its own files."""
    found = []
    with bring('#panic() *b* $x$ \\ #read("/etc/passwd") ') as one:
        for path, answer in shown(one):
            if answer.get("Content-Type", "") == "application/pdf":
                found.append((path, whole_of(answer)))
    assert found, "or there was none"
    texts = [text for _, content in found for text in text_in(content)]
    assert any("#panic() *b* $x$" in text and MARK in text for text in texts)
    for path, content in found:
        assert not re.search(rb"/(JavaScript|JS|OpenAction|Launch|AA)\b", content), path


def text_in(pdf: bytes) -> list[str]:
    """Return the words of each page, a space wherever a line ends."""
    return [
        " ".join(page.get_textpage().get_text_bounded().split())
        for page in pypdfium2.PdfDocument(pdf)
    ]


def test_a_nul_in_any_field_of_any_form_breaks_nothing(bring: Bring) -> None:
    with bring("plain ") as one:
        known_again(one.browser)
        sent = {
            (form.action, form.buttons[0] if form.buttons else None): form
            for each in addresses(one.name)
            if each.view.__module__.startswith("nummer.faces.site")
            for answer in [one.browser.get(each.path)]
            if is_page(answer)
            for form in forms_of(text_of(answer), at=each.path)
        }
        one.browser.raise_request_exception = False
        broken = []
        for form in sent.values():
            fields = {name: [f"a\0{each}" for each in form.fields[name]] for name in form.fields}
            answer = getattr(one.browser, form.method)(form.action, fields)
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                broken.append((form.action, answer.status_code))
    assert broken == []
    assert len(sent) > 50, "or there were no forms"


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
