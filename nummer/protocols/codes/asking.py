"""Knows the sentences that ask for a number: enter 1234, gib 1234 ein, 1234 girin."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from nummer.protocols.codes import words
from nummer.protocols.codes.stems import any_of

_CONTEXT: Final = 48
_BETWEEN_MAX: Final = 4  # small words between the verb and the number
_REACH: Final = 100
# A full stop stays, so that a verb of the sentence before asks for nothing.
_TOKEN: Final = re.compile(r"[^\W_]{1,40}|[.!?,]")
_SENTENCE_END: Final = re.compile(r"[.!?][ \n]")
_WEAK: Final = any_of((*words.WEAK_STEMS, *words.OPENING))
_STROKES: Final = {"ø": "o", "ł": "l", "\u0131": "i", "đ": "d", "æ": "ae", "ß": "ss"}


class _Folds(dict[int, str]):
    """Learns letter by letter what is left of one without its marks."""

    def __missing__(self, letter: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(letter))
        plain = "".join(part for part in apart if not unicodedata.combining(part))
        if len(self) < _LETTERS_MAX:
            self[letter] = plain
        return plain


_LETTERS_MAX: Final = 4_096
_FOLDS: Final = _Folds({ord(letter): plain for letter, plain in _STROKES.items()})


def folded(text: str) -> str:
    """Return small letters without marks, since many a service writes its SMS so."""
    if text.isascii():
        return text
    return text.translate(_FOLDS)


_ASKING: Final = frozenset(map(folded, words.ASKING))
_ASKED_WITH: Final = frozenset(map(folded, words.ASKED_WITH))


def asks_for(small: str, *, start: int, end: int, odd: bool) -> bool:
    """Say whether the words around small[start:end] tell somebody to type it.

    Asked for is also what a sentence of proofs does something with: mit P9X4K melden Sie sich an.
    """
    before = _TOKEN.findall(folded(small[max(0, start - _CONTEXT) : start]))
    if start > _CONTEXT:
        del before[:1]  # it may be the end of a longer word
    behind = small[end : end + _CONTEXT]
    if _leads(before, _ASKING) or stands_behind_with(behind, words.ASKING_BEHIND):
        return True
    if odd and _leads(before, words.NEEDING):
        return True
    if not before or before[-1] not in words.INSTRUMENTS:
        return False
    return _sentence_proves(small, start, end)


def leads_by_verb(before: str) -> bool:
    """Say whether the last words of a text in small letters ask for what stands behind them."""
    return _leads(_TOKEN.findall(folded(before[-_CONTEXT:])), _ASKING)


def stands_behind_with(after: str, named: frozenset[str]) -> bool:
    """Say whether the first word behind a number is one of `named`."""
    token = _TOKEN.search(after)
    return token is not None and token.start() <= 1 and folded(token[0]) in named


def _leads(before: list[str], verbs: frozenset[str]) -> bool:
    for token in before[: -_BETWEEN_MAX - 2 : -1]:
        if token in verbs:
            return True
        if token not in _ASKED_WITH:
            return False
    return False


def _sentence_proves(small: str, start: int, end: int) -> bool:
    first = max(0, start - _REACH)
    for match in _SENTENCE_END.finditer(small, first, start):
        first = match.end()
    ended = _SENTENCE_END.search(small, end, end + _REACH)
    return _WEAK.search(small, first, ended.start() if ended else end + _REACH) is not None
