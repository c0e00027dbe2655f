"""Texts that threads of a process hand in while another one is written go into one call (ADR 371).

A text that comes alone is written at once, by its own thread. Who comes meanwhile waits for that
commit, and then one of those who waited writes the texts of all: a call for many costs the database
little more than a call for one, and they share their flush.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from django.db import connection

from nummer.apps.messaging.actions.accepting import accepting
from nummer.apps.messaging.actions.drafting import Answer, Lot
from nummer.apps.messaging.actions.lane import run

TOGETHER_MAX: Final = 50  # texts of other threads; a process has fewer


class Answered(NamedTuple):
    """What a lot was answered, and the moment at which it was judged."""

    answers: Sequence[Answer]
    at: datetime


@dataclass(slots=True, eq=False)
class _Waiting:
    """A lot and its thread, which is told its answer, or to write the lots of `batch`."""

    lot: Lot
    now: datetime
    told: threading.Event = field(default_factory=threading.Event)
    answered: Answered | None = None
    batch: list[_Waiting] = field(default_factory=list)


class Together:
    """One call at a time for all threads that hand in; the first of those who wait is the next."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._writing = False

    def accept(self, lot: Lot, *, now: datetime) -> Answered:
        """Accept the texts of a lot; committed when this returns. As `accepting`.

        Within a transaction of the caller's nobody else's texts are written with it.
        """
        if connection.in_atomic_block:
            return _alone(lot, now)
        mine = _Waiting(lot, now)
        with self._lock:
            if self._writing:
                self._waiting.append(mine)
            else:
                self._writing, mine.batch = True, [mine]
        if not mine.batch:
            mine.told.wait()
        if mine.batch:
            try:
                _write(mine.batch)
            finally:
                self._pass_on()
                for other in mine.batch:
                    if other is not mine:
                        other.told.set()
        # Where the call for all broke, each finds out by himself what of it is his.
        return mine.answered or _alone(lot, now)

    def _pass_on(self) -> None:
        """Have the first who waits write for all who wait, of each account one lot."""
        with self._lock:
            if not self._waiting:
                self._writing = False
                return
            batch: dict[int, _Waiting] = {}
            for each in self._waiting[:TOGETHER_MAX]:
                batch.setdefault(each.lot.account_id, each)
            taken = list(batch.values())
            self._waiting = [each for each in self._waiting if each not in taken]
            taken[0].batch = taken
            taken[0].told.set()


def _alone(lot: Lot, now: datetime) -> Answered:
    (answers,) = run(accepting([lot], now=now))
    return Answered(answers, now)


def _write(batch: Sequence[_Waiting]) -> None:
    """Write the lots of a batch; where that breaks for several, nobody is answered."""
    now = max(each.now for each in batch)
    try:
        answers = run(accepting([each.lot for each in batch], now=now))
    except Exception:
        if len(batch) == 1:
            raise
        return
    for each, mine in zip(batch, answers, strict=True):
        each.answered = Answered(mine, now)
