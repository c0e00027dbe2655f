"""Receiving SMS: one transaction for each batch, then the carrier is told that we have it.

`preparing` and `storing` are the steps of `receive` in two halves, for a gateway that prepares the
next batch while one is stored. Nothing that the first half found is trusted: the second looks
again under a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.arrival import whole
from nummer.apps.messaging.actions.join import keep_parts, lock_set, take_sets
from nummer.apps.messaging.actions.lane import Aside, Ask, Steps, away_is_unavailable, run
from nummer.apps.messaging.actions.opting import Asked, note_opting
from nummer.apps.messaging.actions.prepare import Row, rows_of
from nummer.apps.messaging.actions.repeats import reach
from nummer.kernel.errors import Unavailable
from nummer.protocols.sms.inbound import Doubt, IncomingSms
from nummer.protocols.sms.opting import opting_of

ROUNDS_MAX: Final = 16  # a number has few open activations; each round rules one out
DEFAULT_ALPHABET: Final = "gsm7"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch on its way: sealed rows, and parts that must be kept under a lock first."""

    rows: Sequence[Row]
    parts: Sequence[IncomingSms]
    default_alphabet: str


def receive(
    batch: Sequence[IncomingSms], *, now: datetime, default_alphabet: str = DEFAULT_ALPHABET
) -> None:
    """Store a batch for good; when this returns, its messages may be acknowledged.

    Raises Unavailable while the database is away; then nothing of the batch was stored.
    Locks: sets of parts, then the activations concerned, each in order of their keys.
    """
    with away_is_unavailable():
        prepared = run(preparing(batch, now=now, default_alphabet=default_alphabet))
        run(storing([prepared], now=now))


def preparing(
    batch: Sequence[IncomingSms], *, now: datetime, default_alphabet: str = DEFAULT_ALPHABET
) -> Steps[Prepared]:
    """Find each message's activation and code, or lease, and seal it; writes nothing but keys."""
    arrivals = [whole(sms, default_alphabet=default_alphabet) for sms in batch if sms.part is None]
    parts = [sms for sms in batch if sms.part is not None]
    return Prepared((yield from rows_of(arrivals, ended=(), now=now)), parts, default_alphabet)


def storing(batches: Sequence[Prepared], *, now: datetime) -> Steps[None]:
    """Store prepared batches for good, in their order and in one transaction.

    Locks: sets of parts, then the activations concerned, each in order of their keys.
    """
    rows = [row for batch in batches for row in batch.rows]
    if asked := _opting(rows):
        yield Aside(partial(note_opting, asked, now=now))  # before it is stored: it comes again
    if any(batch.parts for batch in batches):
        yield Aside(partial(_store_with_parts, rows, batches, now))
    else:
        yield from _storing(rows, now)


def _opting(rows: Sequence[Row]) -> list[Asked]:
    """Return who wants no more texts of a rented number, or wants them again."""
    return [
        Asked(row.account_id, row.lease_id, row.theirs, opting)
        for row in rows
        if row.lease_id is not None
        and row.theirs
        and (opting := opting_of(row.arrival.text)) is not None
    ]


def _store_with_parts(rows: Sequence[Row], batches: Sequence[Prepared], now: datetime) -> None:
    parts = [sms for batch in batches for sms in batch.parts]
    with away_is_unavailable(), transaction.atomic():
        complete = keep_parts(parts, default_alphabet=batches[0].default_alphabet)
        run(_storing([*rows, *run(rows_of(complete, ended=(), now=now))], now))


def flush_parts(set_index: bytes, *, now: datetime) -> None:
    """Bring in what came of a long message whose other parts stay away. Locks: the set."""
    with transaction.atomic():
        lock_set(set_index)
        found = take_sets([set_index], only_complete=False, default_alphabet=DEFAULT_ALPHABET)
        run(_storing(run(rows_of(found, ended=(), now=now)), now))


def _storing(rows: Sequence[Row], now: datetime) -> Steps[None]:
    """Store all rows or none; whoever ended an activation or lease meanwhile causes a new round.

    What we stored before a break of the session and the carrier sent again is left out. Only
    messages that their link marks can be repeats: a customer may well get the same text twice
    (SMPP 3.4 gives deliver_sm no message id).
    """
    ended: set[UUID] = set()
    for _ in range(ROUNDS_MAX):
        refused = yield from _refused(rows, now)
        if not refused:
            return
        stale = [row for place, row in enumerate(rows, 1) if refused.get(place) is False]
        ended |= {row.activation_id for row in stale if row.activation_id is not None}
        kept = [row for place, row in enumerate(rows, 1) if place not in refused]
        again = yield from rows_of([row.arrival for row in stale], ended=ended, now=now)
        rows = kept + again
        for row in rows:
            row.arrival.doubt = Doubt.NONE  # the first round has looked
    raise Unavailable("activations", retry_after_s=1)


_STORE: Final = (
    b"SELECT n, repeated FROM messaging_store("
    b"%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def _refused(rows: Sequence[Row], now: datetime) -> Steps[dict[int, bool]]:
    """Store the rows in one call; where it returns anything, nothing was stored.

    By place, from 1: True for a repeat, False for a row whose activation ended meanwhile, or whose
    lease is not the one that had the number when it came.
    """
    if not rows:
        return {}
    arrivals = [row.arrival for row in rows]
    since, beginnings = yield from reach(arrivals, now=now)
    suspects = [arrival.doubt is not Doubt.NONE for arrival in arrivals]
    rented = any(row.lease_id is not None for row in rows)
    values = (
        columns.integers([row.account_id for row in rows]),
        columns.uuids([row.id for row in rows]),
        columns.uuids([row.activation_id for row in rows]),
        columns.uuids([row.while_id for row in rows]),
        columns.texts([arrival.number for arrival in arrivals]),
        columns.texts([arrival.carrier for arrival in arrivals]),
        columns.texts([row.outcome for row in rows]),
        columns.texts([row.matched for row in rows]),
        columns.moments([arrival.received_at for arrival in arrivals]),
        columns.smallints([arrival.parts for arrival in arrivals]),
        columns.octets([row.index for row in rows]),
        columns.bools(suspects),
        columns.octets([row.content for row in rows]),
        columns.uuids([row.lease_id for row in rows] if rented else ()),
        columns.octets([row.theirs for row in rows] if rented else ()),
        columns.octets(beginnings),
        since,
        now,
    )
    return dict((yield Ask(_STORE, values)))
