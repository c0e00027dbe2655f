"""Guesses in which of our languages somebody wrote, so that the first answer is in it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_LOOKED_AT: Final = 4_000
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMON: Final = {
    "nb": "jeg ikke og det er har deg dere mitt min vil på til fra med hei hilsen kan får fikk"
    " som av vennlig takk penger nummeret etter eller ingen meg",
    "de": "ich nicht und das ist habe sie mein meine will auf zu von mit hallo grüße kann bekomme"
    " die der für bitte danke geld nummer nach oder kein keine mir freundlichen wurde",
    "en": "i not and the is have you my would on to from with hello regards can get that of"
    " please thanks money number after or no me was for",
}
_LANGUAGES: Final = {
    word: [language for language, words in _COMMON.items() if word in words.split()]
    for words in _COMMON.values()
    for word in words.split()
}


def language_of(text: str) -> str | None:
    """Return en, nb or de, or None where the words do not tell."""
    seen = Counter(
        language
        for word in _WORD.findall(text[:_LOOKED_AT].casefold())
        for language in _LANGUAGES.get(word, ())
    ).most_common(2)
    if not seen or (len(seen) > 1 and seen[0][1] == seen[1][1]):
        return None
    return seen[0][0]
