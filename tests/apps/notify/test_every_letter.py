"""Every letter in every language, as it is sent; LETTERS_FOLDER keeps them to be looked at.

    LETTERS_FOLDER=/tmp/letters .venv/bin/python -m pytest tests/apps/notify/test_every_letter.py

Then open index.html there; the .eml files open in any mail program.
"""

from __future__ import annotations

import os
import re
from email import message_from_bytes, policy
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from nummer.apps.agreements.queries import operator
from nummer.apps.notify import mails
from nummer.apps.notify.letters import LETTERS
from nummer.apps.notify.rendering import Written, write
from nummer.kernel.ids import id_of
from nummer.kernel.locale import LANGUAGES
from tests.apps.notify.conftest import NOW
from tests.apps.notify.test_letters import CONTENTS

LINE_OCTETS_MAX = 998  # RFC 5322, section 2.1.1
SUBJECT_MAX = 100  # characters: a phone shows some 40 of them, a desk about 80
WORDS = 4  # so many words are a sentence, fewer may be a name
RAW = re.compile(r"\{\{|\}\}|\{%|%\}|%\(\w+\)s|%s|\bNone\b|&amp;amp;|<StrPromise|object at 0x")


class _Words(HTMLParser):
    """Collects what a reader of the page sees, and the links that he may follow."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br", "hr", "img"):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        assert tag not in ("script", "img", "iframe", "form"), "a mail loads nothing"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "every element is closed in its turn"

    def handle_data(self, data: str) -> None:
        if "title" not in self.open:
            self.seen.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the letters are kept."""
    kept = os.environ.get("LETTERS_FOLDER")
    found = Path(kept) if kept else tmp_path_factory.mktemp("letters")
    found.mkdir(parents=True, exist_ok=True)
    return found


def strings(value: Any) -> set[str]:
    """Return every text of a content, which no catalogue translates."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in strings(each)}
    if isinstance(value, list):
        return {text for each in value for text in strings(each)}
    return {line.strip() for line in str(value).splitlines()}


def sentences(written: Written, name: str) -> set[str]:
    """Return the lines of a letter that are sentences of ours."""
    given = strings(CONTENTS[name])
    company = operator()
    fixed = {company.name, company.register, *company.company.address}
    return {
        line
        for line in map(str.strip, f"{written.subject}\n{written.text}".splitlines())
        if len(re.findall(r"[^\W\d_]{2,}", line)) >= WORDS
        and "://" not in line
        and not any(word and word in line for word in fixed)
        and not any(text and line in (text, f"> {text}") for text in given)
    }


def sent(written: Written, name: str, language: str) -> bytes:
    """Return a letter as the mail server gets it."""
    mail.outbox.clear()
    mails.send(
        written,
        to="kari@example.no",
        letter_id=id_of("artefact", name, language),
        account_id=0,
        now=NOW,
    )
    return mail.outbox[0].message().as_bytes()


def keep(folder: Path, stem: str, written: Written, octets: bytes) -> None:
    (folder / f"{stem}.txt").write_text(f"{written.subject}\n\n{written.text}", encoding="utf-8")
    (folder / f"{stem}.html").write_text(written.html, encoding="utf-8")
    (folder / f"{stem}.eml").write_bytes(octets)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(LETTERS))
def test_a_letter_is_whole_in_every_language(name: str, folder: Path) -> None:
    written = {
        language: write(name, content=CONTENTS[name], language=language) for language in LANGUAGES
    }
    for language, letter in written.items():
        octets = sent(letter, name, language)
        keep(folder, f"{name}.{language}", letter, octets)
        page = _Words()
        page.feed(letter.html)
        seen = "".join("".join(page.seen).split())

        for part in (letter.subject, letter.text, letter.html):
            assert part.strip()
            assert not RAW.search(part), (language, RAW.findall(part))
        assert len(letter.subject) <= SUBJECT_MAX
        assert f'<html lang="{language}">' in letter.html
        assert "max-width" in letter.html
        assert "overflow-wrap: anywhere" in letter.html, "a long link must not widen a phone"
        for line in letter.text.partition("\n-- \n")[0].splitlines():
            assert "".join(line.split()) in seen, "text and page say the same"
        for link in re.findall(r"https?://[^\s<>]+", letter.text):
            assert any(link.rstrip(".,") in found for found in page.links), link
        assert all(len(line) <= LINE_OCTETS_MAX for line in octets.splitlines())
        bodies = message_from_bytes(octets, policy=policy.default)
        kinds = [part.get_content_type() for part in bodies.walk()]
        assert kinds.count("text/html") == 1
        assert "text/plain" in kinds
    for language in LANGUAGES[1:]:
        same = sentences(written[language], name) & sentences(written["en"], name)
        assert same == set(), f"not translated to {language}"


@pytest.mark.django_db
def test_the_folder_has_a_page_that_leads_to_each(folder: Path) -> None:
    lines = []
    for name in sorted(LETTERS):
        ways = " ".join(
            f'<a href="{name}.{language}.html">{language}</a>'
            f' (<a href="{name}.{language}.txt">text</a>,'
            f' <a href="{name}.{language}.eml">mail</a>)'
            for language in LANGUAGES
        )
        lines.append(f"<tr><th>{escape(name)}</th><td>{ways}</td></tr>")
    (folder / "index.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Letters</title>'
        f"<table>{''.join(lines)}</table></html>",
        encoding="utf-8",
    )

    assert (folder / "index.html").stat().st_size > len(LETTERS)
