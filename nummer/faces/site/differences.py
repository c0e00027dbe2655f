"""What changed between two versions of a document, passage by passage and word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from nummer.faces.site.documents import as_html, kind_of, passages

ALIKE: Final = 0.4  # below this a passage was replaced, not changed
_WORD: Final = re.compile(r"\S+")
_MARKS: Final = (
    (re.compile(r"^(#{1,4}|[-*]|\d+[.)]) +"), ""),
    (re.compile(r"\*\*(.+?)\*\*"), r"\1"),
    (re.compile(r"(?<!\*)\*([^*]+)\*(?!\*)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^\s)]+\)"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A run of passages: `kind` is same, changed, added or removed."""

    kind: str
    passages: int
    html: SafeString


def differences(old: str, new: str, *, language: str) -> Sequence[Difference]:
    """Return the new text in its order, with what was removed where it stood.

    The words for the ear come in the reader's `language`, which has to be the one in use.
    """
    return _differences(old, new, language)


@lru_cache(maxsize=64)  # published texts never change, and comparing long ones costs a while
def _differences(old: str, new: str, language: str) -> Sequence[Difference]:
    del language  # a part of the key: the answer holds translated words
    return tuple(_compared(passages(old), passages(new)))


def _compared(old: list[str], new: list[str]) -> Iterator[Difference]:
    for same, before, after in _runs(old, new):
        if same:
            yield Difference("same", len(after), _shown(after))
        else:
            yield from _replaced(before, after)


def _runs(old: list[str], new: list[str]) -> Iterator[tuple[bool, list[str], list[str]]]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield tag == "equal", old[i1:i2], new[j1:j2]


def _replaced(before: list[str], after: list[str]) -> Iterator[Difference]:
    """Pair each new passage with the old one that it grew from, in the order of both."""
    left = list(before)
    for passage in after:
        place = _likest(left, passage)
        if place is None:
            yield Difference("added", 1, _wrapped(passage, _added(_plain(passage))))
            continue
        yield from (_removed_passage(gone) for gone in left[:place])
        yield Difference("changed", 1, _wrapped(passage, _words(left[place], passage)))
        del left[: place + 1]
    yield from (_removed_passage(gone) for gone in left)


def _likest(old: list[str], passage: str) -> int | None:
    """Return the place of the first old passage that is like this one."""
    words = _WORD.findall(_plain(passage))
    for place, candidate in enumerate(old):
        if kind_of(candidate) != kind_of(passage):
            continue
        matcher = SequenceMatcher(None, _WORD.findall(_plain(candidate)), words, autojunk=False)
        if matcher.ratio() >= ALIKE:
            return place
    return None


def _removed_passage(passage: str) -> Difference:
    return Difference("removed", 1, _wrapped(passage, _removed(_plain(passage))))


def _words(old: str, new: str) -> SafeString:
    before, after = _WORD.findall(_plain(old)), _WORD.findall(_plain(new))
    parts: list[SafeString] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(format_html("{}", " ".join(after[j1:j2])))
            continue
        if i2 > i1:
            parts.append(_removed(" ".join(before[i1:i2])))
        if j2 > j1:
            parts.append(_added(" ".join(after[j1:j2])))
    return format_html_join(" ", "{}", ((part,) for part in parts))


def _added(words: str) -> SafeString:
    return _marked("ins", gettext("[added:"), words)


def _removed(words: str) -> SafeString:
    return _marked("del", gettext("[removed:"), words)


def _marked(tag: str, heard: str, words: str) -> SafeString:
    """Mark words for the eye by the element and for the ear by a bracket with a word."""
    return format_html(
        '<{tag}><span class="sr-only">{heard} </span>{words}<span class="sr-only">]</span></{tag}>',
        tag=mark_safe(tag),  # noqa: S308 -- one of our own two words
        heard=heard,
        words=words,
    )


def _wrapped(passage: str, inner: SafeString) -> SafeString:
    match kind_of(passage):
        case "heading":
            return format_html("<p><strong>{}</strong></p>", inner)
        case "bullet" | "numbered":
            return format_html("<ul><li>{}</li></ul>", inner)
        case _:
            return format_html("<p>{}</p>", inner)


def _shown(lines: list[str]) -> SafeString:
    """Return unchanged passages as the document shows them."""
    text = lines[0]
    for before, line in pairwise(lines):
        together = kind_of(line) == kind_of(before) != "text"
        text += ("\n" if together else "\n\n") + line
    return as_html(text, top_heading=2)


def _plain(passage: str) -> str:
    for pattern, replacement in _MARKS:
        passage = pattern.sub(replacement, passage)
    return passage
