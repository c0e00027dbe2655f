"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How it stands."""

    GOOD = "good"
    NOTE = "note"  # not looked at, or only to know
    WARNING = "warning"  # it works, and may stop to
    ERROR = "error"  # do not sell before it is put right


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about a subject, and what to do where it is not good."""

    about: str
    level: Level
    said: str
    todo: str = ""

    def __post_init__(self) -> None:
        """Let nobody say that something is wrong without saying what to do."""
        wrong = self.level in (Level.WARNING, Level.ERROR)
        assert bool(self.todo) == wrong, "what is wrong has its remedy"


def good(about: str, said: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(about, Level.GOOD, said)


def note(about: str, said: str) -> Finding:
    """Return something to know."""
    return Finding(about, Level.NOTE, said)


def warning(about: str, said: str, *, todo: str) -> Finding:
    """Return something that will be a fault."""
    return Finding(about, Level.WARNING, said, todo)


def error(about: str, said: str, *, todo: str) -> Finding:
    """Return a fault."""
    return Finding(about, Level.ERROR, said, todo)
