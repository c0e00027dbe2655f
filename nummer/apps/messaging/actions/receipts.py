"""Delivery receipts of carriers, in the forms that they come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.fates import (
    MESSAGE_ID_MAX,
    Changed,
    Fate,
    Kind,
    asking,
    report,
    tell,
)
from nummer.apps.messaging.actions.lane import run
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.messaging.theirs import theirs_index
from nummer.protocols.sms.receipt import other_spellings


@dataclass(frozen=True, slots=True)
class Told:
    """A final receipt: what a carrier calls the text, and between whom it went, where it says so.

    `ours` and `theirs` are E.164 or empty.
    """

    carrier: str
    message_id: str
    delivered: bool
    ours: str = field(default="", repr=False)
    theirs: str = field(default="", repr=False)


_RECEIPTS: Final = b"SELECT place, account_id, id, lease_id FROM messaging_receipts(%s, %s, %s, %s)"


def record_receipt(
    *, carrier: str, carrier_message_id: str, delivered: bool, now: datetime
) -> None:
    """Note one final delivery receipt; see `record_receipts`."""
    record_receipts([Told(carrier, carrier_message_id, delivered)], now=now)


def record_receipts(told: Sequence[Told], *, now: datetime) -> list[Changed]:
    """Note final delivery receipts; one of a text that we do not know is ignored.

    Where no text has an id, the one that has it in the other notation is meant, if it is one; and
    then the one text of unknown outcome between the two numbers, whose answer never came.
    """
    if not told:
        return []
    values = (
        columns.texts([one.carrier for one in told]),
        columns.texts([one.message_id[:MESSAGE_ID_MAX] for one in told]),
        columns.bools([one.delivered for one in told]),
        now,
    )
    changed: list[Changed] = []
    settled: list[Changed] = []  # these were told of already
    with transaction.atomic():
        rows: list[tuple[Any, ...]] = run(asking(_RECEIPTS, values))
        for place, account_id, sms_id, lease_id in rows:
            if sms_id is None:
                by_id, by_numbers = _by_other_signs(told[place - 1], now=now)
                changed += by_id
                settled += by_numbers
            elif lease_id is not None:
                state = _state(told[place - 1])
                changed.append(Changed(account_id, sms_id, lease_id, state))
        tell(changed, now=now)
    return [*changed, *settled]


def _state(told: Told) -> str:
    return (OutgoingState.DELIVERED if told.delivered else OutgoingState.UNDELIVERED).value


def _by_other_signs(told: Told, *, now: datetime) -> tuple[list[Changed], list[Changed]]:
    """Return what changed by the other notation of the id, and by the two numbers."""
    sent = Outgoing.objects.filter(carrier=told.carrier, state=OutgoingState.SENT)
    spellings = other_spellings(told.message_id)
    if spellings:
        meant = list(sent.filter(carrier_message_id__in=spellings)[:2])
        if len(meant) == 1:
            return _settled(meant[0], told, now=now), []
    return [], _of_unknown_outcome(told, now=now)


def _settled(row: Outgoing, told: Told, *, now: datetime) -> list[Changed]:
    rows = Outgoing.objects.filter(account_id=row.account_id, id=row.id, state=OutgoingState.SENT)
    if rows.update(state=_state(told), done_at=now) and row.lease_id is not None:
        return [Changed(row.account_id, row.id, row.lease_id, _state(told))]
    return []


def _of_unknown_outcome(told: Told, *, now: datetime) -> list[Changed]:
    if not (told.ours and told.theirs):
        return []
    unknown = Outgoing.objects.filter(
        carrier=told.carrier, ours=told.ours, state=OutgoingState.UNKNOWN, lease_id__isnull=False
    ).order_by("done_at")
    account_ids = unknown.values_list("account_id", flat=True).distinct().order_by("account_id")
    meant = [
        row
        for account_id in account_ids
        for row in unknown.filter(
            account_id=account_id, theirs_index=theirs_index(account_id, told.theirs)
        )[:2]
    ]
    if len(meant) != 1:
        return []  # which of several it is nobody can say
    kind = Kind.ARRIVED if told.delivered else Kind.LOST
    fate = Fate(meant[0].account_id, meant[0].id, kind, message_id=told.message_id)
    return report([fate], now=now)
