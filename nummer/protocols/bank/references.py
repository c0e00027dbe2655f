"""References of payments: ISO 11649 (RF) and the Norwegian KID, made of a number and read again.

A payer copies nothing else, so a reference carries check digits and is never used twice. A mixing
of the number keeps two wishes that follow one another from having neighbouring references. The
letter inside an RF says whether money comes (N) or goes (U), and keeps the digits from ever
looking like the number of a card.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from stdnum import iso11649, luhn
from stdnum.iso7064 import mod_97_10

DIGITS: Final = 11
NUMBERS: Final = 10**DIGITS
_MIXING: Final = 61_803_398_879  # odd and no multiple of 5: numbers below 10**11 change places
KID_DIGITS: Final = DIGITS + 1  # shorter than any card, longer than a Norwegian account number
_WEIGHTS: Final = (2, 3, 4, 5, 6, 7)  # MOD11, from the right
_ELEVEN: Final = 11

_RF: Final = re.compile(r"RF[0-9]{2}[NU][0-9]{11}", re.ASCII)
_KID: Final = re.compile(r"[0-9]{12}", re.ASCII)
_GAPS: Final = re.compile(r"[\s.\-]+")
_RF_IN_TEXT: Final = re.compile(
    r"(?<![A-Z0-9])RF ?[0-9]{2}(?:[ -]?[NU])(?:[ -]?[0-9]){11}(?![0-9])"
)
_KID_IN_TEXT: Final = re.compile(r"(?<![0-9])[0-9](?: ?[0-9]){11}(?![0-9])", re.ASCII)


class Way(StrEnum):
    """Where the money of a reference goes, as the letter in it."""

    IN = "N"
    OUT = "U"


class KidCheck(StrEnum):
    """Which check digit the agreement with the bank asks of a KID."""

    MOD10 = "mod10"
    MOD11 = "mod11"


def creditor_reference(number: int, *, way: Way) -> str:
    """Return the RF reference of a number, without spaces."""
    body = f"{way.value}{_mixed(number)}"
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def kid(number: int, *, check: KidCheck) -> str | None:
    """Return the KID of a number; None where its check digit would be the sign `-`.

    The rules allow the sign, but not every bank's page lets people type it.
    """
    digits = _mixed(number)
    match check:
        case KidCheck.MOD10:
            return digits + luhn.calc_check_digit(digits)
        case KidCheck.MOD11:
            found = _mod11(digits)
            return None if found is None else digits + found


def grouped(reference: str) -> str:
    """Return a reference as people read it: in fours, a KID in threes."""
    size = 3 if _KID.fullmatch(reference) else 4
    return " ".join(reference[at : at + size] for at in range(0, len(reference), size))


def read(text: str) -> str | None:
    """Return a reference as we write it, None for anything that none of ours looks like."""
    bare = _GAPS.sub("", text).upper()
    if _RF.fullmatch(bare) and iso11649.is_valid(bare):
        return bare
    if _KID.fullmatch(bare) and (luhn.is_valid(bare) or _mod11(bare[:-1]) == bare[-1]):
        return bare
    return None


def read_all(texts: Iterable[str]) -> set[str]:
    """Return every reference that stands in texts which people wrote."""
    found = set()
    for text in texts:
        upper = text.upper()
        for pattern in (_RF_IN_TEXT, _KID_IN_TEXT):
            found |= {read(each) for each in pattern.findall(upper)}
    return {each for each in found if each is not None}


def _mixed(number: int) -> str:
    assert 0 < number < NUMBERS, "there are 11 digits"
    return f"{number * _MIXING % NUMBERS:0{DIGITS}d}"


def _mod11(digits: str) -> str | None:
    total = sum(
        int(digit) * _WEIGHTS[place % len(_WEIGHTS)] for place, digit in enumerate(digits[::-1])
    )
    rest = -total % _ELEVEN
    return None if rest == _ELEVEN - 1 else str(rest)
