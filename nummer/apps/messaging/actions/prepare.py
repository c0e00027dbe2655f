"""Everything about a batch that needs no lock: whose each message is, its code, its seal."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, cast
from uuid import UUID

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging import content
from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.arrival import Arrival, origin
from nummer.apps.messaging.actions.lane import Aside, Ask, Steps
from nummer.apps.messaging.models import Outcome
from nummer.apps.messaging.theirs import INDEX_KIND, indexed, theirs_of
from nummer.apps.vault.actions import INDEX_KEY, Keys, ToSeal, current_keys, remembered_keys
from nummer.apps.vault.keyring import KeyName
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_ids
from nummer.protocols.codes import Patterns, Reading, chosen_of

# The index of a content begins with its age, so that its neighbours in the database's index are
# the messages of the same minutes: an index of mere digests is touched all over, and every page
# of it is written whole to the log (ADR 57).
AGE_S: Final = 300
_AGE_OCTETS: Final = 4
_DIGEST_OCTETS: Final = 16


@dataclass(slots=True)
class Holder:
    """An open activation on a number, as `numbers_route` gives it."""

    account_id: int
    activation_id: UUID
    service: str


@dataclass(slots=True)
class Renter:
    """A lease that holds or held a number, as `leases_route` gives it; None is without end."""

    account_id: int
    lease_id: UUID
    from_at: datetime
    until_at: datetime | None
    serves_until: datetime | None

    def had(self, at: datetime) -> bool:
        """Tell whether the number was his at a moment; the end of a holding is nobody's."""
        return self.from_at <= at and (self.until_at is None or self.until_at > at)

    def served(self, at: datetime) -> bool:
        """Tell whether the number was paid for at a moment."""
        return self.serves_until is None or self.serves_until > at


@dataclass(slots=True)
class Row:
    """A message ready to be stored, with the arrival it came from."""

    arrival: Arrival
    id: UUID
    account_id: int
    activation_id: UUID | None
    while_id: UUID | None
    outcome: str
    matched: str
    index: bytes
    content: bytes
    lease_id: UUID | None = None
    theirs: bytes = b""


@dataclass(slots=True)
class _Verdict:
    """Whose a message is, and the code it shows him."""

    holder: Holder | Renter | None
    outcome: Outcome
    matched: frozenset[str]
    code: str | None = None
    while_id: UUID | None = None
    theirs: str | None = None  # who wrote, of a rented number's


@dataclass(slots=True)
class _Found:
    """Who has the numbers of a batch, and the senders from whom nothing is taken."""

    holders: dict[str, list[Holder]]
    renters: dict[str, list[Renter]]
    blocked: set[str]


def rows_of(
    arrivals: Sequence[Arrival], *, ended: Collection[UUID], now: datetime
) -> Steps[list[Row]]:
    """Give each message to the open activation or to the lease, and seal it for its holder.

    An activation is the one that is open now, a lease the one that had the number when it came.
    What a blocked sender wrote is nobody's, and so is what belongs to an activation of `ended`.
    """
    if not arrivals:
        return []
    found = yield from _route(arrivals, ended=ended, now=now)
    patterns = catalogue.patterns()
    verdicts = [
        _verdict(arrival, (), (), patterns)
        if found.blocked and arrival.sender.casefold() in found.blocked
        else _verdict(
            arrival,
            found.holders.get(arrival.number, ()),
            found.renters.get(arrival.number, ()) if found.renters else (),
            patterns,
        )
        for arrival in arrivals
    ]
    return (yield from _sealed(arrivals, verdicts))


def ages(*, since: datetime, until: datetime) -> list[bytes]:
    """Return how the indexes of messages that came in between can begin."""
    first, last = _age(since), _age(until)
    return [age.to_bytes(_AGE_OCTETS, "big") for age in range(first, last + 1)]


# A row is an open activation, a time of a lease (no service), or a sender refused (no key).
_ROUTE: Final = b"""
SELECT e164, account_id, activation_id, service_code,
       NULL::timestamptz, NULL::timestamptz, NULL::timestamptz
  FROM numbers_route(%s, %s)
UNION ALL
SELECT e164, account_id, lease_id, NULL, from_at, until_at, serves_until FROM leases_route(%s, %s)
UNION ALL
SELECT sender, NULL, NULL, NULL, NULL, NULL, NULL FROM standing_blocked_senders(%s) AS sender
"""


def _route(arrivals: Sequence[Arrival], *, ended: Collection[UUID], now: datetime) -> Steps[_Found]:
    """Return who has each number, oldest first, and the senders refused."""
    numbers = columns.texts({arrival.number for arrival in arrivals})
    senders = columns.texts({arrival.sender.casefold() for arrival in arrivals})
    since = min(arrival.received_at for arrival in arrivals)
    found = _Found({}, {}, set())
    for name, account_id, key, service, from_at, until_at, serves_until in (
        yield Ask(_ROUTE, [numbers, now, numbers, since, senders])
    ):
        if key is None:
            found.blocked.add(name)
        elif service is None:
            renter = Renter(account_id, key, from_at, until_at, serves_until)
            found.renters.setdefault(name, []).append(renter)
        elif key not in ended:
            found.holders.setdefault(name, []).append(Holder(account_id, key, service))
    return found


def _verdict(
    arrival: Arrival, holders: Sequence[Holder], renters: Sequence[Renter], patterns: Patterns
) -> _Verdict:
    """Decide whose message it is (K22); that of a rented number is whose the number was."""
    for renter in renters:
        if renter.had(arrival.received_at):
            served = renter.served(arrival.received_at)
            outcome = Outcome.RENTED if served else Outcome.KEPT
            theirs = theirs_of(arrival.sender, type_of_number=origin(arrival), ours=arrival.number)
            return _Verdict(renter, outcome, frozenset(), theirs=theirs)
    reading = Reading(arrival.text, patterns=patterns)
    matched = reading.services(sender=arrival.sender)
    if not holders:
        return _Verdict(None, Outcome.NOBODY, matched)
    chosen = chosen_of([holder.service for holder in holders], matched=matched)
    if chosen is None:
        beside = holders[0].activation_id
        return _Verdict(None, Outcome.OTHER_SERVICE, matched, while_id=beside)
    holder = holders[chosen]
    code = reading.code(service=holder.service)
    if code is None:
        code = _instead_of_code(arrival, holder.service, matched=matched, patterns=patterns)
    outcome = Outcome.TEXT if code is None else Outcome.SHOWN
    return _Verdict(holder, outcome, matched, code)


def _instead_of_code(
    arrival: Arrival, service: str, *, matched: frozenset[str], patterns: Patterns
) -> str | None:
    """Return what fulfils the order where no code stands as such (ADR 71).

    Some services send a link, or write a code in words or in another script's digits; what they
    wrote is then itself the code, whole. A text without a letter or digit tells the customer
    nothing, and one of which parts never came perhaps not what he needs: neither fulfils anything.
    """
    text = arrival.text
    plain = unicodedata.normalize("NFKC", text)
    if plain != text:
        code = Reading(plain, patterns=patterns).code(service=service)
        if code is not None:
            return code
    if service not in matched or not arrival.complete or not any(map(str.isalnum, text)):
        return None
    return text.strip()


def _sealed(arrivals: Sequence[Arrival], verdicts: Sequence[_Verdict]) -> Steps[list[Row]]:
    ids = new_ids(len(arrivals))
    told = [
        ToSeal(
            content.written(
                sender=arrival.sender if verdict.theirs is None else verdict.theirs,
                text=arrival.text,
                code=verdict.code,
                raw=arrival.raw,
            ),
            OPERATOR_ACCOUNT_ID if verdict.holder is None else verdict.holder.account_id,
            KeyClass.COMMUNICATION,
            content.PLACE,
            key,
        )
        for arrival, verdict, key in zip(arrivals, verdicts, ids, strict=True)
    ]
    keys = yield from _keys({said.account_id for said in told})
    secret = keys.digest("sms", "content index")
    seals = keys.seal_many(told)
    rows = [
        Row(
            arrival,
            key,
            said.account_id,
            verdict.holder.activation_id if type(verdict.holder) is Holder else None,
            verdict.while_id,
            verdict.outcome.value,
            ",".join(sorted(verdict.matched)),
            _index(arrival, secret),
            seal,
        )
        for arrival, verdict, key, said, seal in zip(
            arrivals, verdicts, ids, told, seals, strict=True
        )
    ]
    for row, verdict in zip(rows, verdicts, strict=True):
        if type(verdict.holder) is Renter and verdict.theirs is not None:
            row.lease_id = verdict.holder.lease_id
            row.theirs = keys.digest(INDEX_KIND, indexed(row.account_id, verdict.theirs))
    return rows


def _keys(accounts: Collection[int]) -> Steps[Keys]:
    """Return what seals for these accounts; only what is not in memory has to be waited for."""
    names = {KeyName(account_id, KeyClass.COMMUNICATION) for account_id in accounts}
    names.add(INDEX_KEY)
    keys = remembered_keys(names)
    if keys is None:
        keys = yield Aside(partial(current_keys, names))
    return cast(Keys, keys)


def _index(arrival: Arrival, secret: bytes) -> bytes:
    """Return what two copies of a message share but for its first octets, which say its age."""
    digest = hashlib.blake2b(arrival.raw, key=secret, digest_size=_DIGEST_OCTETS).digest()
    return _age(arrival.received_at).to_bytes(_AGE_OCTETS, "big") + digest


def _age(moment: datetime) -> int:
    return int(moment.timestamp()) // AGE_S
