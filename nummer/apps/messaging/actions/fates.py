"""What became of texts that left, or should have: written down once, with their money (ADR 220)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from nummer.apps.messaging.actions import columns
from nummer.apps.messaging.actions.lane import Ask, Steps, run
from nummer.apps.messaging.models import Outgoing, OutgoingState
from nummer.apps.webhooks.actions import News, announce_many
from nummer.kernel.ids import new_ids

REFUSED_BY_CARRIER: Final = "refused_by_carrier"
NOT_SENT_IN_TIME: Final = "not_sent_in_time"
OUTCOME_UNKNOWN: Final = "outcome_unknown"
# Longer than any rule of ours leaves a text without a fate (ADR 221); the ledger frees the rest.
HELD_LONGEST: Final = timedelta(days=14)
# What a carrier says beyond these is cut, since every fate has to be written: SMPP 3.4 has ids of
# 64 characters (section 5.2.23), and statuses that fill all 32 bits are an invention.
MESSAGE_ID_MAX: Final = 65
STATUS_MAX: Final = 2**31 - 1
_AT_ONCE: Final = 1_000  # rows a transaction


class Kind(StrEnum):
    """What can become of a text."""

    SENT = "sent"  # its carrier accepted it
    BACK = "back"  # nothing of it was written: it waits again
    NEXT = "next"  # its carrier did not take it now; the next route has it, or it failed
    FAILED = "failed"
    UNKNOWN = "unknown"  # the link broke before the answer
    ARRIVED = "arrived"  # a receipt told so about one of unknown outcome
    LOST = "lost"  # likewise, and it did not arrive


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one text; `status` is SMPP's command_status, `reason` a word of ours."""

    account_id: int
    id: UUID
    kind: Kind
    carrier: str = ""
    message_id: str = ""
    status: int = 0
    reason: str = ""


class Changed(NamedTuple):
    """A text of a rented number whose state changed."""

    account_id: int
    id: UUID
    lease_id: UUID
    state: str


_FATES: Final = (
    b"SELECT account_id, id, lease_id, state"
    b" FROM messaging_report(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


def report(fates: Sequence[Fate], *, now: datetime) -> list[Changed]:
    """Write down what became of texts and tell of it, in one call and one transaction.

    What has its fate already stays as it is; one of unknown outcome may still be given back or
    handed on by the gateway that took it.
    A text's money is taken when its carrier accepted it, and free when it failed, together with
    those accepted with it. Locks: the texts, their charges, the wallets.
    """
    if not fates:
        return []
    values = (
        columns.integers([fate.account_id for fate in fates]),
        columns.uuids([fate.id for fate in fates]),
        columns.texts([fate.kind.value for fate in fates]),
        columns.texts([fate.carrier for fate in fates]),
        columns.texts([fate.message_id[:MESSAGE_ID_MAX] for fate in fates]),
        columns.integers([min(fate.status, STATUS_MAX) for fate in fates]),
        columns.texts([fate.reason for fate in fates]),
        columns.uuids(new_ids(len(fates))),
        now + HELD_LONGEST,
        now,
    )
    return [Changed(*row) for row in run(asking(_FATES, values))]


def tell(changed: Sequence[Changed], *, now: datetime) -> None:
    """Tell the customers' servers, in the transaction that changed it."""
    announce_many(
        [
            News(one.account_id, "message.updated", one.id, one.lease_id, one.state)
            for one in changed
        ],
        now=now,
    )


def recover_taken(*, now: datetime) -> int:
    """At a gateway's start: what an earlier one had taken may have left or not; return how many.

    Such a text is never sent blindly again; its receipt may still settle it. Where the other
    gateway lives, its word stands over ours, also that nothing of it was written.
    """
    count = 0
    while True:
        rows = Outgoing.objects.filter(state=OutgoingState.TAKEN).order_by("account_id", "id")
        found = list(rows.values_list("account_id", "id")[:_AT_ONCE])
        mark_unknown(found, now=now)
        count += len(found)
        if len(found) < _AT_ONCE:
            return count


def mark_sent(
    row_id: UUID, *, account_id: int, carrier: str, carrier_message_id: str, now: datetime
) -> None:
    """Note that the carrier accepted it and calls it `carrier_message_id`."""
    report(
        [Fate(account_id, row_id, Kind.SENT, carrier=carrier, message_id=carrier_message_id)],
        now=now,
    )


def mark_failed(row_id: UUID, *, account_id: int, status: int, now: datetime) -> None:
    """Note that the carrier refused it with `status` (SMPP 3.4, section 5.1.3)."""
    report(
        [Fate(account_id, row_id, Kind.FAILED, status=status, reason=REFUSED_BY_CARRIER)], now=now
    )


def mark_unknown(rows: Sequence[tuple[int, UUID]], *, now: datetime) -> None:
    """Note that the link broke before the carrier answered for these (account id, row id)."""
    report([Fate(account_id, row_id, Kind.UNKNOWN) for account_id, row_id in rows], now=now)


def give_up(account_id: int, *, sms_id: UUID, reason: str, now: datetime) -> None:
    """Let a text of a rented number end that was not sent in time, or whose fate stays unknown."""
    report([Fate(account_id, sms_id, Kind.FAILED, reason=reason)], now=now)


def call_unknown(account_id: int, *, sms_id: UUID, now: datetime) -> None:
    """Call the outcome of a text unknown that a gateway has had for too long."""
    report([Fate(account_id, sms_id, Kind.UNKNOWN)], now=now)


def asking(statement: bytes, values: Sequence[object]) -> Steps[list[tuple[Any, ...]]]:
    """Ask one statement and return its rows."""
    rows: list[tuple[Any, ...]] = yield Ask(statement, values)
    return rows
