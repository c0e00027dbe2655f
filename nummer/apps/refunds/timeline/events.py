"""What happened to a one-time order, each with its moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from nummer.apps.incidents.queries import Known
from nummer.apps.messaging.traces import Reason, Trace
from nummer.apps.notify.queries import LetterRow
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds.timeline.prospect import Prospect
from nummer.kernel.ids import id_of
from nummer.kernel.money import Money


class HasId(Protocol):
    """A decision, of which only the id is asked."""

    @property
    def id(self) -> UUID:
        """Its id."""


class Kind(StrEnum):
    """What can happen, in the order in which it happens at one moment."""

    ORDERED = "ordered"
    NUMBER_SHOWN = "number_shown"
    ANNOUNCED = "announced"
    SMS_RECEIVED = "sms_received"
    CODE_SHOWN = "code_shown"
    ANOTHER_ASKED = "another_asked"
    PROBLEM_REPORTED = "problem_reported"
    WORKS_AGAIN = "works_again"
    NUMBER_BLOCKED = "number_blocked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    FAILED = "failed"
    FINISHED = "finished"
    WINDOW_ENDED = "window_ended"
    KEPT = "kept"
    CREDITED = "credited"
    PAYOUT_GRANTED = "payout_granted"
    CONFIRMATION_WRITTEN = "confirmation_written"
    REFUND_WRITTEN = "refund_written"
    ANSWER_WRITTEN = "answer_written"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. What does not belong to its kind is None.

    `amount` and `clause` say what moved and by which rule; `reason` is that of an SMS; `sent_at`
    is when a letter left us, None while it waits or where it is one of many in a bundle.
    """

    kind: Kind
    at: datetime
    reason: Reason | None = None
    parts: int | None = None
    amount: Money | None = None
    clause: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What one decision gave, by which clause, and when the customer was told."""

    id: UUID
    clause: str
    credited: Money
    paid_out: Money
    of_claim: bool
    decided_at: datetime
    notified_at: datetime | None


def events_of(
    *,
    row: ActivationRow,
    order: OrderRow,
    traces: Sequence[Trace],
    told: Sequence[Told],
    prospect: Prospect,
    blocked_at: datetime | None,
    letters: Mapping[UUID, LetterRow],
    known: Sequence[Known],
) -> list[Event]:
    """Return everything that happened to an order, earliest first."""
    found = [
        Event(Kind.ORDERED, order.placed_at, amount=order.total),
        Event(Kind.NUMBER_SHOWN, row.opened_at),
        *_of_customer(row),
        *_of_messages(row, traces),
        *_of_reports(known),
        *_of_carrier(row, blocked_at),
        *_of_end(row),
        *_of_money(row, told, prospect),
        *_of_letters(order, told, letters),
    ]
    return sorted(found, key=lambda event: (event.at, _RANK[event.kind]))


def _of_customer(row: ActivationRow) -> Iterator[Event]:
    if row.announced_at is not None:
        yield Event(Kind.ANNOUNCED, row.announced_at)
    if row.another_asked_at is not None:
        yield Event(Kind.ANOTHER_ASKED, row.another_asked_at)


def _of_messages(row: ActivationRow, traces: Sequence[Trace]) -> Iterator[Event]:
    """Tell of each SMS when we received it, and of each code when it stood in the order table."""
    for trace in traces:
        yield Event(Kind.SMS_RECEIVED, trace.received_at, reason=trace.reason, parts=trace.parts)
        if trace.reason is Reason.CODE_FOUND:
            yield Event(Kind.CODE_SHOWN, trace.filed_at)
    purged = all(trace.reason is not Reason.CODE_FOUND for trace in traces)
    if row.displayed_at is not None and purged:
        yield Event(Kind.CODE_SHOWN, row.displayed_at)


def _of_reports(known: Sequence[Known]) -> Iterator[Event]:
    """Tell of each contact about a number that does not work, and of what we say it ended."""
    kinds = {"problem": Kind.PROBLEM_REPORTED, "works": Kind.WORKS_AGAIN}
    for each in known:
        if each.own and each.what in kinds:
            yield Event(kinds[each.what], each.happened_at)


def _of_carrier(row: ActivationRow, blocked_at: datetime | None) -> Iterator[Event]:
    """Tell of a number that was taken after its code; before a code the order ends by it."""
    last = row.closed_at or row.window_ends_at
    if blocked_at is not None and row.state != "failed" and row.opened_at <= blocked_at <= last:
        yield Event(Kind.NUMBER_BLOCKED, blocked_at)


def _of_end(row: ActivationRow) -> Iterator[Event]:
    if row.closed_at is None:
        return
    match row.state.value:
        case "cancelled":
            yield Event(Kind.CANCELLED, row.closed_at)
        case "expired":
            yield Event(Kind.EXPIRED, row.window_ends_at)
        case "failed":
            yield Event(Kind.FAILED, row.closed_at)
        case "finished" if row.closed_at > row.window_ends_at:
            yield Event(Kind.WINDOW_ENDED, row.window_ends_at)
        case "finished":
            yield Event(Kind.FINISHED, row.closed_at)


def _of_money(row: ActivationRow, told: Sequence[Told], prospect: Prospect) -> Iterator[Event]:
    """Tell of what was booked; without a booking the end of the order settles it."""
    for each in told:
        if each.credited.micro:
            yield Event(Kind.CREDITED, each.decided_at, amount=each.credited, clause=each.clause)
        if each.paid_out.micro:
            yield Event(
                Kind.PAYOUT_GRANTED, each.decided_at, amount=each.paid_out, clause=each.clause
            )
    if row.closed_at is not None and not any(each.credited.micro for each in told):
        yield Event(Kind.KEPT, row.closed_at, clause=prospect.clause)


def letter_ids(order: OrderRow, decided: Sequence[HasId]) -> list[UUID]:
    """Return the ids that an order's own letters have; in a bundle the first one gives its id."""
    found = [id_of("order-confirmation", order.id)]
    for each in decided:
        found += [id_of("order-refunded", each.id), id_of("claim-decided", each.id)]
    return found


def _of_letters(
    order: OrderRow, told: Sequence[Told], letters: Mapping[UUID, LetterRow]
) -> Iterator[Event]:
    written = [
        (Kind.CONFIRMATION_WRITTEN, id_of("order-confirmation", order.id), order.confirmed_at)
    ]
    for each in told:
        if each.of_claim:
            key = id_of("claim-decided", each.id)
            written.append((Kind.ANSWER_WRITTEN, key, each.notified_at))
        else:
            key = id_of("order-refunded", each.id)
            written.append((Kind.REFUND_WRITTEN, key, each.notified_at))
    for kind, key, at in written:
        if at is not None:
            letter = letters.get(key)
            yield Event(kind, at, sent_at=None if letter is None else letter.sent_at)
