"""Sending SMS: a row first, then the carrier, and never the same text twice by our doing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.messaging import said
from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.fates import asking
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.outbound.actions import Leaving, clear_many
from nummer.apps.outbound.register import SMS_CARRIER
from nummer.apps.vault.actions import Sealed, seal_text, unseal_many
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id
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
    b"SELECT account_id, id, lease_id, purpose, sender, carrier, sealed_to, sealed_text, content,"
    b" per_s FROM messaging_take(%s, %s::bigint[]::integer[], %s)"
)


def take_outgoing(
    *, limit: int = 0, rooms: Mapping[str, int] | None = None, now: datetime
) -> list[OutgoingSms]:
    """Take queued texts, each for the calling gateway alone.

    `rooms` says how many each carrier takes now, the first one also those that any may have; with
    `limit` only those are taken. When this returns they are marked as taken for good: a gateway
    that dies now leaves them to `recover_taken`. Locks: the rows, skipping those of other gateways.
    """
    wanted = {"": limit} if rooms is None else rooms
    values = (columns.texts(wanted), columns.integers(list(wanted.values())), now)
    with transaction.atomic():
        rows = [_Taken(*row) for row in run(asking(_TAKE, values))]
        return _cleared(rows, now)


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
    lease_id: UUID | None
    purpose: str
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


def _cleared(rows: Sequence[_Taken], now: datetime) -> list[OutgoingSms]:
    """Open texts and let them pass the gate, which writes down that they left."""
    seals = [seal for row in rows for seal in _seals(row)]
    opened = iter(unseal_many(seals))
    told = [_said(row, opened) for row in rows]
    passed = clear_many(
        SMS_CARRIER,
        [
            Leaving(row.account_id, row.purpose, {"to": each.theirs, "text": each.text or ""})
            for row, each in zip(rows, told, strict=True)
        ],
        now=now,
    )
    return [
        OutgoingSms(
            account_id=row.account_id,
            id=row.id,
            to=PhoneNumber(cleared.fields["to"]),
            sender=row.sender,
            text=cleared.fields["text"],
            carrier=row.carrier,
            rented=row.lease_id is not None,
            per_s=row.per_s,
        )
        for row, cleared in zip(rows, passed, strict=True)
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
