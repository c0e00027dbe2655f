"""Every page in a made-up language: nothing is left untranslated, nothing is cut for its length.

The installation of this test alone speaks it instead of Norwegian (`pseudo/sitecustomize.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from babel.core import Locale
from playwright.sync_api import Browser

from tests.installation import Installation
from tests.journeys.conftest import Visit
from tests.journeys.everybody import everybody
from tests.journeys.test_accessible import keep
from tests.tidy.sentences import files, sentences, translations

HERE = Path(__file__).parent
LOOK = (HERE / "pseudo" / "look.js").read_text()
OTHER_LANGUAGES = ("/en/", "/de/")  # addresses that name their language
# What customers and the sandbox of this test wrote, and names of things that are no words.
DATA: Final = frozenset(
    {
        "I am on my way",
        "Your parcel is here.",
        "How does this work?",
        *("English", "norsk (bokmål)", "How"),
        *("api", "bank", "onlinesim", "sandbox"),
    }
)
# What carriers call a destination is theirs.
OF_CARRIERS: Final = "/staff/costs/"
ENGLISH = re.compile(r"\b(?:the|and|you|your|not|of|with|this|that|was|has|have|yet)\b")
PIECES = re.compile(r"\s*[·,/()→|]\s*|\s{2,}|^\s*:\s*")
# Addresses, and zones of time as their table names them.
NAMES = re.compile(r"https?://\S+|^(?:Africa|America|Antarctica|Atlantic|Europe|Indian)/.*")
WORD = re.compile(r"[a-z]{3,}")


@pytest.fixture
def made_up(tmp_path: Path, browser: Browser) -> Iterator[Visit]:
    """Let people come to an installation that speaks the made-up language."""
    running = Installation(tmp_path / "home", extra={"PYTHONPATH": str(HERE / "pseudo")})
    running.start()
    visit = Visit(running, browser)
    yield visit
    visit.leave()
    status = running.stop()
    running.remove_database()
    assert status == 0


def test_every_page_is_translated_and_has_room_for_longer_words(made_up: Visit) -> None:
    known = {message.id for message in sentences() if isinstance(message.id, str)}
    known -= same_in_norwegian()
    english, norwegian = Locale("en").territories, Locale("nb").territories
    known |= {name for code, name in english.items() if name != norwegian.get(code)}
    found: dict[tuple[str, str], str] = {}
    opened = 0
    for person, walked in everybody(made_up, "nb", of_staff_in="nb"):
        for address in walked.addresses():
            if address.startswith(OTHER_LANGUAGES):
                continue
            person.go(address)
            opened += 1
            keep(person.page, f"pseudo{address}")
            assert "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}" in person.page.content(), address
            for kind, words in person.page.evaluate(LOOK):
                if not kind.startswith("not translated") or untranslated(words, known, address):
                    found.setdefault((kind, words), address)
    assert opened > 100
    assert "\n".join(f"{kind}: {words} ({at})" for (kind, words), at in found.items()) == ""


def same_in_norwegian() -> set[str]:
    """Return what is called the same there: names."""
    found = (each for path in files("nb") for each in translations(path, "nb"))
    return {str(each.id) for each in found if each.id == each.string}


def untranslated(words: str, known: set[str], address: str) -> bool:
    """Say whether words outside of brackets are a sentence or word of ours, and no data."""
    words = NAMES.sub("", words).strip(" /")
    if not words or words in DATA or address.startswith(OF_CARRIERS):
        return False
    pieces = {piece for piece in PIECES.split(words) if piece} - DATA
    if words in known or pieces & known or ENGLISH.search(words):
        return True
    return any(WORD.fullmatch(piece) for piece in pieces)


def test_what_is_left_untranslated_is_told_from_data() -> None:
    known = {"Older", "United States"}
    for words in ("Older", "Norge, Older", "waits for the supplier", "owner", "Norge · active"):
        assert untranslated(words, known, "/"), words
    for words in (
        "Norge",
        "Telegram",
        "Oslo, Norge",
        "sandbox-didww",
        "I am on my way",
        "2,20 USD",
    ):
        assert not untranslated(words, known, "/"), words
