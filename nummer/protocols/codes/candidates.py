"""Finds the numbers and words of a text that have the form of a code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nummer.protocols.codes.others import is_another_number
from nummer.protocols.codes.spans import Span

_LENGTH_MIN: Final = 3
_CANDIDATES_MAX: Final = 64
# Letters of ASCII without a space, a digit among them; other scripts divide.
_RUN: Final = re.compile(r"(?<![!-~])[!-/:-~]{0,400}+[0-9][!-~]{0,400}+")
# These begin with a digit and look back from it: an expression that begins with what may not stand
# before it is tried at every letter, and takes three times as long.
_GROUPS: Final = re.compile(r"[0-9][ -][0-9]")
_JOINED: Final = re.compile(r"[0-9+(](?:(?<=[0-9])[ ./-]|(?<=[+(]))[0-9]")
_CUT: Final = re.compile(r"[:=]")
_EDGES: Final = "\"'()[]{}<>.,;!?*_#~`|"
_DIGITS: Final = re.compile(r"[0-9]{3,10}")
PLAIN: Final = re.compile(r"[0-9]{4,8}")
DASHED: Final = re.compile(r"[0-9]{2,4}-[0-9]{2,4}")
_MIXED: Final = re.compile(r"(?=[A-Z]{0,9}[0-9])(?=[0-9]{0,9}[A-Z])[A-Z0-9]{4,10}")
_MIXED_DASHED: Final = re.compile(r"(?=[A-Z]{0,5}-?[A-Z]{0,5}[0-9])[A-Z0-9]{2,5}-[A-Z0-9]{2,5}")
YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_SPACED_GROUP: Final = re.compile(
    r"([0-9](?<![0-9+] [0-9])(?<![0-9+][0-9])[0-9]{2,3}) ([0-9]{3,4})(?! ?[0-9])"
)
_SINGLE_DIGITS: Final = re.compile(
    r"[0-9](?<![0-9] [0-9])(?<!\w[0-9])(?: [0-9]){3,7}(?! ?[0-9])(?!\w)"
)
_PAIRS: Final = re.compile(
    r"[0-9](?<![0-9+][ -][0-9])(?<![0-9+][0-9])[0-9]"
    r"(?:(?: [0-9]{2}){2}|(?:-[0-9]{2}){2})(?![ -]?[0-9])"
)
_DATE: Final = re.compile(r"(?:0[1-9]|[12][0-9]|3[01])-(?:0[1-9]|1[0-2])-[0-9]{2}")
_DAY: Final = re.compile(r"(?:0[1-9]|[12][0-9]|3[01])-(?:0[1-9]|1[0-2])")
_YEAR_DASHED: Final = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2,4}")
_LONG_GROUP: Final = re.compile(
    r"\+?[0-9]{1,6}(?:[ .-][0-9]{1,6}){2,8}|\+[0-9][0-9 ().-]{5,20}"
    # two groups are a phone where they are unequal and long: 07700 900417, 0171 3920017
    r"|(?<![0-9])(?:0[0-9]{2,4}[ /-][0-9]{5,8}|[0-9]{2,3} [0-9]{6,8}|\([0-9]{2,5}\) ?[0-9 -]{4,12})"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place in a text where a code may stand."""

    start: int
    end: int
    text: str
    odd: bool  # a form that is a code only right beside the word for it

    @property
    def span(self) -> Span:
        """Its place."""
        return self.start, self.end


def candidates_of(body: str, small: str) -> list[Candidate]:
    """Return what may be a code in a readable text; `small` is the same in small letters."""
    joined = _JOINED.search(body) is not None
    closed = [match.span() for match in _LONG_GROUP.finditer(body)] if joined else []
    groups = list(_grouped(body)) if joined and _GROUPS.search(body) else []
    closed += [(group.start, group.end) for group in groups]
    found = [
        group for group in groups if not is_another_number(small, start=group.start, end=group.end)
    ]
    for run in _RUN.finditer(body):
        if len(found) >= _CANDIDATES_MAX:
            break
        if len(run[0]) < _LENGTH_MIN:
            continue
        for start, end in _pieces(run[0], run.start()):
            form = _form(body[start:end])
            if form is None or any(a < end and start < b for a, b in closed):
                continue
            candidate = Candidate(start, end, body[start:end], odd=form)
            if not is_another_number(small, start=start, end=end):
                found.append(candidate)
    return found


def _grouped(body: str) -> Iterator[Candidate]:
    """`123 456`, `1 2 3 4 5 6` and `12 34 56`, written so that people can read them."""
    for match in _SPACED_GROUP.finditer(body):
        if len(match[1]) == len(match[2]):
            yield Candidate(match.start(), match.end(), match[0], odd=False)
    for match in _SINGLE_DIGITS.finditer(body):
        yield Candidate(match.start(), match.end(), match[0], odd=False)
    for match in _PAIRS.finditer(body):
        if not _DATE.fullmatch(match[0]):
            yield Candidate(match.start(), match.end(), match[0], odd=True)


def _pieces(run: str, at: int) -> Iterator[tuple[int, int]]:
    """Cut a run at `:` and `=`; an address of the web is no place for codes."""
    if "://" in run or "@" in run or run[:4].lower() == "www.":
        return
    start = 0
    cuts = [match.start() for match in _CUT.finditer(run)] if ":" in run or "=" in run else []
    for end in [*cuts, len(run)]:
        piece = run[start:end]
        left = len(piece) - len(piece.lstrip(_EDGES))
        right = len(piece.rstrip(_EDGES))
        if left < right:
            yield at + start + left, at + start + right
        start = end + 1


def _form(piece: str) -> bool | None:
    """None: not the form of a code. False: a plain one. True: an odd one."""
    if _DIGITS.fullmatch(piece):
        return not PLAIN.fullmatch(piece) or bool(YEAR.fullmatch(piece))
    if DASHED.fullmatch(piece):
        return bool(_YEAR_DASHED.fullmatch(piece) or _DAY.fullmatch(piece))
    if _MIXED.fullmatch(piece) or _MIXED_DASHED.fullmatch(piece):
        return True
    return None
