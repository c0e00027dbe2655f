"""Finds the number that stands nearest to a word for code, and knows what numbers are no codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Final

from nummer.protocols.codes import words
from nummer.protocols.codes.stems import any_of
from nummer.protocols.codes.text import lowered

_AFTER_MAX: Final = 60  # letters between a word for code and the code behind it
_BEFORE_MAX: Final = 60  # and in front of it: "123456 is your ... verification code"
_WEAK_MAX: Final = 40
_ADJACENT_MAX: Final = 24  # as close as odd forms must be
_TITLE_MAX: Final = 16  # and how much further where a colon stands before them
_CONTEXT: Final = 32
_CANDIDATES_MAX: Final = 64
_ANNOUNCEMENTS_MAX: Final = 64

_RUN: Final = re.compile(r"[!-~]+")  # letters of ASCII without a space; other scripts divide
_EDGES: Final = "\"'()[]{}<>.,;!?*_#~`|"
_DIGIT: Final = re.compile(r"[0-9]")
_DIGITS: Final = re.compile(r"[0-9]{3,10}")
_PLAIN: Final = re.compile(r"[0-9]{4,8}")
_DASHED: Final = re.compile(r"[0-9]{2,4}-[0-9]{2,4}")
_MIXED: Final = re.compile(r"(?=[A-Z]{0,9}[0-9])(?=[0-9]{0,9}[A-Z])[A-Z0-9]{4,10}")
_MIXED_DASHED: Final = re.compile(r"(?=[A-Z]{0,5}-?[A-Z]{0,5}[0-9])[A-Z0-9]{2,5}-[A-Z0-9]{3,5}")
_TITLE: Final = re.compile(r"[^0-9.!?;:\n]{0,40}:[ \n]{0,3}[\"']?")  # "code for your account: "
_SENTENCE_END: Final = re.compile(r"[.!?][ \n]|[\u3002\uff01\uff1f]")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_SPACED_GROUP: Final = re.compile(r"(?<![0-9+] )(?<![0-9+])([0-9]{3,4}) ([0-9]{3,4})(?! ?[0-9])")
_SINGLE_DIGITS: Final = re.compile(r"(?<![0-9] )(?<!\w)[0-9](?: [0-9]){3,7}(?! ?[0-9])(?!\w)")
_PAIRS: Final = re.compile(r"(?<![0-9+] )(?<![0-9+])[0-9]{2}(?: [0-9]{2}){2}(?! ?[0-9])")
_LONG_GROUP: Final = re.compile(r"\+?[0-9]{1,6}(?:[ .-][0-9]{1,6}){2,8}|\+[0-9][0-9 ().-]{5,20}")


_WHOLE: Final = frozenset(words.STRONG_WHOLE)
_STRONG: Final = any_of((*words.STRONG_STEMS, *words.STRONG_WHOLE))
_WEAK: Final = any_of(words.WEAK_STEMS)
_SHOP: Final = any_of(words.SHOP_WORDS)
_SAFE: Final = any_of(words.SAFE_WORDS)


class _Strength(IntEnum):
    """How surely a word announces a code."""

    STRONG = 0
    WEAK = 1


@dataclass(frozen=True, slots=True)
class _Announcement:
    start: int
    end: int
    strength: _Strength


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    text: str
    odd: bool  # a form that is a code only right beside the word for it


def code_near_a_word(body: str) -> str | None:
    """Return the likeliest code of a readable text, or None."""
    alone = body.strip(" \n.\"'|")
    if _is_whole_text(alone):
        return alone
    if not _DIGIT.search(body):
        return None
    small = lowered(body)
    if _sells(small):
        return None
    announcements = list(islice(_announcements(small), _ANNOUNCEMENTS_MAX))
    if not announcements:
        return None
    found = [
        (distance, candidate.start, candidate.text)
        for candidate in _candidates(body, small)
        if (distance := _distance(candidate, announcements=announcements, small=small)) is not None
    ]
    return min(found)[2] if found else None


def _is_whole_text(alone: str) -> bool:
    return bool(_PLAIN.fullmatch(alone) and not _YEAR.fullmatch(alone)) or bool(
        _DASHED.fullmatch(alone)
    )


def _sells(small: str) -> bool:
    """Say whether it is an offer: its codes are for a shop's till, not for an account."""
    return bool(_SHOP.search(small)) and not _SAFE.search(small)


def _announcements(small: str) -> Iterator[_Announcement]:
    for match in _STRONG.finditer(small):
        start, end = match.span()
        alone = match[0] not in _WHOLE or _stands_alone(small, start, end)
        if alone and not _names_another_code(small, start, end):
            yield _Announcement(start, end, _Strength.STRONG)
    for match in _WEAK.finditer(small):
        yield _Announcement(*match.span(), _Strength.WEAK)


def _stands_alone(small: str, start: int, end: int) -> bool:
    return not small[start - 1 : start].isalnum() and not small[end : end + 1].isalnum()


def _names_another_code(small: str, place: int, end: int) -> bool:
    """Post code, code promo, Gutscheincode: a code, but none that opens an account."""
    if small[end : end + _CONTEXT].lstrip(" -").startswith(words.NO_CODE_AFTER):
        return True
    before = small[max(0, place - 16) : place]
    joined = before.rstrip(" -")
    cut = max((i + 1 for i, letter in enumerate(joined) if not letter.isalnum()), default=0)
    return joined[cut:] in words.NO_CODE_BEFORE


def _candidates(body: str, small: str) -> list[_Candidate]:
    closed = [match.span() for match in _LONG_GROUP.finditer(body)]
    groups = list(_grouped(body))
    closed += [(group.start, group.end) for group in groups]
    found = [group for group in groups if not _is_another_number(group, body=body, small=small)]
    for run in _RUN.finditer(body):
        if len(found) >= _CANDIDATES_MAX:
            break
        if not _DIGIT.search(run[0]):
            continue
        for start, end in _pieces(run[0], run.start()):
            form = _form(body[start:end])
            if form is None or any(a < end and start < b for a, b in closed):
                continue
            candidate = _Candidate(start, end, body[start:end], odd=form)
            if not _is_another_number(candidate, body=body, small=small):
                found.append(candidate)
    return found


def _grouped(body: str) -> Iterator[_Candidate]:
    """`123 456`, `1 2 3 4 5 6` and `12 34 56`, written so that people can read them."""
    for match in _SPACED_GROUP.finditer(body):
        if len(match[1]) == len(match[2]):
            yield _Candidate(match.start(), match.end(), match[0], odd=False)
    for match in _SINGLE_DIGITS.finditer(body):
        yield _Candidate(match.start(), match.end(), match[0], odd=False)
    for match in _PAIRS.finditer(body):
        yield _Candidate(match.start(), match.end(), match[0], odd=True)


def _pieces(run: str, at: int) -> Iterator[tuple[int, int]]:
    """Cut a run at `:` and `=`; an address of the web is no place for codes."""
    if "://" in run or "@" in run or run[:4].lower() == "www.":
        return
    start = 0
    for end in [*(i for i, letter in enumerate(run) if letter in ":="), len(run)]:
        piece = run[start:end]
        left = len(piece) - len(piece.lstrip(_EDGES))
        right = len(piece.rstrip(_EDGES))
        if left < right:
            yield at + start + left, at + start + right
        start = end + 1


def _form(piece: str) -> bool | None:
    """None: not the form of a code. False: a plain one. True: an odd one."""
    if _DIGITS.fullmatch(piece):
        return not _PLAIN.fullmatch(piece) or bool(_YEAR.fullmatch(piece))
    if _DASHED.fullmatch(piece):
        return False
    if _MIXED.fullmatch(piece) or _MIXED_DASHED.fullmatch(piece):
        return True
    return None


def _is_another_number(candidate: _Candidate, *, body: str, small: str) -> bool:
    before = small[max(0, candidate.start - _CONTEXT) : candidate.start]
    after = small[candidate.end : candidate.end + _CONTEXT]
    return (
        _is_part_of_more(before, after)
        or _is_money(before, after)
        or _is_named(before)
        or _is_measured(after)
    )


def _is_part_of_more(before: str, after: str) -> bool:
    """12:30, 1.234,00, 4.5%, +4712345678, ***1234 and /123456 are more than their digits."""
    last, first = before[-1:], after[:1]
    return (
        last in {"+", "/", "•", "…", "-", "%"}
        or before.endswith(("**", "xx", "x-", "+ "))
        or first in {"%", "/", "‰", "°", "+"}
        or (last in {".", ",", ":"} and before[-2:-1].isdigit())
        or (first in {".", ",", ":", "-"} and after[1:2].isdigit())
    )


def _is_money(before: str, after: str) -> bool:
    near_before, near_after = before.rstrip()[-1:], after.lstrip()[:1]
    if _is_currency_sign(near_before) or _is_currency_sign(near_after):
        return True
    return _last_word(before) in words.CURRENCIES or _first_word(after) in words.CURRENCIES


def _is_currency_sign(letter: str) -> bool:
    return bool(letter) and unicodedata.category(letter) == "Sc"


def _is_measured(after: str) -> bool:
    return _first_word(after) in words.UNITS


def _is_named(before: str) -> bool:
    """Order 1234, Rechnung Nr. 1234, card ending in 1234, STOP to 1234, kl 1430, 22 May 2026."""
    stripped = before.rstrip(" \n#:.-(\"'№*|")
    named_by = _last_word(stripped)
    if named_by in words.NAMED_UNLESS_COLON and _COLON.search(before, len(stripped)):
        return False
    return named_by in _NAMING or stripped.endswith(words.ENDING) or _says_where_to_call(stripped)


_NAMING: Final = words.NAMED_BY | words.DATED | words.NAMED_UNLESS_COLON
_COLON: Final = re.compile(r"[:\n]")


def _says_where_to_call(text: str) -> bool:
    return text.endswith(words.REACHED_AT) and any(
        _ends_with_words(text, phrase) for phrase in words.REACHED_AT
    )


def _ends_with_words(text: str, phrase: str) -> bool:
    return text.endswith(phrase) and not text[-len(phrase) - 1 : -len(phrase)].isalnum()


def _last_word(text: str) -> str:
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


def _distance(
    candidate: _Candidate, *, announcements: list[_Announcement], small: str
) -> tuple[int, int] | None:
    """Return (strength, letters between) of the nearest announcement that may mean it."""
    reached = [
        (announcement.strength.value, gap)
        for announcement in announcements
        if (gap := _gap(candidate, announcement, small)) is not None
    ]
    return min(reached) if reached else None


def _gap(candidate: _Candidate, announcement: _Announcement, small: str) -> int | None:
    behind = candidate.start >= announcement.end
    if not behind and announcement.start < candidate.end:
        return None
    gap = candidate.start - announcement.end if behind else announcement.start - candidate.end
    if candidate.odd:
        strong = announcement.strength is _Strength.STRONG
        between = small[announcement.end : candidate.start]
        return gap if strong and behind and _leads_on(between) else None
    if announcement.strength is _Strength.WEAK:
        ended = not behind and _SENTENCE_END.search(small, candidate.end, announcement.start)
        return gap if gap <= _WEAK_MAX and not ended else None
    return gap if gap <= (_AFTER_MAX if behind else _BEFORE_MAX) else None


def _leads_on(between: str) -> bool:
    """Say whether a word for code leads to an odd form: `is:`, or up to a colon behind it."""
    if len(between) > _ADJACENT_MAX + (_TITLE_MAX if between.rstrip(" \n\"'").endswith(":") else 0):
        return False
    return _is_linked(between) or bool(_TITLE.fullmatch(between))


def _is_linked(between: str) -> bool:
    """Say whether only a link such as `is:` stands between a word for code and an odd form."""
    rest = (
        between.lstrip("abcdefghijklmnopqrstuvwxyzæøåäöüéß") if between[:1].isalpha() else between
    )
    parts = rest.replace("\n", " ").strip(" :=-\u2013\u2014\"'«»„“”([>#|*").split()
    return all(part.strip(":\"'") in words.LINKS for part in parts)
