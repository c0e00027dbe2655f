"""Receiving SMS: one transaction for each batch, then the carrier is told that we have it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.messaging.actions.arrival import Arrival, whole
from nummer.apps.messaging.actions.join import keep_parts, lock_set, take_sets
from nummer.apps.messaging.models import Message, Outcome
from nummer.apps.standing import queries as standing
from nummer.apps.vault.actions import seal_bytes, seal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import new_id
from nummer.protocols.codes import Patterns, belongs_to, extract_code, match_services
from nummer.protocols.sms.inbound import IncomingSms

REPEAT_MEMORY: Final = timedelta(minutes=15)
ROUNDS_MAX: Final = 16  # a number has few open activations; each round rules one out
DEFAULT_ALPHABET: Final = "gsm7"


@dataclass(frozen=True, slots=True)
class Holder:
    """An open activation on a number, as `numbers_route` gives it."""

    account_id: int
    activation_id: UUID
    service: str
    window_ends_at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A message ready to be stored, with the arrival it came from."""

    arrival: Arrival
    values: tuple[object, ...]
    activation_id: UUID | None


def receive(
    batch: Sequence[IncomingSms], *, now: datetime, default_alphabet: str = DEFAULT_ALPHABET
) -> None:
    """Store a batch for good; when this returns, its messages may be acknowledged.

    Raises Unavailable while the database is away; then nothing of the batch was stored.
    Locks: sets of parts, then the activations concerned, each in order of their keys.
    """
    try:
        with transaction.atomic():
            parts = [sms for sms in batch if sms.part is not None]
            arrivals = [
                whole(sms, default_alphabet=default_alphabet) for sms in batch if sms.part is None
            ]
            arrivals += keep_parts(parts, default_alphabet=default_alphabet)
            _store(_without_repeats(arrivals, now), now)
    except (OperationalError, InterfaceError) as error:
        connection.close()
        raise Unavailable("database", retry_after_s=1) from error


def flush_parts(set_index: bytes, *, now: datetime) -> None:
    """Bring in what came of a long message whose other parts stay away. Locks: the set."""
    with transaction.atomic():
        lock_set(set_index)
        _store(take_sets([set_index], only_complete=False, default_alphabet=DEFAULT_ALPHABET), now)


def _without_repeats(arrivals: Sequence[Arrival], now: datetime) -> list[Arrival]:
    """Leave out what we stored before a break of the session and the carrier sent again.

    Only messages that their link marks can be repeats: a customer may well get the same text
    twice (SMPP 3.4 gives deliver_sm no message id).
    """
    suspects = [arrival.content_index for arrival in arrivals if arrival.may_be_repeat]
    if not suspects:
        return list(arrivals)
    earlier = Message.objects.filter(
        content_index__in=suspects, received_at__gte=now - REPEAT_MEMORY
    ).values_list("content_index", flat=True)
    known = Counter(bytes(index) for index in earlier)
    fresh = []
    for arrival in arrivals:
        if arrival.may_be_repeat and known[arrival.content_index] > 0:
            known[arrival.content_index] -= 1
        else:
            fresh.append(arrival)
    return fresh


def _store(arrivals: Sequence[Arrival], now: datetime) -> None:
    """Find each message's activation and store it; whoever just ended one causes a new round.

    What a blocked sender wrote is nobody's.
    """
    patterns = catalogue.patterns()
    blocked = standing.blocked_senders()
    unwelcome = [arrival for arrival in arrivals if arrival.sender.casefold() in blocked]
    left = [arrival for arrival in arrivals if arrival.sender.casefold() not in blocked]
    ended: set[UUID] = set()
    for _ in range(ROUNDS_MAX):
        if not left:
            break
        holders = _route({arrival.number for arrival in left}, ended=ended, now=now)
        rows = [_row(arrival, holders.get(arrival.number, []), patterns) for arrival in left]
        refused = _call_store(rows, now)
        ended |= {row.activation_id for row in refused if row.activation_id is not None}
        left = [row.arrival for row in refused]
    _call_store([_row(arrival, [], patterns) for arrival in [*left, *unwelcome]], now)


def _route(numbers: set[str], *, ended: set[UUID], now: datetime) -> dict[str, list[Holder]]:
    holders: dict[str, list[Holder]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM numbers_route(%s)", [sorted(numbers)])
        for e164, account_id, key, _, service, _, window_ends_at in cursor.fetchall():
            if key not in ended and window_ends_at >= now:
                holder = Holder(account_id, key, service, window_ends_at)
                holders.setdefault(e164, []).append(holder)
    return holders


def _row(arrival: Arrival, holders: Sequence[Holder], patterns: Patterns) -> Row:
    """Decide whose message it is (K22) and seal it for him."""
    matched = match_services(sender=arrival.sender, text=arrival.text, patterns=patterns)
    chosen = (
        belongs_to(
            sender=arrival.sender,
            text=arrival.text,
            ordered=[holder.service for holder in holders],
            patterns=patterns,
        )
        if holders
        else None
    )
    if chosen is None:
        outcome = Outcome.OTHER_SERVICE if holders else Outcome.NOBODY
        beside = holders[0].activation_id if holders else None
        return _sealed(arrival, None, code=None, outcome=outcome, matched=matched, beside=beside)
    holder = holders[chosen]
    code = _code(arrival, service=holder.service, matched=matched, patterns=patterns)
    outcome = Outcome.TEXT if code is None else Outcome.SHOWN
    return _sealed(arrival, holder, code=code, outcome=outcome, matched=matched, beside=None)


def _code(
    arrival: Arrival, *, service: str, matched: frozenset[str], patterns: Patterns
) -> str | None:
    """Return what fulfils the order (ADR 71): a code, or the words of the ordered service.

    Some services send a link, or write a code in words or in another script's digits; what they
    wrote is then itself the code, whole.
    """
    pattern = patterns.get(service)
    for text in (arrival.text, unicodedata.normalize("NFKC", arrival.text)):
        code = extract_code(sender=arrival.sender, text=text, pattern=pattern)
        if code is not None:
            return code
    return arrival.text.strip() if service in matched else None


def _sealed(
    arrival: Arrival,
    holder: Holder | None,
    *,
    code: str | None,
    outcome: Outcome,
    matched: frozenset[str],
    beside: UUID | None,
) -> Row:
    key = new_id()
    account_id = OPERATOR_ACCOUNT_ID if holder is None else holder.account_id

    def seal(column: str, content: str) -> bytes:
        return seal_text(
            content,
            account_id=account_id,
            klass=KeyClass.COMMUNICATION,
            place=f"messaging_message.{column}",
            row=key,
        )

    raw = seal_bytes(
        arrival.raw,
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place="messaging_message.raw",
        row=key,
    )
    values = (
        account_id,
        key,
        None if holder is None else holder.activation_id,
        beside,
        arrival.number,
        arrival.carrier,
        outcome.value,
        ",".join(sorted(matched)),
        arrival.received_at,
        arrival.parts,
        arrival.content_index,
        seal("sender", arrival.sender),
        seal("text", arrival.text),
        None if code is None else seal("code", code),
        raw,
    )
    return Row(arrival, values, None if holder is None else holder.activation_id)


_STORE = """
SELECT n FROM messaging_store(
  %s::bigint[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::timestamptz[], %s::smallint[], %s::bytea[], %s::bytea[], %s::bytea[],
  %s::bytea[], %s::bytea[], %s) AS n
"""


def _call_store(rows: Sequence[Row], now: datetime) -> list[Row]:
    """Store the rows in one call and return those whose activation ended meanwhile."""
    if not rows:
        return []
    columns = [list(column) for column in zip(*(row.values for row in rows), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [*columns, now])
        return [rows[n - 1] for (n,) in cursor.fetchall()]
