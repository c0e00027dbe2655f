"""Words of a stranger, as they may be shown to another person (hostile 28)."""

from __future__ import annotations

import unicodedata
from typing import Final

# Controls, marks of direction and what is unseen; a separator breaks a line where none is expected.
_STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_KEPT: Final = frozenset(
    "\n\t\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # Persian, Hindi, emoji need the joiners
)


def harmless(text: str) -> str:
    """Replace each sign that could turn the reader's eye or hide in the text by U+FFFD.

    Line breaks and tabs stay; markup is for the template to escape.
    """
    return "".join(_seen(sign) for sign in text)


def _seen(sign: str) -> str:
    plain = sign in _KEPT or unicodedata.category(sign) not in _STEERING
    return sign if plain else "\N{REPLACEMENT CHARACTER}"
