"""No text of ours says that two days are all that a consumer has (PP-6.1c)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tidy.sentences import files, sentences, translations

ROOT = Path(__file__).resolve().parents[2]
# Two working days, as the three languages write them.
TWO_DAYS = re.compile(
    r"second working day|(?:two|2) (?:working|business) days|within 48 hours"
    r"|andre (?:arbeids|virke)dag|(?:to|2) (?:arbeids|virke)dager"
    r"|zweiten (?:Arbeits|Werk)tag|(?:zwei|2) (?:Arbeits|Werk)tage",
    re.IGNORECASE,
)
# Two working days are also our own time for deciding, which takes nothing from anybody.
ENDING = re.compile(r"cancel|withdraw|avbestill|angre|stornier|widerruf", re.IGNORECASE)
SENTENCE = re.compile(r"(?<=[.!?])\s+")
# What a page is made of besides its words; `{% translate "words" %}` keeps its words.
SAYS = re.compile(r"""{% translate (["'])(.*?)\1.*?%}""", re.DOTALL)
ENDS = re.compile(r"</(?:p|li|h[1-6]|button|summary|td|th|label|div|section)>")
MARKUP = re.compile(r"{%.*?%}|{#.*?#}|<[^<>]*>", re.DOTALL)
LONGER = re.compile(
    r"longer right|fourteen days|never your only right|not shortened"
    r"|lengre (?:rettighet|angrerett)|lenger angrerett|fjorten dagene|aldri den eneste retten"
    r"|längere[sn]? (?:Recht|Widerrufsrecht)|vierzehn Tage|nie Ihr einziges Recht",
    re.IGNORECASE,
)
# Words that would make the two days the only ones, wherever they stand.
ONLY = re.compile(
    r"(?:only|no more than|not longer than|exclusively)"
    r"[^.;:]{0,60}(?:two|2|second) (?:working|business) day"
    r"|(?:kun|bare|utelukkende)[^.;:]{0,60}(?:to|2|andre) (?:arbeids|virke)dag"
    r"|(?:nur|ausschließlich|lediglich)[^.;:]{0,60}(?:zwei|2|zweiten) (?:Arbeits|Werk)tag"
    r"|no (?:other|further) right|ingen annen rett|kein (?:anderes|weiteres) Recht",
    re.IGNORECASE,
)


def documents() -> list[Path]:
    return sorted((ROOT / "documents").glob("*/*/*.md"))


def pages() -> Iterator[Path]:
    """Return every page and letter."""
    for path in sorted((ROOT / "nummer").rglob("templates/**/*.*")):
        if path.suffix in {".html", ".txt"}:
            yield path


def words(page: str) -> str:
    """Return what a page says, without its tags: a sentence ends where its reader sees it end."""
    return MARKUP.sub(" ", ENDS.sub(". ", SAYS.sub(r" \2 ", page)))


def short_sentences() -> list[str]:
    """Return every sentence that pages and letters can say, in every language."""
    said = [message.id for message in sentences() if message.id]
    for language in ("nb", "de"):
        for path in files(language):
            said += [message.string for message in translations(path, language) if message.id]
    return [text for each in said for text in ([each] if isinstance(each, str) else each)]


def about_cancelling(text: str) -> bool:
    return any(TWO_DAYS.search(one) and ENDING.search(one) for one in SENTENCE.split(text))


@pytest.mark.clause("PP-6.1c")
@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_document_that_gives_two_days_says_that_the_law_may_give_more(path: Path) -> None:
    text = path.read_text()
    assert not ONLY.search(text)
    if any(about_cancelling(paragraph) for paragraph in text.split("\n\n")):
        assert LONGER.search(text), "the longer rights stand in the same document"


@pytest.mark.clause("PP-6.1c")
def test_wherever_a_paragraph_is_read_alone_it_does_not_end_with_two_days() -> None:
    """A letter and a page quote one paragraph: it must lead to the longer rights by itself."""
    alone = [
        (path.relative_to(ROOT).as_posix(), paragraph[:60])
        for path in documents()
        if path.parent == max(path.parent.parent.iterdir())  # earlier ones are never changed
        for paragraph in path.read_text().split("\n\n")
        if about_cancelling(paragraph) and not LONGER.search(paragraph)
    ]
    assert alone == []


@pytest.mark.clause("PP-6.1c")
def test_no_page_and_no_letter_limits_a_consumer_to_two_days() -> None:
    wrong = [
        text
        for text in (*short_sentences(), *(words(path.read_text()) for path in pages()))
        if ONLY.search(text) or (about_cancelling(text) and not LONGER.search(text))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "wrong",
    [
        "You can cancel until the end of the second working day.",
        "Du kan avbestille innen to arbeidsdager.",
        "Sie können nur innerhalb von zwei Arbeitstagen stornieren.",
    ],
)
def test_what_must_not_be_said_would_be_found(wrong: str) -> None:
    assert about_cancelling(wrong)
    assert not LONGER.search(wrong)


@pytest.mark.parametrize(
    "page",
    [
        '<p>{% translate "Cancel within two working days." %}</p>',
        "<p>{% translate 'You may cancel' %} <b>within two working days</b></p>",
        "<p>{% blocktranslate %}Withdraw{% endblocktranslate %}{# so #} within 2 working days.</p>",
        "<p>{% if a > 1 %}Cancel{% endif %} until the {{ at }}: the second working day</p>",
    ],
)
def test_what_a_page_must_not_say_would_be_found_between_its_tags(page: str) -> None:
    assert about_cancelling(words(page))


def test_a_sentence_of_a_page_ends_where_its_reader_sees_it_end() -> None:
    page = "{% if a %}<button>Cancel</button>{% endif %}<p>We decide within two working days.</p>"
    assert not about_cancelling(words(page))


@pytest.mark.parametrize(
    "wrong",
    [
        "You have only two working days.",
        "Du har bare to virkedager på deg.",
        "Sie haben nur zwei Werktage.",
        "There is no other right to withdraw.",
    ],
)
def test_words_that_exclude_more_would_be_found(wrong: str) -> None:
    assert ONLY.search(wrong)
