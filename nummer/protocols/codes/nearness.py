"""Finds the number that stands nearest to a word for code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from nummer.protocols.codes import words
from nummer.protocols.codes.asking import asks_for, folded
from nummer.protocols.codes.candidates import DASHED, PLAIN, YEAR, Candidate, candidates_of
from nummer.protocols.codes.others import NAMING, WORD, last_word
from nummer.protocols.codes.spans import Span
from nummer.protocols.codes.stems import any_of
from nummer.protocols.codes.text import lowered

_AFTER_MAX: Final = 60  # letters between a word for code and the code, on either side
_FAR_MAX: Final = 140
_BACK_MAX: Final = 40
_STRAY_MAX: Final = 12  # letters into its sentence, where the word stands in the one before
_WEAK_MAX: Final = 40
_ADJACENT_MAX: Final = 24  # as close as odd forms must be
_TITLE_MAX: Final = 16  # and how much further where a colon stands before them
_CONTEXT: Final = 32


_SURE_MAX: Final = 12  # nearer than this a verb in front of another number counts for nothing
_LINE_MAX: Final = 60
_AROUND: Final = " \n.\"'|"
_BLANK: Final = " \n:.-*>#\"'|"

_ANNOUNCEMENTS_MAX: Final = 64


_DIGIT: Final = re.compile(r"[0-9]")


_TITLE: Final = re.compile(r"[^0-9.!?;:\n]{0,40}:[ \n]{0,3}[\"']?")  # "code for your account: "
_SENTENCE_END: Final = re.compile(r"[.!?][ \n]|[\u3002\uff01\uff1f]")


# SUMMER25 and SALE2026 are for tills; nobody makes one-time codes of a word and a number.
_PROMOTION: Final = re.compile(r"[A-Z]{3,9}-?(?:[0-9]{1,2}|20[0-9]{2})")
_PLATE: Final = re.compile(r"[A-Z]{1,4}-?[0-9]{3,5}")  # of a car, a flight, a queue
SUM: Final = re.compile(r"[0-9]{1,5}000")
_IN_THREES: Final = re.compile(r"[0-9]{3}[- ][0-9]{3}")

_LETTER: Final = re.compile(r"[A-Z]")


_WHOLE: Final = frozenset(words.STRONG_WHOLE)
_STRONG: Final = any_of((*words.STRONG_STEMS, *words.STRONG_WHOLE))
_WEAK: Final = any_of(words.WEAK_STEMS)
_PROVED: Final = any_of(words.PROVED)
_SHOP: Final = any_of(words.SHOP_WORDS)
_TILL: Final = any_of((*words.SHOP_WORDS, *words.TILL_WORDS, "%"))
_NEVER_ASKED: Final = any_of(words.NEVER_ASKED)
_OF_ACCOUNTS: Final = any_of(words.OF_ACCOUNTS)
_SAFE: Final = any_of(words.SAFE_WORDS)


@dataclass(frozen=True, slots=True)
class _Announcement:
    start: int
    end: int
    strong: bool  # it names a code, not only that somebody proves something
    in_sentence: bool = False  # what it says is for the numbers of its own sentence only


def code_near_a_word(body: str) -> Span | None:
    """Return where the likeliest code of a readable text stands, or None."""
    alone = body.strip(_AROUND)
    if _is_whole_text(alone):
        start = len(body) - len(body.lstrip(_AROUND))
        return start, start + len(alone)
    if not _DIGIT.search(body):
        return None
    small = lowered(body)
    candidates = candidates_of(body, small)
    if not candidates or _sells(small):
        return None
    candidates = _without_offers(candidates, small)
    strong = list(islice(_strong(small), _ANNOUNCEMENTS_MAX))
    named = _announced(candidates, strong, small)
    if named is not None and named[0] <= _SURE_MAX:
        return named[1]
    asked = next((one.span for one in candidates if _is_asked_for(one, small)), None)
    if asked is not None or named is not None:
        return asked or (named and named[1])
    weak = list(islice(_weak(small), _ANNOUNCEMENTS_MAX))
    proved = _announced(candidates, weak, small)
    if proved is not None:
        return proved[1]
    announced = bool(strong or weak)
    own_line = _alone_on_its_line(candidates, body, small, announced=announced)
    return own_line or _shaped(candidates, small)


def _announced(
    candidates: list[Candidate], announcements: list[_Announcement], small: str
) -> tuple[int, Span] | None:
    """Return the candidate nearest to a word that announces one, after the letters between."""
    nearest = [
        (gap, candidate.span)
        for candidate in candidates
        for announcement in announcements
        if (gap := _gap(candidate, announcement, small)) is not None
    ]
    if not nearest:
        return None
    return min(nearest)


def _without_offers(candidates: list[Candidate], small: str) -> list[Candidate]:
    """Leave SUMMER25 out, and in texts about prices all letters with digits."""
    lettered = [one for one in candidates if _LETTER.search(one.text)]
    if not lettered or _SAFE.search(small):
        return candidates
    if _TILL.search(small):
        return [one for one in candidates if one not in lettered]
    return [one for one in candidates if not _PROMOTION.fullmatch(one.text)]


def _alone_on_its_line(
    candidates: list[Candidate], body: str, small: str, *, announced: bool
) -> Span | None:
    """Return the only number that has a line for itself, where nothing says what else it is."""
    if "\n" not in body:
        return None
    alone = [
        one
        for one in candidates
        if _has_its_line(one, body) and (announced or not _PLATE.fullmatch(one.text))
    ]
    if len(alone) != 1 or _PROMOTION.fullmatch(alone[0].text) or YEAR.fullmatch(alone[0].text):
        return None
    line_before = small[: alone[0].start].rstrip(_BLANK).rpartition("\n")[2]
    named = any(folded(word) in NAMING for word in WORD.findall(line_before[-80:]))
    return None if named else alone[0].span


def _shaped(candidates: list[Candidate], small: str) -> Span | None:
    """Return the only `123-456` or `123 456`, where it begins the text or ends a clause."""
    shaped = [one for one in candidates if _IN_THREES.fullmatch(one.text)]
    if len(shaped) != 1:
        return None
    one = shaped[0]
    before = small[max(0, one.start - _CONTEXT) : one.start]
    opens = not before.strip(_BLANK)
    hyphened = "-" in one.text
    ends = hyphened and before[-2:] == ": " and not _is_listed(before)
    does = hyphened and last_word(before) in words.INSTRUMENTS
    return one.span if opens or ends or does else None


def _is_listed(before: str) -> bool:
    return any(folded(word) in NAMING for word in WORD.findall(before[-24:]))


def _has_its_line(candidate: Candidate, body: str) -> bool:
    start = body.rfind("\n", 0, candidate.start) + 1
    end = body.find("\n", candidate.end)
    line = body[start : end if end >= 0 else None]
    return len(line) < _LINE_MAX and line.strip(_BLANK) == candidate.text


def _is_whole_text(alone: str) -> bool:
    return bool(PLAIN.fullmatch(alone) and not YEAR.fullmatch(alone)) or bool(
        DASHED.fullmatch(alone)
    )


def _sells(small: str) -> bool:
    """Say whether it is an offer: its codes are for a shop's till, not for an account."""
    return bool(_SHOP.search(small)) and not _SAFE.search(small)


def _strong(small: str) -> Iterator[_Announcement]:
    warns: bool | None = None
    for match in _STRONG.finditer(small):
        start, end = match.span()
        alone = match[0] not in _WHOLE or _stands_alone(small, start, end)
        if alone and not _names_another_code(small, start, end):
            closed = _OF_ACCOUNTS.match(small, start) is not None
            if warns is None:
                warns = _NEVER_ASKED.search(small) is not None
            if not closed and warns:
                closed = _NEVER_ASKED.search(_sentence(small, start, end)) is not None
            yield _Announcement(start, end, strong=True, in_sentence=closed)


def _weak(small: str) -> Iterator[_Announcement]:
    for match in _WEAK.finditer(small):
        if _PROVED.match(small, match.start()):
            continue
        yield _Announcement(*match.span(), strong=False)


def _sentence(small: str, start: int, end: int) -> str:
    """Return the sentence around a place, as far as a warning may be long."""
    first, last = max(0, start - 120), min(len(small), end + 120)
    for match in _SENTENCE_END.finditer(small, first, start):
        first = match.end()
    ended = _SENTENCE_END.search(small, end, last)
    return small[first : ended.start() if ended else last]


def _stands_alone(small: str, start: int, end: int) -> bool:
    return not small[start - 1 : start].isalnum() and not small[end : end + 1].isalnum()


def _names_another_code(small: str, place: int, end: int) -> bool:
    """Post code, code promo, Gutscheincode: a code, but none that opens an account."""
    if small[end : end + _CONTEXT].lstrip(" -").startswith(words.NO_CODE_AFTER):
        return True
    before = small[max(0, place - 16) : place]
    joined = before.rstrip(" -")
    cut = len(joined)
    while cut and joined[cut - 1].isalnum():
        cut -= 1
    return joined[cut:] in words.NO_CODE_BEFORE


_DIVIDING: Final = frozenset(
    ("", *".:!?;,\n-\u2013\u2014\u00ab\u201e\u201c\u3002\uff1a\u3011\u300d]=>|")
)
_FREE: Final = frozenset(
    map(
        folded,
        words.ASKED_WITH | words.ASKING | words.INSTRUMENTS | words.TELLING | words.VERBS_BEHIND,
    )
)


def _is_asked_for(candidate: Candidate, small: str) -> bool:
    return not _PROMOTION.fullmatch(candidate.text) and asks_for(
        small, start=candidate.start, end=candidate.end, odd=candidate.odd
    )


def _gap(candidate: Candidate, announcement: _Announcement, small: str) -> int | None:
    """Return the letters between the two, or None where the one cannot mean the other."""
    if candidate.start >= announcement.end:
        gap, between = candidate.start - announcement.end, (announcement.end, candidate.start)
        behind = True
    elif announcement.start >= candidate.end:
        gap, between = announcement.start - candidate.end, (candidate.end, announcement.start)
        behind = False
    else:
        return None
    if gap > _FAR_MAX:
        return None
    words_between = small[between[0] : between[1]]
    if candidate.odd:
        means = _means_odd(announcement, words_between, behind=behind)
    elif announcement.strong and behind:
        means = _means_plain(announcement, words_between)
    else:
        before = small[max(0, candidate.start - _CONTEXT) : candidate.start]
        free = _stands_free(before) or (announcement.strong and _leads_back(words_between))
        means = free and (
            gap <= _AFTER_MAX and words_between[:1] != ":"
            if announcement.strong
            else gap <= _WEAK_MAX
            and not SUM.fullmatch(candidate.text)
            and not _SENTENCE_END.search(words_between)
        )
    return gap if means else None


def _means_odd(announcement: _Announcement, between: str, *, behind: bool) -> bool:
    if not announcement.strong:
        return behind and len(between) <= _AFTER_MAX and _is_told(between)
    return _leads_on(between) if behind else _leads_back(between)


def _means_plain(announcement: _Announcement, between: str) -> bool:
    if len(between) > _AFTER_MAX:
        return _is_told(between)
    ended = _SENTENCE_END.search(between)
    if ended is None:
        return True
    return not announcement.in_sentence and len(between) - ended.end() <= _STRAY_MAX


def _is_told(between: str) -> bool:
    """`die TAN für ... lautet 1234`, `code for ...: 1234`: one sentence, and a word that tells."""
    told = between.endswith((": ", ":\n")) or last_word(between) in words.TELLING
    return told and not _SENTENCE_END.search(between)


def _stands_free(before: str) -> bool:
    """Say whether no noun names a number that somebody proves something with.

    `Bestätigen: 1234`, `verify with 1234`, `verification 1234`, but not `se decision 1234`.
    """
    if before.rstrip(" \"'(*")[-1:] in _DIVIDING:
        return True
    word = last_word(before)
    return folded(word) in _FREE or _WEAK.search(word) is not None


def _leads_back(between: str) -> bool:
    """`K7XQ2P is your security code`: a verb, then the word for code in the same sentence."""
    if len(between) > _BACK_MAX or _SENTENCE_END.search(between):
        return False
    first = WORD.search(between)
    return between[:3] in {" - ", " \u2013 ", " \u2014 "} or (
        first is not None and first.start() <= 1 and folded(first[0]) in words.VERBS_BEHIND
    )


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
