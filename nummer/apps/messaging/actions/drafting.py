"""Texts of rented numbers are checked and priced by what the process remembers (ADR 360)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from nummer.apps.catalogue import sms_tariff
from nummer.apps.catalogue.errors import NoRate
from nummer.apps.catalogue.sms_rates import Route, SmsQuote
from nummer.apps.catalogue.sms_tariff import Tariff
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.messaging.actions import knowing
from nummer.apps.messaging.actions.habits import require_waking_hour
from nummer.apps.messaging.actions.knowing import Named, Number, Sender
from nummer.apps.messaging.actions.recipients import possible, recipient
from nummer.apps.messaging.actions.send import OutgoingSms
from nummer.apps.messaging.errors import (
    NumberCannotSend,
    QuietHours,
    TextMissing,
    TextNotSendable,
    TextTooLong,
)
from nummer.apps.vault.actions import INDEX_KEY, Keys, current_keys, remembered_keys
from nummer.apps.vault.keyring import KeyName
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_ids
from nummer.kernel.phone import PhoneNumber, calling_code_of
from nummer.protocols.sms.segments import count

# A text of more is a document, and each part that a carrier loses spoils the whole of it.
PARTS_MAX: Final = 10
BODY_CHARACTERS_MAX: Final = 153 * PARTS_MAX
_MIXED: Final = "mixed"  # lists changed between two readings: the version of no state


@dataclass(frozen=True, slots=True)
class Accepted:
    """A text that stands in its row; `replayed` says that it did before this call."""

    id: UUID
    parts: int
    quote: SmsQuote | None = None  # what a part costs; of a replayed one its row says it
    replayed: bool = False
    leaving: OutgoingSms | None = None  # it is taken already, for whoever asked for it


Answer: TypeAlias = Accepted | Refusal


@dataclass(slots=True)
class Text:
    """A text to be accepted; `key` is its sender's own, if he gave one."""

    ours: Named = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    key: UUID | None = None
    receipt: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """Texts of one account that came together by one way; all of them have keys or none has."""

    account_id: int
    texts: Sequence[Text]
    surface: str
    key_id: UUID | None = None


@dataclass(slots=True)
class Leaving:
    """How many texts each carrier takes at once, which are then taken as they are accepted.

    `tried` are their accounts and ids, by which they can be given back where the database breaks.
    """

    rooms: dict[str, int]
    tried: list[tuple[int, UUID]] = field(default_factory=list)

    def take(self, carrier: str) -> bool:
        """Take a place, if there is one."""
        room = self.rooms.get(carrier, 0)
        if room > 0:
            self.rooms[carrier] = room - 1
        return room > 0


def parts_of(body: str) -> int:
    """Return how many parts a text takes. Refuses: TextTooLong, TextNotSendable."""
    if len(body) > BODY_CHARACTERS_MAX:
        raise TextTooLong(parts=-(-len(body) // 153), parts_max=PARTS_MAX)
    if not body.isascii() and any("\ud800" <= char <= "\udfff" for char in body):
        raise TextNotSendable
    parts = count(body)
    if parts > PARTS_MAX:
        raise TextTooLong(parts=parts, parts_max=PARTS_MAX)
    return parts


@dataclass(slots=True)
class Turn:
    """Texts of a lot of which no key comes twice, by their places in it."""

    place: int
    lot: Lot
    texts: list[tuple[int, Text]]
    stale: int = 0  # how often what was known did not hold any more
    doubtful: bool = False  # what was remembered refuses a text

    @property
    def anew(self) -> bool:
        """Whether its account and numbers have to be read anew."""
        return self.stale > 0 or self.doubtful


def turns_of(place: int, lot: Lot) -> Iterator[Turn]:
    """Split a lot before each key that comes again: it hears what became of the first."""
    turn, seen = Turn(place, lot, []), set[UUID]()
    for numbered in enumerate(lot.texts):
        key = numbered[1].key
        if key is not None and key in seen:
            yield turn
            turn, seen = Turn(place, lot, []), set()
        if key is not None:
            seen.add(key)
        turn.texts.append(numbered)
    if turn.texts:
        yield turn


@dataclass(slots=True)
class Known:
    """What a turn is judged by; `read` says that what is missing does not exist."""

    sender: Sender
    keys: Keys
    tariffs: dict[str, Tariff]
    read: bool = False

    def tariff(self, code: str, now: datetime) -> Tariff | None:
        """Return the tariff of a calling code."""
        found = self.tariffs.get(code)
        if found is None and not self.read:
            found = sms_tariff.remembered(code, currency=self.sender.currency, now=now)
            if found is not None:
                self.tariffs[code] = found
        return found


def _key_names(account_id: int) -> set[KeyName]:
    return {INDEX_KEY, KeyName(account_id, KeyClass.COMMUNICATION)}


def from_memory(turn: Turn) -> Known | None:
    """Return what is remembered, or None where it is not enough to begin with; asks nobody."""
    sender = knowing.remembered(turn.lot.account_id)
    keys = remembered_keys(_key_names(turn.lot.account_id))
    return None if sender is None or keys is None else Known(sender, keys, {})


def read(turn: Turn, now: datetime) -> Known:
    """Read what is not remembered, or does not hold any more."""
    account_id = turn.lot.account_id
    sender = knowing.learn(
        account_id,
        named={text.ours for _, text in turn.texts},
        fresh=turn.anew,
        now=now,
    )
    codes = {code for _, text in turn.texts if (code := _calling_code(text.to)) is not None}
    tariffs = sms_tariff.in_force(codes, currency=sender.currency, now=now)
    return Known(sender, current_keys(_key_names(account_id)), dict(tariffs), read=True)


def _calling_code(to: str) -> str | None:
    try:
        return calling_code_of(possible(to).digits)
    except Refusal:
        return None


class NotKnown(Exception):  # noqa: N818 -- no error: it has to be read first
    """Something that is not remembered."""


@dataclass(slots=True)
class Drafts:
    """The texts of a turn that were checked and priced, column by column, and the refused."""

    turn: Turn
    known: Known
    new_ids: Iterator[UUID]
    version: str = ""
    refused: dict[int, Refusal] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    keys: list[UUID] = field(default_factory=list)
    numbers: list[Number] = field(default_factory=list)
    to: list[PhoneNumber] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    quotes: list[SmsQuote] = field(default_factory=list)
    way_of: list[int] = field(default_factory=list)
    receipts: list[bool] = field(default_factory=list)
    first_ways: list[tuple[str, int]] = field(default_factory=list)  # carrier, texts a second
    taken: Sequence[bool] = ()
    ways: dict[str, int] = field(default_factory=dict)  # from 1
    written: dict[tuple[int, str], int] = field(default_factory=dict)

    def add(self, place: int, text: Text, now: datetime) -> None:
        """Check and price a text. Refuses. Raises NotKnown."""
        number = self._number(text)
        to, parts = _checked(text, number, now)
        tariff = self._tariff(to, now)
        quote, routes = _priced(to, number, self.known.sender, tariff)
        sign = (id(routes), "") if routes else (0, number.carrier)
        way = self.written.get(sign)
        if way is None:
            way = self.written[sign] = _way(self.ways, routes, number)
        sms_id = next(self.new_ids)
        self.places.append(place)
        self.ids.append(sms_id)
        self.keys.append(text.key or sms_id)
        self.numbers.append(number)
        self.to.append(to)
        self.bodies.append(text.body)
        self.parts.append(parts)
        self.quotes.append(quote)
        self.way_of.append(way)
        self.receipts.append(text.receipt)
        first = (routes[0].carrier, routes[0].throughput_per_s) if routes else (number.carrier, 0)
        self.first_ways.append(first)

    def leave(self, leaving: Leaving) -> None:
        """Take those for which their carriers have room."""
        if not leaving.rooms:
            self.taken = [False] * len(self.ids)
            return
        self.taken = [leaving.take(carrier) for carrier, _ in self.first_ways]
        account_id = self.turn.lot.account_id
        leaving.tried += [
            (account_id, sms_id)
            for sms_id, taken in zip(self.ids, self.taken, strict=True)
            if taken
        ]

    def accepted(self, n: int) -> Accepted:
        """Return the answer for a text that was accepted."""
        if not self.taken[n]:
            return Accepted(self.ids[n], self.parts[n], self.quotes[n])
        carrier, per_s = self.first_ways[n]
        leaving = OutgoingSms(
            self.turn.lot.account_id,
            self.ids[n],
            self.to[n],
            self.numbers[n].phone.e164,
            self.bodies[n],
            carrier,
            rented=True,
            per_s=per_s,
        )
        return Accepted(self.ids[n], self.parts[n], self.quotes[n], leaving=leaving)

    def _number(self, text: Text) -> Number:
        number = self.known.sender.numbers.get(text.ours)
        if number is not None:
            return number
        if not self.known.read:
            raise NotKnown
        raise NoSuchLease if isinstance(text.ours, UUID) else NumberCannotSend

    def _tariff(self, to: PhoneNumber, now: datetime) -> Tariff:
        code = calling_code_of(to.digits)
        tariff = None if code is None else self.known.tariff(code, now)
        if tariff is None:
            raise NoRate if self.known.read else NotKnown
        if tariff.version != self.version:
            if self.version and not self.known.read:
                raise NotKnown
            self.version = _MIXED if self.version else tariff.version
        return tariff


def drafted(turn: Turn, known: Known, now: datetime) -> Drafts | None:
    """Check and price each text; None where something has to be read first."""
    drafts = Drafts(turn, known, iter(new_ids(len(turn.texts))))
    for place, text in turn.texts:
        try:
            drafts.add(place, text, now)
        except NotKnown:
            return None
        except Refusal as refused:
            # What is remembered refuses nobody: it may be so no more.
            if isinstance(refused, QuietHours) and not (known.read and turn.anew):
                turn.doubtful = True
                return None
            if isinstance(refused, NoRate) and not known.read:
                return None
            drafts.refused[place] = refused
    return drafts


def _checked(text: Text, number: Number, now: datetime) -> tuple[PhoneNumber, int]:
    to = recipient(text.to, ours=number.phone)
    if not text.body:
        raise TextMissing
    parts = parts_of(text.body)
    if number.quiet:
        require_waking_hour(to, now=now)
    return to, parts


def _priced(
    to: PhoneNumber, number: Number, sender: Sender, tariff: Tariff
) -> tuple[SmsQuote, Sequence[Route]]:
    """Return its price and ways; none of them where the number's own carrier takes it.

    Refuses: NoRate, also where no route goes there or each costs more than it brings.
    """
    quote = tariff.quote(to.digits, ours_country=number.country, tax_bp=sender.tax_bp)
    if quote is None:
        raise NoRate
    routes = tariff.routes(to.digits, quote=quote)
    if not routes and tariff.any_route:
        raise NoRate
    return quote, routes


def _way(ways: dict[str, int], routes: Sequence[Route], number: Number) -> int:
    """Return the number of routes among those that occur, as the row keeps them.

    Where the operator keeps no routes at all, the carrier of the number itself takes it, at a cost
    that is not known.
    """
    written = json.dumps(
        [
            [
                each.carrier,
                each.supplier,
                each.cost.micro,
                each.cost.currency,
                each.throughput_per_s,
            ]
            for each in routes
        ]
        or [[number.carrier, "", None, "", 0]]
    )
    return ways.setdefault(written, len(ways) + 1)
