"""What papers need of the outside, and what they tell it.

They need somebody who draws strangers' files anew, and a scanner; they tell that they were handed
in or judged, and ask who needs them still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from nummer.apps.identity.words import Media


@dataclass(frozen=True, slots=True)
class Copy:
    """A document drawn anew: it looks as what was handed in and has nothing else of it."""

    media: Media
    content: bytes = field(repr=False)


class Cleaner(Protocol):
    """Draws a stranger's file in a process that can do nothing else."""

    def clean(self, content: bytes, media: Media) -> Copy:
        """Return the copy.

        Refuses: DocumentNotReadable, DocumentLocked, DocumentTooLong, DocumentTooLarge,
        PictureTooLarge. Raises Unavailable: not just now.
        """


class Scan(StrEnum):
    """What a scanner found; that it could not look is no finding."""

    CLEAN = "clean"
    INFECTED = "infected"


class Scanner(Protocol):
    """Looks for viruses."""

    def scan(self, content: bytes) -> Scan:
        """Return what was found. Raises Unavailable: nothing is known, which is not clean."""

    def ready(self) -> bool:
        """Tell whether it answers and has signatures."""


class Reader(Protocol):
    """Reads what is printed on a copy, to help whoever judges; it is often wrong by a letter."""

    def read(self, content: bytes, media: Media) -> str:
        """Return the lines that seem to be a machine-readable zone, or nothing.

        Raises Unavailable: not just now.
        """


Approved = Callable[[int, datetime], None]

HandedIn = Callable[[int, UUID, datetime], None]
Judged = Callable[[int, UUID, str, datetime], None]
NeededUntil = Callable[[int, datetime], datetime | None]
Purged = Callable[[int, UUID], bool]

_cleaner: list[Cleaner] = []
_scanner: list[Scanner] = []
_reader: list[Reader] = []
_approved: list[Approved] = []
_handed_in: list[HandedIn] = []
_judged: list[Judged] = []
_needed_until: list[NeededUntil] = []
_purged: list[Purged] = []


def install_cleaner(cleaner: Cleaner) -> None:
    """Make this what draws files anew; `config` does this once at start."""
    _cleaner[:] = [cleaner]


def cleaner() -> Cleaner:
    """Return what draws files anew."""
    assert _cleaner, "config installs a cleaner at start"
    return _cleaner[0]


def install_scanner(scanner: Scanner | None) -> None:
    """Make this the scanner, or have none; `config` does this once at start."""
    _scanner[:] = [] if scanner is None else [scanner]


def scanner() -> Scanner | None:
    """Return the scanner, where the operator has one."""
    return _scanner[0] if _scanner else None


def install_reader(reader: Reader | None) -> None:
    """Make this what reads copies, or have none; `config` does this once at start."""
    _reader[:] = [] if reader is None else [reader]


def reader() -> Reader | None:
    """Return what reads copies, where the machine has it."""
    return _reader[0] if _reader else None


def install_approved(told: Approved) -> None:
    """Make this what is called when papers were approved; `config` does this once at start."""
    _approved[:] = [told]


def tell_approved(account_id: int, *, now: datetime) -> None:
    """Tell inside the judgement's transaction that an account has papers that count."""
    assert _approved, "config installs what waits for papers at start"
    _approved[0](account_id, now)


def install_review(*, handed_in: HandedIn, judged: Judged) -> None:
    """Make these what opens and ends the case of some papers; `config` does this at start."""
    _handed_in[:], _judged[:] = [handed_in], [judged]


def tell_handed_in(account_id: int, *, papers_id: UUID, now: datetime) -> None:
    """Tell in the same transaction that papers wait for a judgement."""
    for tell in _handed_in:
        tell(account_id, papers_id, now)


def tell_judged(account_id: int, *, papers_id: UUID, actor: str, now: datetime) -> None:
    """Tell inside the judgement's transaction that it was made."""
    for tell in _judged:
        tell(account_id, papers_id, actor, now)


def install_purged(purged: Purged) -> None:
    """Make this what else is sealed with the key of papers; `config` does this at start.

    It forgets what purged papers were made of, and returns whether it holds anything still.
    """
    _purged[:] = [purged]


def tell_purged(account_id: int, *, papers_id: UUID) -> bool:
    """Tell inside the purge's transaction; return whether the key of papers is still needed."""
    left = [purged(account_id, papers_id) for purged in _purged]  # each forgets its own
    return any(left)


def install_needed_until(needed_until: NeededUntil) -> None:
    """Make this what knows until when approved papers of an account were needed."""
    _needed_until[:] = [needed_until]


def needed_until(account_id: int, *, now: datetime) -> datetime | None:
    """Return when the last service ended that needed papers; `now` while one lasts, or None."""
    assert _needed_until, "config installs what needs papers at start"
    return _needed_until[0](account_id, now)
