"""Which messages a carrier may send once more, because our answer may not have reached it.

`deliver_sm` carries no id that all carriers fill, and equal messages are often meant. So a
message is taken for a possible repeat only across a break: its earlier copy was in our hands
or answered when the session broke, and nothing proved that the answer arrived; or the database
broke while it stored the copy.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from typing import Final, NamedTuple

from nummer.protocols.sms.inbound import Doubt

# After our own start nothing is known of the sessions before it. Carriers try again within
# minutes; what comes later than this is not a repeat of the time before.
START_S: Final = 30 * 60.0
# How long a carrier may take to come back with a message of a broken session.
BREAK_S: Final = 6 * 3600.0
KEYS_MAX: Final = 100_000  # a bound for memory: hundred windows of a thousand


class _Doubt(NamedTuple):
    copies: int
    until: float


class RepeatMemory:
    """The doubts about one carrier. `now` is monotonic seconds; keys hold no content."""

    def __init__(self) -> None:
        self._in_hand: Counter[int] = Counter()
        self._unproven: deque[int | None] = deque()
        self._proven = 0
        # In the order of their ends. A doubt that is settled leaves nothing behind: while the
        # database is away, a message comes again many times a second.
        self._doubts: OrderedDict[int, _Doubt] = OrderedDict()
        self._start_over_at: float | None = None
        self._seen_since_start: set[int] = set()

    def session_began(self, *, now: float) -> None:
        """Begin to count the answers of a new session."""
        self._proven = 0
        if self._start_over_at is None:
            self._start_over_at = now + START_S

    def arrived(self, key: int, *, now: float) -> Doubt:
        """Note a message and return whether it may be a repeat."""
        self._forget(now)
        said = Doubt.START if self._first_since_start(key, now) else Doubt.NONE
        doubt = self._doubts.get(key)
        if doubt is not None:
            said = Doubt.BREAK
            if doubt.copies > 1:
                self._doubts[key] = doubt._replace(copies=doubt.copies - 1)
            else:
                del self._doubts[key]
        self._in_hand[key] += 1
        return said

    def answered(self, key: int | None, *, taken: bool) -> None:
        """Note that an answer was written; None for what can be repeated without harm."""
        if key is not None:
            self._drop_from_hand(key)
        self._unproven.append(key if taken else None)

    def perhaps_stored(self, key: int, *, now: float) -> None:
        """Note that we asked for a message again without knowing that it was not stored.

        The database may go away between its commit and its answer.
        """
        self.answered(key, taken=False)
        self._doubt(key, now)

    def proven(self, answers: int) -> None:
        """Note that the first `answers` answers of this session reached the carrier."""
        while self._proven < answers and self._unproven:
            self._unproven.popleft()
            self._proven += 1

    def session_broke(self, *, now: float) -> None:
        """Doubt every answer without proof and every message still in our hands."""
        doubts = [key for key in self._unproven if key is not None]
        doubts += self._in_hand.elements()
        self._unproven.clear()
        self._in_hand.clear()
        for key in doubts:
            self._doubt(key, now)

    def _doubt(self, key: int, now: float) -> None:
        before = self._doubts.pop(key, None)
        copies = 1 if before is None else before.copies + 1
        self._doubts[key] = _Doubt(copies, now + BREAK_S)
        if len(self._doubts) > KEYS_MAX:
            self._doubts.popitem(last=False)

    def _first_since_start(self, key: int, now: float) -> bool:
        """Whether the time before our start may hold an earlier copy.

        Only the first of equal messages counts: the second is one that the carrier means.
        """
        if self._start_over_at is None or now >= self._start_over_at:
            self._seen_since_start.clear()
            return False
        if key in self._seen_since_start:
            return False
        if len(self._seen_since_start) < KEYS_MAX:
            self._seen_since_start.add(key)
        return True

    def _forget(self, now: float) -> None:
        while self._doubts and next(iter(self._doubts.values())).until <= now:
            self._doubts.popitem(last=False)

    def _drop_from_hand(self, key: int) -> None:
        if self._in_hand[key] > 1:
            self._in_hand[key] -= 1
        else:
            del self._in_hand[key]
