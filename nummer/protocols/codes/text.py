"""Makes a text harmless to look at, letter for letter, so that places in it stay the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

# 255 parts of 153 letters are the most that SMPP can join; no code was ever seen past the tenth.
TEXT_LENGTH_MAX: Final = 4_096
UNSEEN: Final = "|"
_UNPLAIN: Final = re.compile(r"[^ -~\n]")


@lru_cache(maxsize=8_192)
def _harmless(letter: str) -> str:
    """Return a space for every blank, and a bar for every letter that nobody sees.

    A bar, not a blank: what is hidden inside a number must not make two numbers of it.
    """
    if letter.isspace():
        return " "
    return UNSEEN if unicodedata.category(letter)[0] == "C" else letter


def readable(text: str) -> str:
    """Return at most TEXT_LENGTH_MAX letters, each one kept or replaced by a space or a bar."""
    cut = text[:TEXT_LENGTH_MAX].replace("\r", "\n")
    if cut.replace("\n", " ").isprintable():
        return cut
    return _UNPLAIN.sub(lambda found: _harmless(found[0]), cut)


def lowered(text: str) -> str:
    """Return `text` in small letters with every letter in its old place."""
    return text.replace("İ", "I").lower()  # the one letter whose small form has two
