"""Finds the words of one clause in a text that we published."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nummer.apps.agreements import queries
from nummer.apps.agreements.texts import PublishedText

_HEAD = re.compile(r"\*\*([A-Z]+-[A-Za-z0-9.]+)\.(?: [^*]+)?\*\*")

Words = Mapping[str, str]  # what a text says, by clause


@dataclass(frozen=True, slots=True)
class Quote:
    """The words of a clause, in the version and the language they are quoted from."""

    clause: str
    words: str
    document: str
    version: str
    language: str


def quote(document: str, *, version: str, language: str, clause: str) -> Quote | None:
    """Return what a version of a document says under a clause, None where it has no such words."""
    text = queries.published(document, version=version, language=language)
    if text is None:
        return None
    words = words_of(text, clause=clause)
    if words is None:
        return None
    return Quote(clause, words, text.document, text.version, text.language)


def words_in(document: str, *, version: str, language: str) -> Words:
    """Return the words of every clause of a version; empty where it was never published."""
    text = queries.published(document, version=version, language=language)
    if text is None:
        return {}
    heads = ((_HEAD.match(part.strip()), part.strip()) for part in text.text.split("\n\n"))
    return {head[1]: part[head.end() :].strip() for head, part in heads if head is not None}


def words_of(text: PublishedText, *, clause: str) -> str | None:
    """Return the paragraph that begins with the clause's code, without the code."""
    for paragraph in text.text.split("\n\n"):
        head = _HEAD.match(paragraph.strip())
        if head is not None and head[1] == clause:
            return paragraph.strip()[head.end() :].strip()
    return None
