"""Norwegian and German are complete at every merge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from tests.tidy.sentences import LANGUAGES, files, sentences, translations

PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    translated = {
        (message.context, message.id): message
        for path in files(language)
        for message in translations(path, language)
    }
    missing = [
        (message.context, message.id, [place for place, _ in message.locations])
        for message in sentences()
        if message.id and not _complete(translated.get((message.context, message.id)))
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_a_guess(language: str) -> None:
    guessed = [
        message.id
        for path in files(language)
        for message in _messages(path, language)
        if message.fuzzy
    ]
    assert guessed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_names_the_same_placeholders(language: str) -> None:
    different = [
        message.id
        for path in files(language)
        for message in _messages(path, language)
        for one, other in _pairs(message)
        if sorted(PLACEHOLDER.findall(one)) != sorted(PLACEHOLDER.findall(other))
    ]
    assert different == []


def _messages(path: Path, language: str) -> Iterator[Message]:
    return (message for message in translations(path, language) if message.id)


def _complete(message: Message | None) -> bool:
    if message is None:
        return False
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def _pairs(message: Message) -> Iterator[tuple[str, str]]:
    if isinstance(message.id, str):
        yield message.id, message.string
    else:
        yield from zip(message.id, message.string, strict=True)
