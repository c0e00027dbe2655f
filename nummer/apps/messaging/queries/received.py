"""SMS that came to rented numbers, as their holder may read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from nummer.apps.leases.models import Period
from nummer.apps.messaging import content
from nummer.apps.messaging.models import Message, Outcome
from nummer.apps.messaging.queries.forms import Direction, Sms, SmsState, Wanted
from nummer.apps.vault.actions import Sealed, unseal_many
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.phone import PhoneNumber

# What came while the number was unpaid is shown once a later period was paid (ADR 210).
_PAID_SINCE: Final = Exists(
    Period.objects.filter(
        account_id=OuterRef("account_id"),
        lease_id=OuterRef("lease_id"),
        starts_at__gte=OuterRef("received_at"),
    )
)
SHOWN: Final = Q(outcome=Outcome.RENTED) | (Q(outcome=Outcome.KEPT) & _PAID_SINCE)


def some(wanted: Wanted) -> list[Sms]:
    """Return what is wanted, from the end it is asked for."""
    rows = _shown(wanted.account_id)
    if wanted.lease_id is not None:
        rows = rows.filter(lease_id=wanted.lease_id)
    if wanted.leases is not None:
        rows = rows.filter(lease_id__in=list(wanted.leases))
    if wanted.but_leases:
        rows = rows.exclude(lease_id__in=list(wanted.but_leases))
    if wanted.theirs_index is not None:
        rows = rows.filter(theirs_index=wanted.theirs_index)
    if wanted.ids is not None:
        rows = rows.filter(id__in=wanted.ids)
    if wanted.since is not None:
        rows = rows.filter(received_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(received_at__lt=wanted.until)
    if wanted.before is not None:
        rows = rows.filter(id__lt=wanted.before)
    if wanted.after is not None:
        rows = rows.filter(id__gt=wanted.after)
    return opened(rows.order_by("id" if wanted.forwards else "-id")[: wanted.limit])


def one(account_id: int, sms_id: UUID) -> Sms | None:
    """Return one that came in; None where there is no such one, or not for this account."""
    found = opened(_shown(account_id).filter(id=sms_id)[:1])
    return found[0] if found else None


def kept(account_id: int, *, lease_id: UUID | None = None) -> int:
    """Return how many SMS wait for the fee of their number."""
    rows = Message.objects.filter(~_PAID_SINCE, account_id=account_id, outcome=Outcome.KEPT)
    rows = rows.filter(lease_id__isnull=False)
    return (rows if lease_id is None else rows.filter(lease_id=lease_id)).count()


def opened(rows: Sequence[Message] | QuerySet[Message]) -> list[Sms]:
    """Open several messages of rented numbers, with one look for their keys."""
    listed = list(rows)
    said = [
        content.read(octets)
        for octets in unseal_many(
            [
                Sealed(
                    bytes(row.content or b""),
                    row.account_id,
                    KeyClass.COMMUNICATION,
                    content.PLACE,
                    row.id,
                )
                for row in listed
            ]
        )
    ]
    return [_sms(row, each) for row, each in zip(listed, said, strict=True)]


def _shown(account_id: int) -> QuerySet[Message]:
    return Message.objects.filter(SHOWN, account_id=account_id, lease_id__isnull=False)


def _sms(row: Message, said: content.Content) -> Sms:
    assert row.lease_id is not None, "an SMS of a rented number has its lease"
    return Sms(
        account_id=row.account_id,
        id=row.id,
        lease_id=row.lease_id,
        direction=Direction.IN,
        ours=PhoneNumber(row.e164),
        theirs=said.sender,
        body=None if row.redacted_at is not None else said.text,
        parts=row.parts,
        state=SmsState.RECEIVED,
        error="",
        price=None,
        created_at=row.received_at,
        sent_at=None,
        done_at=None,
    )
