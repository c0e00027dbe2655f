"""Sending SMS: a row first, then the carrier, and never the same text twice by our doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.outbound.actions import clear
from nummer.apps.outbound.register import SMS_CARRIER
from nummer.apps.vault.actions import seal_text, unseal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.protocols.sms.receipt import other_spellings

OUTGOING_CHANNEL: Final = "nummer_outgoing"
SYSTEM_SENDER: Final = "Nummer"


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """A text that a gateway shall hand to a carrier."""

    account_id: int
    id: UUID
    to: PhoneNumber
    sender: str
    text: str

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
                "to": _seal(to.e164, owner, "to", row_id),
                "text": _seal(text, owner, "text", row_id),
                "state": OutgoingState.QUEUED,
                "queued_at": now,
            },
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [OUTGOING_CHANNEL])
    return row.id


def take_outgoing(*, limit: int, now: datetime) -> list[OutgoingSms]:
    """Take up to `limit` queued texts, oldest first, for the calling gateway alone.

    When this returns they are marked as taken for good: a gateway that dies now leaves them to
    `recover_taken`. Locks: the rows, skipping those of other gateways.
    """
    with transaction.atomic():
        rows = list(
            Outgoing.objects.select_for_update(skip_locked=True)
            .filter(state=OutgoingState.QUEUED)
            .order_by("queued_at", "id")[:limit]
        )
        for row in rows:
            row.state = OutgoingState.TAKEN
            row.taken_at = now
            row.save(update_fields=["state", "taken_at"])
        return [_cleared(row, now) for row in rows]


def recover_taken(*, now: datetime) -> int:
    """At a gateway's start: what an earlier one had taken may have left or not; return how many.

    Such a text is never sent blindly again; its receipt may still settle it.
    """
    return Outgoing.objects.filter(state=OutgoingState.TAKEN).update(
        state=OutgoingState.UNKNOWN, done_at=now
    )


def mark_sent(
    row_id: UUID, *, account_id: int, carrier: str, carrier_message_id: str, now: datetime
) -> None:
    """Note that the carrier accepted it and calls it `carrier_message_id`."""
    Outgoing.objects.filter(
        account_id=account_id, id=row_id, state__in=[OutgoingState.TAKEN, OutgoingState.UNKNOWN]
    ).update(
        state=OutgoingState.SENT,
        carrier=carrier,
        carrier_message_id=carrier_message_id,
        sent_at=now,
    )


def mark_failed(row_id: UUID, *, account_id: int, status: int, now: datetime) -> None:
    """Note that the carrier refused it with `status` (SMPP 3.4, section 5.1.3)."""
    Outgoing.objects.filter(account_id=account_id, id=row_id, state=OutgoingState.TAKEN).update(
        state=OutgoingState.FAILED, error_status=status, done_at=now
    )


def mark_unknown(rows: Sequence[tuple[int, UUID]], *, now: datetime) -> None:
    """Note that the link broke before the carrier answered for these (account id, row id)."""
    for account_id, row_id in rows:
        Outgoing.objects.filter(account_id=account_id, id=row_id, state=OutgoingState.TAKEN).update(
            state=OutgoingState.UNKNOWN, done_at=now
        )


def record_receipt(
    *, carrier: str, carrier_message_id: str, delivered: bool, now: datetime
) -> None:
    """Note a final delivery receipt; one for a message we do not know is ignored.

    Where no text has that id, the one that has it in the other notation is meant, if it is one.
    """
    state = OutgoingState.DELIVERED if delivered else OutgoingState.UNDELIVERED
    sent = Outgoing.objects.filter(
        carrier=carrier, state__in=[OutgoingState.SENT, OutgoingState.UNKNOWN]
    )
    if sent.filter(carrier_message_id=carrier_message_id).update(state=state, done_at=now):
        return
    spellings = other_spellings(carrier_message_id)
    known = Outgoing.objects.filter(carrier=carrier, carrier_message_id=carrier_message_id)
    if not spellings or known.exists():  # a receipt that was repeated is nobody else's
        return
    meant = list(sent.filter(carrier_message_id__in=spellings).values_list("account_id", "id")[:2])
    if len(meant) == 1:
        ((account_id, row_id),) = meant
        sent.filter(account_id=account_id, id=row_id).update(state=state, done_at=now)


def _seal(content: str, account_id: int, column: str, row_id: UUID) -> bytes:
    klass = KeyClass.IDENTITY if column == "to" else KeyClass.COMMUNICATION
    return seal_text(
        content,
        account_id=account_id,
        klass=klass,
        place=f"messaging_outgoing.{column}",
        row=row_id,
    )


def _cleared(row: Outgoing, now: datetime) -> OutgoingSms:
    """Open a text and let it pass the gate, which writes down that it left."""

    def unseal(column: str, sealed: bytes, klass: KeyClass) -> str:
        return unseal_text(
            bytes(sealed),
            account_id=row.account_id,
            klass=klass,
            place=f"messaging_outgoing.{column}",
            row=row.id,
        )

    passed = clear(
        SMS_CARRIER,
        row.purpose,
        {
            "to": unseal("to", row.to, KeyClass.IDENTITY),
            "text": unseal("text", row.text, KeyClass.COMMUNICATION),
        },
        account_id=row.account_id,
        now=now,
    )
    return OutgoingSms(
        account_id=row.account_id,
        id=row.id,
        to=PhoneNumber(passed.fields["to"]),
        sender=row.sender,
        text=passed.fields["text"],
    )
