"""The archive of all versions, what changed between two, and the contact page."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from django.test import Client

from nummer.apps.agreements import queries as agreements
from nummer.faces.site.differences import differences
from tests import builders
from tests.faces.conftest import LANGUAGES, StandingClock

OLD = """# Terms

## Balance

Money is kept for **one** year.

- It can be used.
- It can be lost.

We write by post.
"""
NEW = """# Terms

## Balance

Money is kept for **ten** long years.

- It can be used.
- It can be <given> away.

## Letters

We write by post.
"""


def heard(html: str) -> str:
    """Return what is read aloud."""
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_changed_words_are_marked_for_the_eye_and_for_the_ear() -> None:
    found = differences(OLD, NEW, language="en")
    words = next(each for each in found if "year" in each.html)
    assert words.kind == "changed"
    assert re.search(r"<del><span class=\"sr-only\">\[removed: </span>one year\.", words.html)
    assert heard(words.html) == ("Money is kept for [removed: one year.] [added: ten long years.]")


def test_what_came_what_went_and_what_stayed_is_told_apart() -> None:
    found = [(each.kind, each.passages) for each in differences(OLD, NEW, language="en")]
    assert found == [
        ("same", 2),
        ("changed", 1),
        ("same", 1),
        ("changed", 1),
        ("added", 1),
        ("same", 1),
    ]


def test_words_of_a_text_never_become_markup() -> None:
    shown = "".join(each.html for each in differences(OLD, NEW, language="en"))
    assert "&lt;given&gt;" in shown
    assert "<given>" not in shown


def test_a_text_that_is_quite_another_one_is_compared_in_time() -> None:
    old, new = (
        "\n\n".join(f"Passage {word} {n} of a long text." * 3 for n in range(400))
        for word in ("alpha", "beta")
    )
    began = time.process_time()
    assert differences(old, new, language="en")
    assert time.process_time() - began < 5


@pytest.fixture
def changed(shop: StandingClock, tmp_path: Path) -> StandingClock:
    """Publish a second version of the refund policy."""
    builders.publish(
        "refund-policy",
        version="2027-01-01",
        words="Coffee is not refunded.",
        folder=tmp_path,
        now=shop.now(),
    )
    return shop


@pytest.mark.clause("PP-5.1b")
def test_the_archive_shows_all_versions_and_which_one_counts(changed: StandingClock) -> None:
    newest = builders.newest("refund-policy")
    index = Client().get("/documents/").text
    coming = Client().get("/documents/refund-policy/2027-01-01/").text
    current = Client().get("/documents/refund-policy/").text

    assert f"/documents/refund-policy/{newest}/2027-01-01/" in index
    assert "announced" in index
    assert "This version is published and not yet in force." in coming
    assert "Coffee is not refunded." in coming
    assert "Coffee is not refunded." not in current
    changed.at = agreements.announced("en", now=changed.now())[0].effective_at
    assert "Coffee is not refunded." in Client().get("/documents/refund-policy/").text
    past = Client().get(f"/documents/refund-policy/{newest}/").text
    assert "This is not the version in force." in past


@pytest.mark.clause("PP-5.1b", "PP-L", "RP-L")
@pytest.mark.parametrize(
    ("language", "said", "one"),
    [
        ("en", "What has changed: Refund policy", "1 passage differs."),
        ("nb", "Hva som er endret: ", "1 avsnitt er annerledes."),
        ("de", "Was sich geändert hat: ", "1 Absatz ist anders."),
    ],
)
def test_differences_are_told_in_three_languages(
    changed: StandingClock, language: str, said: str, one: str
) -> None:
    newest = builders.newest("refund-policy")
    browser = Client(headers={"accept-language": language})
    page = browser.get(f"/documents/refund-policy/{newest}/2027-01-01/").text
    assert said in page
    assert one in page
    assert re.search(r"<ins>.*Coffee is not refunded\..*</ins>", page)


@pytest.mark.clause("RP-UI")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_text_leads_back_to_its_top(shop: StandingClock, language: str) -> None:
    page = Client(headers={"accept-language": language}).get("/documents/refund-policy/").text
    assert '<main id="content"' in page
    assert 'href="#content">' in page[page.index("RULE-REVIEW") :]


@pytest.mark.parametrize(
    "path",
    [
        "/documents/refund-policy/2027-01-01/2026-11-01/",
        "/documents/refund-policy/2026-11-01/2026-11-01/",
        "/documents/refund-policy/2026-11-01/1999-01-01/",
        "/documents/refund-policy/1999-01-01/2026-11-01/",
        "/documents/menu/2026-11-01/2027-01-01/",
        "/documents/refund-policy/latest/",
    ],
)
def test_versions_that_never_were_are_not_found(changed: StandingClock, path: str) -> None:
    assert Client().get(path).status_code == 404


@pytest.mark.clause("PP-0.1", "PP-6.1b")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contact_page_says_who_when_where_and_who_watches(
    shop: StandingClock, language: str
) -> None:
    operator = agreements.operator()
    page = Client(headers={"accept-language": language}).get("/contact/").text
    facts = [
        operator.name,
        operator.brand,
        *operator.company.address_lines(language),
        operator.seat,
        operator.represented_by,
        operator.register,
        operator.register_number,
        operator.tax_number,
        operator.phone.international(),
        operator.mailbox,
        *(opening.said(language) for opening in operator.hours),
        *(company.name for company in operator.group),
        *(one.body.name for one in operator.supervision),
        *(body.name for body in operator.disputes),
    ]
    assert [fact for fact in facts if fact not in page] == []
    footer = page[page.index("<footer") :]
    for fact in (operator.name, operator.mailbox, operator.phone.international()):
        assert fact in footer
