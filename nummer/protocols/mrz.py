"""The machine-readable zone of a passport or identity card: ICAO Doc 9303, parts 3 to 6.

It is read as typed. Its check digits find most mistakes and prove nothing: they weigh letters by
the last digit of their value, so L and 1, and G and 6, cannot be told apart by them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

FILLER: Final = "<"
_FORM: Final = re.compile(r"[A-Z0-9<]+", re.ASCII)
_NEARLY: Final = re.compile(r"[A-Z0-9<]{27,47}", re.ASCII)
_CARD_MAX: Final = 32
_WEIGHTS: Final = (7, 3, 1)  # part 3, section 4.9
_YEARS_AHEAD: Final = 50  # an expiry that seems further away is of the century before
_SHORT_NUMBER: Final = 9
# Letters and digits that a reader takes for one another, each as one of them.
_ALIKE: Final = str.maketrans("OQDILZSGB", "000112568")
# Part 3, section 6: what national letters become; the first is the usual one.
_LEFT_OUT: Final = "'`,\u2019\u02bc"  # apostrophes and commas
_SPELT: Final = {
    "Ä": ("AE", "A"),
    "Æ": ("AE",),
    "Å": ("AA", "A"),
    "Ð": ("D",),
    "Đ": ("D",),
    "Ĳ": ("IJ",),
    "Ł": ("L",),
    "Ñ": ("N", "NXX"),
    "Ö": ("OE", "O"),
    "Ø": ("OE",),
    "Œ": ("OE",),
    "Þ": ("TH",),
    "Ü": ("UE", "U", "UXX"),
    "ẞ": ("SS",),
}


class Form(StrEnum):
    """How many lines of how many characters; visas are none of these."""

    TD1 = "TD1"  # 3 of 30: cards
    TD2 = "TD2"  # 2 of 36
    TD3 = "TD3"  # 2 of 44: passports


class ZoneError(ValueError):
    """What was typed has the form of no zone."""


@dataclass(frozen=True, slots=True)
class Zone:
    """What a zone says; `wrong` names the fields whose check digit is not theirs."""

    form: Form
    issuer: str
    number: str = field(repr=False)
    surname: str = field(repr=False)
    given: str = field(repr=False)
    cut: bool  # the name fills its field, and may go on
    born_on: date | None = field(repr=False)
    expires_on: date | None
    wrong: tuple[str, ...]

    @property
    def alike(self) -> str:
        """Return issuer and number with one character for all that look like it."""
        return f"{self.issuer}|{self.number.translate(_ALIKE)}"


def read(text: str, *, today: date) -> Zone:
    """Read a zone as it was typed, with or without spaces. Raises ZoneError."""
    lines = ["".join(line.split()).upper() for line in text.splitlines() if line.strip()]
    sizes = (len(lines), *{len(line) for line in lines})
    if not all(_FORM.fullmatch(line) for line in lines):
        raise ZoneError("other characters")
    match sizes:
        case (2, 44):
            return _two_lines(Form.TD3, lines, today=today)
        case (2, 36):
            return _two_lines(Form.TD2, lines, today=today)
        case (3, 30):
            return _card(lines, today=today)
    raise ZoneError("other lines")


def lines_in(text: str) -> str:
    """Return the last lines of a read page that look like those of a zone, or nothing.

    A machine drops or doubles a letter now and then, so they need not have the exact length.
    """
    found: list[str] = []
    for line in text.splitlines():
        letters = "".join(line.split()).upper()
        if _NEARLY.fullmatch(letters) and FILLER in letters:
            found.append(letters)
    most = 3 if found and len(found[-1]) <= _CARD_MAX else 2
    return "\n".join(found[-most:]) if len(found) > 1 else ""


def digit(text: str) -> str:
    """Return the check digit of a field."""
    values = (0 if char == FILLER else int(char, 36) for char in text)
    return str(sum(value * _WEIGHTS[at % 3] for at, value in enumerate(values)) % 10)


def spellings(name: str) -> set[str]:
    """Return how a name may stand in a zone, its parts divided by single spaces; empty: not at all.

    Only of letters that part 3 gives a spelling for.
    """
    found = {""}
    for char in unicodedata.normalize("NFC", name).replace("ß", "ẞ").upper():
        options = _SPELT.get(char) or (_plain(char),)
        if None in options:
            return set()
        found = {begun + str(option) for begun in found for option in options}
        if len(found) > 64:  # noqa: PLR2004 -- a name of more such letters is spelt the usual way
            found = {min(found)}
    return {" ".join(one.split()) for one in found}


def _plain(char: str) -> str | None:
    if char.isspace() or char == "." or unicodedata.category(char) == "Pd":
        return " "
    if char in _LEFT_OUT:
        return ""
    base = unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() and base.isalpha() else None


def _two_lines(form: Form, lines: list[str], *, today: date) -> Zone:
    first, second = lines
    if first[0] == "V":
        raise ZoneError("a visa")
    whole = form is Form.TD3
    optional = second[28:42] if whole else second[28:35]
    wrong = _wrong(
        number=(second[:9], second[9]),
        born=(second[13:19], second[19]),
        expires=(second[21:27], second[27]),
        all=(second[:10] + second[13:20] + second[21 : 43 if whole else 35], second[-1]),
    )
    # The optional field of a passport may have no digit of its own where it is empty.
    if whole and second[42] not in {digit(optional), FILLER if not optional.strip(FILLER) else ""}:
        wrong += ("optional",)
    number = second[:9]
    if not whole and second[9] == FILLER:
        number, wrong = _long_number(second[:9], optional, wrong)
    return _zone(form, first[2:5], number, first[5:], (second[13:19], second[21:27]), wrong, today)


def _card(lines: list[str], *, today: date) -> Zone:
    first, second, third = lines
    if first[0] not in "ACI":
        raise ZoneError("no card")
    wrong = _wrong(
        number=(first[5:14], first[14]),
        born=(second[:6], second[6]),
        expires=(second[8:14], second[14]),
        all=(first[5:30] + second[:7] + second[8:15] + second[18:29], second[29]),
    )
    number = first[5:14]
    if first[14] == FILLER:
        number, wrong = _long_number(number, first[15:30], wrong)
    return _zone(Form.TD1, first[2:5], number, third, (second[:6], second[8:14]), wrong, today)


def _wrong(**fields: tuple[str, str]) -> tuple[str, ...]:
    return tuple(name for name, (text, given) in fields.items() if digit(text) != given)


def _long_number(begun: str, optional: str, wrong: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return a number that goes on in the next field, its check digit behind it."""
    rest = optional.split(FILLER, maxsplit=1)[0]
    others = tuple(name for name in wrong if name != "number")
    if not rest or digit(begun + rest[:-1]) != rest[-1]:
        return begun, ("number", *others)
    return begun + rest[:-1], others


def _zone(  # noqa: PLR0917 -- the last step of both
    form: Form,
    issuer: str,
    number: str,
    names: str,
    dates: tuple[str, str],
    wrong: tuple[str, ...],
    today: date,
) -> Zone:
    surname, _, given = names.partition(FILLER * 2)
    born, expires = dates
    return Zone(
        form=form,
        issuer=issuer.strip(FILLER),
        number=number.strip(FILLER),
        surname=_words(surname),
        given=_words(given),
        cut=not names.endswith(FILLER),
        born_on=_day(born, latest=today),
        expires_on=_day(expires, latest=today.replace(year=today.year + _YEARS_AHEAD, day=1)),
        wrong=wrong,
    )


def _words(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def _day(text: str, *, latest: date) -> date | None:
    """Return the last day before or at `latest` that the six digits may mean."""
    if not (text.isascii() and text.isdigit()):
        return None
    year, month, day = (int(text[at : at + 2]) for at in (0, 2, 4))
    for century in (latest.year // 100, latest.year // 100 - 1):
        try:
            found = date(century * 100 + year, month, day)
        except ValueError:
            continue
        if found <= latest:
            return found
    return None
