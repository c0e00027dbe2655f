"""Patterns that numbers are searched by: digits, and `*` for any one digit.

`+4722*5` begins the number with its country code, `777$` ends it, `22*5` is anywhere in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nummer.apps.leases.errors import PatternNotReadable
from nummer.kernel.phone import DIGITS_MAX

PIECE: Final = 4  # digits in a row that the index knows (leases_pieces in SQL)
_FORM: Final = re.compile(r"(\+?)([0-9*]+)(\$?)")
_SEPARATORS: Final = str.maketrans("", "", " -().")
_RUN: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as SQL asks for it.

    `like` fits whole numbers; `low` and `high` bound them by their beginning where it is known,
    with `high` empty for no bound; `pieces` are all the four digits in a row that must occur behind
    a known beginning, which is the same in too many numbers to be looked up.
    """

    like: str
    low: str
    high: str
    pieces: tuple[str, ...]


def read_pattern(text: str) -> Pattern | None:
    """Return what a searcher typed, None for nothing. Refuses: PatternNotReadable."""
    plain = text.translate(_SEPARATORS)
    if not plain:
        return None
    found = _FORM.fullmatch(plain)
    if found is None or len(found[2]) > DIGITS_MAX:
        raise PatternNotReadable
    begins, signs, ends = found.groups()
    if not signs.strip("*"):  # any number of any digits: only the length says anything
        raise PatternNotReadable
    like = signs.replace("*", "_")
    prefix = signs.partition("*")[0] if begins else ""
    return Pattern(
        like=("+" if begins else "+%") + like + ("" if ends else "%"),
        low="+" + prefix,
        high=_after(prefix),
        pieces=tuple(
            dict.fromkeys(
                run[at : at + PIECE]
                for run in _RUN.findall(signs[len(prefix) :])
                for at in range(len(run) - PIECE + 1)
            )
        ),
    )


def _after(prefix: str) -> str:
    """Return the first text behind all that begin with a prefix of digits; empty for none."""
    kept = prefix.rstrip("9")
    return f"+{kept[:-1]}{int(kept[-1]) + 1}" if kept else ""
