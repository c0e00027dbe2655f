"""The form of a text: what is left of it when the digits that no rule looks at are covered.

One-time codes come in sentences that are the same for everybody. Two texts of one form name the
same services and have their code in the same place, so what one of them said holds for the other.
That is so because of what is covered, and how:

- Numbers of four and more digits, and `123 456` or `123-456`. Rules ask four things of them: is it
  a year, a time of day, thousands (up to eight digits), or does it begin with a nought as phones do
  (up to five digits)? A year keeps its first two digits, the other three have their own covers.
- A cover is as long as what it covers, and of letters that no readable text has.
- No digit of a word we know is covered: `2fa` is one, so a number right in front of an f stays.
- Shorter numbers stay: `12-10` may be a day, `SALE20` an offer.

`test_forms.py` holds every expression and word that names a digit, so that a rule that begins to
look at one is noticed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from nummer.protocols.codes.candidates import YEAR
from nummer.protocols.codes.nearness import SUM
from nummer.protocols.codes.others import TIME
from nummer.protocols.codes.spans import Span

_COVERED: Final = re.compile(
    r"[0-9](?<![0-9]{2})"
    r"(?:[0-9]{3,400}+(?![fF])|[0-9]{2}[ -][0-9]{3}(?![0-9fF])(?![ /-][0-9]))"
)
_NOUGHT, _SUM, _TIME = 1, 2, 4  # added up; all are control characters, which `readable` takes out
_NOUGHT_MAX: Final = 5  # digits with which a nought in front tells something
_SUM_MAX: Final = 8
_YEAR_OR_TIME: Final = 4
_THREES: Final = 7  # `123 456`


@dataclass(slots=True)
class Form:
    """What texts of one form say, as far as it was asked; it holds nothing of the texts."""

    services: frozenset[str] | None = None  # those of its words and its domain
    spans: dict[str, Span] = field(default_factory=dict)  # by service; '' for one without templates


def form_of(shown: str) -> str:
    """Return a readable text with its free digits covered."""
    return _COVERED.sub(_cover, shown)


def _cover(found: re.Match[str]) -> str:
    number = found[0]
    length = len(number)
    if length == _YEAR_OR_TIME:
        return _cover_of_four(number)
    if length == _THREES and number[3] in " -":
        return f"\0\0\0{number[3]}\0\0\0"
    traits = 0
    if number[0] == "0" and length <= _NOUGHT_MAX:
        traits = _NOUGHT
    if number[-1] == "0" and length <= _SUM_MAX and SUM.fullmatch(number):
        traits += _SUM
    return chr(traits) * length


def _cover_of_four(number: str) -> str:
    kept = number[:2] if YEAR.fullmatch(number) else ""
    traits = _NOUGHT if number[0] == "0" else 0
    if SUM.fullmatch(number):
        traits += _SUM
    if TIME.fullmatch(number):
        traits += _TIME
    return kept + chr(traits) * (_YEAR_OR_TIME - len(kept))
