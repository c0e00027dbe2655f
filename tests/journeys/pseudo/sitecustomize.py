"""Python runs this first where the folder is in PYTHONPATH: Norwegian becomes a made-up language.

Every sentence of the catalogue gets accents, a third more of its length and brackets around it.
What a page shows outside of brackets did not come through the catalogue. Nothing of this is
shipped, and no program but the installation of `test_pseudo` has the folder in its path.
"""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils.translation import trans_real

LANGUAGE: Final = "nb"
OPENS, CLOSES = (
    "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}",
    "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}",
)
LONGER: Final = 0.35
ACCENTS: Final = str.maketrans("aceinouyACEINOUY", "áçéíñóúýÁÇÉÍÑÓÚÝ")
# Placeholders of %, of str.format and of templates; tags; entities; addresses.
FIXED: Final = re.compile(
    r"(%\([^)]+\)[-#0 +.\d]*[a-z]|%[-#0 +.\d]*[a-z%]|\{[^{}]*\}|<[^>]+>|&#?\w+;|https?://\S+)"
)


def pseudo(sentence: str) -> str:
    """Return a sentence as the made-up language has it."""
    if not re.search(r"[^\W\d_]{2}", FIXED.sub("", sentence)):
        return sentence  # a sign, a form of dates: nothing to translate
    parts = FIXED.split(sentence)
    accented = "".join(part if n % 2 else part.translate(ACCENTS) for n, part in enumerate(parts))
    words = "".join(parts[::2])
    return f"{OPENS}{accented}{_more(len(words))}{CLOSES}"


def _more(length: int) -> str:
    """Return what makes a sentence of that length longer: words of a usual length."""
    wanted = max(1, round(length * LONGER))
    return ("" if wanted < 5 else " ") + " ".join(
        "ø" * min(9, wanted - at) for at in range(0, wanted, 10)
    )


_made = trans_real.DjangoTranslation.__init__


def _made_up(self: Any, language: str, *words: Any, **named: Any) -> None:
    _made(self, language, *words, **named)
    if language == LANGUAGE:
        for catalogue in self._catalog._catalogs:
            catalogue.update({key: pseudo(text) for key, text in catalogue.items() if key})


trans_real.DjangoTranslation.__init__ = _made_up  # type: ignore[method-assign]
