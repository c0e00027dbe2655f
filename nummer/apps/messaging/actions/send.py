"""Sending SMS: a row first, then the carrier, and never the same text twice by our doing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from nummer.apps.messaging import said
from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.fates import asking
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.outbound.actions import purposes_of
from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.register import SMS_CARRIER
from nummer.apps.vault.actions import Sealed, seal_text, unseal_many
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id, new_ids
from nummer.kernel.phone import PhoneNumber

OUTGOING_CHANNEL: Final = "nummer_outgoing"
SYSTEM_SENDER: Final = "Nummer"


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """A text that a gateway shall hand to a carrier; `rented` is one of a rented number."""

    account_id: int
    id: UUID
    to: PhoneNumber
    sender: str
    text: str
    carrier: str = ""
    rented: bool = False
    per_s: int = 0

    def __repr__(self) -> str:
        return f"OutgoingSms({self.id})"  # reprs reach logs, numbers and texts must not


def queue_system_text(
    account_id: int | None,
    *,
    to: PhoneNumber,
    text: str,
    purpose: str,
    key: UUID,
    now: datetime,
) -> UUID:
    """Queue one of our own texts (such as a login code); the same key queues it once.

    `account_id` None is for people who have no account yet. Returns the row's id.
    """
    owner = OPERATOR_ACCOUNT_ID if account_id is None else account_id
    row_id = new_id()
    with transaction.atomic():
        row, _ = Outgoing.objects.get_or_create(
            account_id=owner,
            key=key,
            defaults={
                "id": row_id,
                "purpose": purpose,
                "sender": SYSTEM_SENDER,
                "to": sealed_for(to.e164, owner, "to", row_id),
                "text": sealed_for(text, owner, "text", row_id),
                "state": OutgoingState.QUEUED,
                "queued_at": now,
            },
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [OUTGOING_CHANNEL])
    return row.id


_TAKE: Final = (
    b"SELECT account_id, id, rented, sender, carrier, sealed_to, sealed_text, content, per_s"
    b" FROM messaging_hand_out(%s, %s::bigint[]::integer[], %s, %s, %s, %s)"
)


_NOT_CLEARED: Final = "NU001"  # as messaging_hand_out raises it


def take_outgoing(
    *, limit: int = 0, rooms: Mapping[str, int] | None = None, now: datetime
) -> list[OutgoingSms]:
    """Take queued texts, each for the calling gateway alone.

    `rooms` says how many each carrier takes now, the first one also those that any may have; with
    `limit` only those are taken. When this returns they are marked as taken for good: a gateway
    that dies now leaves them to `recover_taken`. Raises NotCleared, and takes nothing, where one is
    for a purpose for which nothing may leave. Locks: the rows, skipping those of other gateways.
    """
    wanted = {"": limit} if rooms is None else rooms
    # The first has its room twice: for its own and for those that any may have.
    most = sum(wanted.values()) + next(iter(wanted.values()), 0)
    values = (
        columns.texts(wanted),
        columns.integers(list(wanted.values())),
        columns.uuids(new_ids(most)),
        SMS_CARRIER,
        columns.texts(purposes_of(SMS_CARRIER, fields={"to", "text"})),
        now,
    )
    try:
        rows = run(asking(_TAKE, values))
    except DatabaseError as refused:
        if getattr(refused.__cause__, "sqlstate", None) == _NOT_CLEARED:
            raise NotCleared("a text has a purpose for which nothing leaves") from refused
        raise
    return _opened([_Taken(*row) for row in rows])


def reroute(bound: Collection[str], *, limit: int = 1_000) -> int:
    """Give what waits for other carriers than these to its best route among them; return how many.

    Only what was not taken yet moves: what may have left goes nowhere else.
    """
    statement = b"SELECT messaging_reroute(%s, %s::bigint::integer)"
    with transaction.atomic():
        ((count,),) = run(asking(statement, (columns.texts(bound), limit)))
    return int(count)


class _Taken(NamedTuple):
    """A row as `messaging_take` gives it."""

    account_id: int
    id: UUID
    rented: bool
    sender: str
    carrier: str
    to: bytes | None
    text: bytes | None
    content: bytes | None
    per_s: int


def sealed_for(content: str, account_id: int, column: str, row_id: UUID) -> bytes:
    """Return what stands in a column (`to` or `text`) of one of our own texts."""
    klass = KeyClass.IDENTITY if column == "to" else KeyClass.COMMUNICATION
    return seal_text(
        content,
        account_id=account_id,
        klass=klass,
        place=f"messaging_outgoing.{column}",
        row=row_id,
    )


def _opened(rows: Sequence[_Taken]) -> list[OutgoingSms]:
    """Open texts that were let through the gate: what took them wrote down that they leave."""
    opened = iter(unseal_many([seal for row in rows for seal in _seals(row)]))
    told = [_said(row, opened) for row in rows]
    return [
        OutgoingSms(
            account_id=row.account_id,
            id=row.id,
            to=PhoneNumber(each.theirs),
            sender=row.sender,
            text=each.text or "",
            carrier=row.carrier,
            rented=row.rented,
            per_s=row.per_s,
        )
        for row, each in zip(rows, told, strict=True)
    ]


def _seals(row: _Taken) -> list[Sealed]:
    place = "messaging_outgoing"
    if row.content is not None:
        return [Sealed(row.content, row.account_id, KeyClass.COMMUNICATION, said.PLACE, row.id)]
    assert row.to is not None, "a text of ours has a recipient"
    assert row.text is not None, "a text of ours has words"
    return [
        Sealed(row.to, row.account_id, KeyClass.IDENTITY, f"{place}.to", row.id),
        Sealed(row.text, row.account_id, KeyClass.COMMUNICATION, f"{place}.text", row.id),
    ]


def _said(row: _Taken, opened: Iterator[bytes]) -> said.Said:
    if row.content is not None:
        return said.read(next(opened))
    return said.Said(next(opened).decode(), next(opened).decode())
