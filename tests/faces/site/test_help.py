"""Help: each text in each language, open to everybody, with links that lead somewhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import resolve

from nummer.faces.site.views import help_pages
from tests.faces.conftest import LANGUAGES

pytestmark = pytest.mark.django_db
LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_anybody_reads_help_in_his_language(client: Client, language: str) -> None:
    headers = {"accept-language": language}
    listed = client.get("/help/", headers=headers).content.decode()
    for topic in help_pages.TOPICS:
        heading = help_pages.title(topic, language=language)
        assert f'href="/help/{topic}/">{heading}</a>' in listed
        shown = client.get(f"/help/{topic}/", headers=headers).content.decode()
        assert f"<h1>{heading}</h1>" in shown
        assert f'<html lang="{language}"' in shown


def test_texts_of_a_topic_say_the_same_and_lead_somewhere() -> None:
    for topic in help_pages.TOPICS:
        texts = [help_pages.text(topic, language=language) for language in LANGUAGES]
        assert len({help_pages.title(topic, language=language) for language in LANGUAGES}) == 3
        assert len({tuple(LINK.findall(text)) for text in texts}) == 1
        assert len({len(text.strip().splitlines()) for text in texts}) == 1
        for link in LINK.findall(texts[0]):
            assert resolve(link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_statement_on_accessibility_is_linked_from_each_footer(
    client: Client, language: str
) -> None:
    headers = {"accept-language": language}
    written = help_pages.statement("accessibility", language=language)
    heading = help_pages.heading(written)
    for page in ("/", "/help/", "/accounts/login/", "/contact/"):
        shown = client.get(page, headers=headers).content.decode()
        assert f'href="/accessibility/">{heading}</a>' in shown, page
    shown = client.get("/accessibility/", headers=headers).content.decode()
    assert f"<h1>{heading}</h1>" in shown
    assert f'<html lang="{language}"' in shown


def test_statement_on_accessibility_says_the_same_in_each_language() -> None:
    texts = [help_pages.statement("accessibility", language=language) for language in LANGUAGES]
    assert len(set(texts)) == 3
    assert len({tuple(LINK.findall(text)) for text in texts}) == 1
    assert len({len(text.splitlines()) for text in texts}) == 1
    for link in LINK.findall(texts[0]):
        assert resolve(link)


def test_there_is_a_text_for_each_topic_and_no_other() -> None:
    for language in LANGUAGES:
        found = {path.stem for path in (help_pages.TEXTS / language).iterdir()}
        assert found == set(help_pages.TOPICS)


@pytest.mark.parametrize("topic", ["nothing", "..", "one-time.md", "en"])
def test_no_other_file_is_given_out(client: Client, topic: str) -> None:
    assert client.get(f"/help/{topic}/").status_code == 404
