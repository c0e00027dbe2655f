"""What programs that are bound to us are owed: receipts of their texts, and SMS that came in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.messaging import said
from nummer.apps.messaging.models import Message, Outcome, Outgoing, OutgoingState, Pushed
from nummer.apps.messaging.queries import received
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

LISTED_MAX: Final = 100
# Ids are given before the commit: one with a lower id may still be on its way for so long.
SETTLED: Final = timedelta(seconds=2)
_FINAL: Final = (OutgoingState.DELIVERED, OutgoingState.UNDELIVERED, OutgoingState.FAILED)


@dataclass(frozen=True, slots=True)
class OwedReceipt:
    """What became of a text whose sender asked to be told."""

    account_id: int
    id: UUID
    ours: PhoneNumber
    theirs: str = field(repr=False)
    state: str
    queued_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwedSms:
    """An SMS that came to a rented number."""

    account_id: int
    id: UUID
    ours: PhoneNumber
    theirs: str = field(repr=False)
    body: str = field(repr=False)


def owed_receipts(account_ids: Collection[int], *, limit: int = LISTED_MAX) -> list[OwedReceipt]:
    """Return the receipts that these accounts asked for and have not got, oldest first."""
    rows = list(
        Outgoing.objects.filter(
            account_id__in=list(account_ids), receipt_owed=True, state__in=_FINAL
        ).order_by("account_id", "id")[:limit]
    )
    return [
        OwedReceipt(
            row.account_id,
            row.id,
            PhoneNumber(row.ours),
            told.theirs,
            row.state,
            row.queued_at,
            row.done_at,
        )
        for row, told in zip(rows, said.unsealed(rows), strict=True)
    ]


def owed_sms(account_id: int, *, now: datetime, limit: int = LISTED_MAX) -> list[OwedSms]:
    """Return the SMS that came since an account first asked to have them here, oldest first.

    The first question begins it: what came before is read on the page.
    """
    mark, made = Pushed.objects.get_or_create(
        account_id=account_id, defaults={"upto": new_id(), "since": now}
    )
    if made:
        return []
    rows = Message.objects.filter(
        account_id=account_id,
        lease_id__isnull=False,
        outcome=Outcome.RENTED,
        id__gt=mark.upto,
        stored_at__lte=now - SETTLED,
    ).order_by("id")[:limit]
    return [
        OwedSms(sms.account_id, sms.id, sms.ours, sms.theirs, sms.body or "")
        for sms in received.opened(rows)
    ]


def receipt_told(account_id: int, *, sms_ids: Sequence[UUID]) -> None:
    """Note that a program has the receipts of these texts."""
    rows = Outgoing.objects.filter(account_id=account_id, id__in=list(sms_ids))
    rows.update(receipt_owed=False)


def sms_told(account_id: int, *, upto: UUID) -> None:
    """Note that a program has all SMS up to this one."""
    Pushed.objects.filter(account_id=account_id, upto__lt=upto).update(upto=upto)
