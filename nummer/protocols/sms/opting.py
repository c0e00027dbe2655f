"""Words by which a recipient wants no more texts of a number, or wants them again."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Opting(Enum):
    """What a recipient asks of the number that wrote to him."""

    OUT = "out"
    IN = "in"


# The words that carriers of North America demand (CTIA, Messaging Principles, 5.1.3), and what
# Norwegians and Germans write instead. A word counts only where it is the whole text.
_OUT: Final = (
    "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "opt out", "optout",
    "stopp", "avslutt", "avmeld", "meld meg av", "slutt", "ikke send", "reserver",
    "abmelden", "abbestellen", "aufhören", "aufhoeren", "ende", "beenden", "austragen",
)  # fmt: skip
_IN: Final = (
    "start", "unstop", "subscribe", "opt in", "optin",
    "påmeld", "paameld", "meld meg på",
    "anmelden", "eintragen",
)  # fmt: skip
_WORDS: Final = {**dict.fromkeys(_OUT, Opting.OUT), **dict.fromkeys(_IN, Opting.IN)}
_CHARACTERS_MAX: Final = 40  # of the longest word, with room for blanks and full stops
_AROUND: Final = " \t\r\n.,;:!?\"'()[]-«»„“”"


def opting_of(text: str) -> Opting | None:
    """Return what a text asks; None where it is about something else."""
    if len(text) > _CHARACTERS_MAX:
        return None
    return _WORDS.get(" ".join(text.strip(_AROUND).casefold().split()))
