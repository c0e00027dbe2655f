"""Knows the numbers that are no codes: a price, a time, an order, a phone, a part of more."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from nummer.protocols.codes import words
from nummer.protocols.codes.asking import folded, leads_by_verb, stands_behind_with
from nummer.protocols.codes.stems import any_of

_CONTEXT: Final = 32
_PHONE_MIN: Final = 7
_CALLING_WORDS: Final = 4
TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")
WORD: Final = re.compile(r"[^\W_]{1,40}")
_COLON: Final = re.compile(r"[:\n]")
_NAMED_BY: Final = words.NAMED_BY | words.DATED | words.NAMED_UNLESS_COLON
_NAMED_ANYWHERE: Final = frozenset(map(folded, words.NAMED_ANYWHERE))
NAMING: Final = frozenset(map(folded, words.NAMED_BY - words.NAMED_UNLESS_COLON)) | (
    _NAMED_ANYWHERE | frozenset(map(folded, words.PLACES))
)
_CALLING: Final = frozenset(map(folded, words.CALLING))
_LEADING: Final = frozenset(map(folded, words.LEADING_TO_NUMBERS))
_OF_CODES: Final = any_of((*words.STRONG_STEMS, *words.STRONG_WHOLE))


def is_another_number(small: str, *, start: int, end: int) -> bool:
    """Say whether what stands around small[start:end] names it as no code."""
    before = small[max(0, start - _CONTEXT) : start]
    after = small[end : end + _CONTEXT]
    if _is_part_of_more(before, after):
        return True
    word_before, word_after = last_word(before), _first_word(after)
    return (
        _has_currency_sign(before, after)
        or word_before in words.CURRENCIES
        or word_after in words.CURRENCIES
        or word_after in words.UNITS
        or is_named(before)
        or (bool(TIME.fullmatch(small[start:end])) and folded(word_before) in words.AT_TIMES)
        or (end - start >= _PHONE_MIN and _is_called(before))
        or stands_behind_with(after, words.NAMED_BEHIND)
    )


def _is_part_of_more(before: str, after: str) -> bool:
    """12:30, 1.234,00, 4.5%, +4712345678, ***1234 and /123456 are more than their digits."""
    last, first = before[-1:], after[:1]
    return (
        last in {"+", "/", "•", "…", "-", "%"}
        or (last.isalpha() and last < "\u0590")
        or before.endswith(("**", "xx", "x-", "+ "))
        or first in {"%", "/", "‰", "°", "+"}
        or (last in {".", ",", ":"} and before[-2:-1].isdigit())
        or (first in {".", ",", ":", "-"} and after[1:2].isdigit())
    )


def _has_currency_sign(before: str, after: str) -> bool:
    return _is_currency_sign(before.rstrip()[-1:]) or _is_currency_sign(after.lstrip()[:1])


def _is_currency_sign(letter: str) -> bool:
    if letter.isascii():
        return letter == "$"
    return unicodedata.category(letter) == "Sc"


def is_named(before: str) -> bool:
    """Say whether the words before a number name it.

    Order 1234, Rechnung Nr. 1234, card ending in 1234, STOP to 1234, kl 1430, 22 May 2026.
    """
    stripped = before.rstrip(" \n#:.-(\"'№*|")
    named_by = last_word(stripped)
    if named_by == "in" and leads_by_verb(stripped):
        return False  # tast in 1234, knappa in 1234
    if named_by in words.NAMED_UNLESS_COLON and _COLON.search(before, len(stripped)):
        return False
    if named_by in _NAMED_BY or stripped.endswith(words.ENDING) or _says_where_to_call(stripped):
        return True
    return _is_numbered(named_by) or _is_named_further_on(folded(stripped))


def _is_called(before: str) -> bool:
    return not _CALLING.isdisjoint(WORD.findall(folded(before))[-_CALLING_WORDS:])


def _is_numbered(word: str) -> bool:
    """Bokningsnr 1234, Fahrzeugnummer 1234, but not kodenummer 1234."""
    return word.endswith(("nr", "nummer", "numret", "nummeret")) and not _OF_CODES.search(word)


def _is_named_further_on(stripped: str) -> bool:
    """Cod. cliente 1234, Nº de contrato 1234, llame al 1234, text STOP to 1234."""
    named = WORD.findall(stripped)
    for place, word in enumerate(reversed(named[1:] if len(stripped) >= _CONTEXT - 8 else named)):
        if word in (_NAMED_ANYWHERE if place else NAMING):
            return True
        if word not in _LEADING:
            return False
    return False


def _says_where_to_call(text: str) -> bool:
    return text.endswith(words.REACHED_AT) and any(
        _ends_with_words(text, phrase) for phrase in words.REACHED_AT
    )


def _ends_with_words(text: str, phrase: str) -> bool:
    return text.endswith(phrase) and not text[-len(phrase) - 1 : -len(phrase)].isalnum()


def last_word(text: str) -> str:
    """Return the word or compound that a text ends with."""
    stripped = text.rstrip(" .")
    start = len(stripped)
    while start and (stripped[start - 1].isalnum() or stripped[start - 1] == "-"):
        start -= 1
    return stripped[start:]


def _first_word(text: str) -> str:
    stripped = text.lstrip(" -")
    end = 0
    while end < len(stripped) and stripped[end].isalpha():
        end += 1
    return stripped[:end] if len(text) - len(stripped) <= 1 else ""
