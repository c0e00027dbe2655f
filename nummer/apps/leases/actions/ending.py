"""How leases end, and the switches of their holder. What gives money back is `refunds`'."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.leases.actions import letters, replacing, rows, stock, telling
from nummer.apps.leases.errors import EndingNotExplained
from nummer.apps.leases.leaving import Cause
from nummer.apps.leases.models import (
    Ending,
    Holding,
    Lease,
    Verb,
)
from nummer.apps.leases.ports import lender_called
from nummer.apps.leases.queries import ENDING_WORDS, LeaseRow, lease_row
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.policy.clause import clause
from nummer.policy.lease import LeaseEvent, LeaseState, quarantine_ends

WORDS_MAX: Final = 1_000


@clause(
    "LD-H4",
    quote="You can end a rental at any time to the end of its period",
)
def give_notice(account_id: int, *, lease_id: UUID, now: datetime, why: str = "") -> LeaseRow:
    """End a lease with its paid period: it is not renewed. Giving notice twice is doing so once.

    What was kept back for the next fee is free at once. A lease in grace, whose period is over,
    ends now. `why` is one of REASONS, if the holder named one.
    Refuses: NoSuchLease, LeaseNotLikeThat. Locks: the lease, number for rent, wallet.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        if row.state == LeaseState.CANCELLED:
            return lease_row(row)
        row.leave_reason = why
        state = rows.state_after(row, LeaseEvent.NOTICE_GIVEN)
        if state is LeaseState.RELEASED:
            end(row, event=LeaseEvent.NOTICE_GIVEN, reason="notice", now=now)
        else:
            rows.free_fee(row, now=now)
            row.state, row.retry_at = state, None
            if row.paid_until is not None and row.paid_until <= now:  # its renewal waited
                end(row, event=LeaseEvent.PERIOD_OVER, reason="notice", now=now)
        rows.save(row)
        return lease_row(row)


def take_back_notice(account_id: int, *, lease_id: UUID, now: datetime) -> LeaseRow:
    """Let a lease renew itself again, until its period ends.

    Refuses: NoSuchLease, LeaseNotLikeThat. Locks: the lease.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        if row.state == LeaseState.ACTIVE:
            return lease_row(row)
        row.state = rows.state_after(row, LeaseEvent.NOTICE_TAKEN_BACK)
        row.fee_due_at = now if row.fee_kept else None
        row.leave_reason, row.taken_back_at = "", now
        rows.save(row)
        return lease_row(row)


def keep_fee(account_id: int, *, lease_id: UUID, kept: bool, now: datetime) -> LeaseRow:
    """Keep the next fee back from now on, or let go of it, as the holder wishes.

    Refuses: NoSuchLease, LeaseNotLikeThat (it ended). Locks: the lease, then the wallet.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        rows.state_after(row, LeaseEvent.ENDED_NOW)
        row.fee_kept = kept
        if not kept:
            rows.free_fee(row, now=now)
        elif row.state == LeaseState.ACTIVE:
            row.fee_due_at = now
        rows.save(row)
        return lease_row(row)


def note_why(row: Lease, *, cause: Cause, words: str, actor: str, now: datetime) -> None:
    """Write down why we end a locked lease ourselves, and the words that its holder reads.

    Refuses: EndingNotExplained (the cause says nothing, and neither do the words).
    """
    said = words.replace("\0", " ").strip()[:WORDS_MAX]
    if cause is Cause.OTHER and not said:
        raise EndingNotExplained
    Ending.objects.create(
        account_id=row.account_id,
        lease_id=row.id,
        cause=cause,
        words=seal_text(
            said,
            account_id=row.account_id,
            klass=KeyClass.COMMUNICATION,
            place=ENDING_WORDS,
            row=row.id,
        ),
        actor=actor,
        at=now,
    )


def end(row: Lease, *, event: LeaseEvent, reason: str, now: datetime) -> None:
    """End a locked lease; its number rests, and nobody holds it from this moment on.

    The caller saves. Refuses: LeaseNotLikeThat. Locks: number for rent, then the wallet.
    """
    before = LeaseState(row.state)
    row.state = rows.state_after(row, event)
    if replacing.overtake_offer(row, now=now):
        row.settle_due_at = now  # what the block takes from the paid period is owed still
    rows.free_fee(row, now=now)
    row.ended_at, row.end_reason = now, reason
    row.retry_at = row.kept_until = None
    asked = before not in (LeaseState.PAID, LeaseState.PAPERS)
    stock.let_go(
        row.id,
        number_id=row.number_id,
        free_from=quarantine_ends(now) if asked else now,
        withdrawn=asked and lender_called(row.supplier) is not None,  # it goes back to him
        ported_at=now if event is LeaseEvent.PORTED else None,
    )
    if asked:
        telling.instruct(row, verb=Verb.STOP, now=now)
    Holding.objects.filter(account_id=row.account_id, lease_id=row.id, until_at=None).update(
        until_at=now
    )
    rows.end_what_went_on(row, now=now)
    if row.activated_at is not None or event is LeaseEvent.ENDED_BY_OPERATOR:
        letters.tell_ended(row, now=now)


def note_settled(row: Lease) -> None:
    """Note that `refunds` has answered for how a locked lease ended."""
    row.settle_due_at = None
    rows.save(row)
