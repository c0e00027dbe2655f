"""Rented numbers that their carrier took away: another one is offered, or money is owed.

What is owed, and whether it may be paid out, says the policy from the facts; here they are written
down and the contract goes on or ends (RP-B2, RP-C2, ADR 300).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.incidents.actions import facts as incidents
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told
from nummer.apps.leases import actions as leases
from nummer.apps.leases import replacements
from nummer.apps.leases.errors import LeaseNotLikeThat, NoReplacement, NothingOffered
from nummer.apps.leases.models import Lease
from nummer.apps.leases.queries import lease_row
from nummer.apps.leases.replacements import ReplacementRow
from nummer.apps.refunds.actions.booking import SYSTEM
from nummer.apps.refunds.actions.leases import judge_end
from nummer.apps.refunds.facts import contract_place
from nummer.apps.refunds.rentals import life_of
from nummer.kernel.ids import id_of
from nummer.kernel.phone import PhoneNumber
from nummer.policy.lease import (
    ENDS,
    PENDING,
    SERVED,
    LeaseEvent,
    LeaseState,
    OfferState,
    answer_by,
)

# Why a lease ended whose number its carrier took away.
DECLINED: Final = "blocked"  # another one was declined, or nobody answered in time
ALONE: Final = "blocked_alone"  # there was no other one
FOR_USE: Final = "blocked_for_use"  # it was blocked for what its holder did
CLIENTS: Final = "client_activity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """That a carrier took a number away: why, in our word and in his, and how we learned of it."""

    reason: str
    words: str = ""
    happened_at: datetime
    learned_at: datetime
    source: Source = Source.CARRIER
    actor: str
    reference: str = ""
    evidence: str = ""
    key: UUID | None = None


def block_rented(number: PhoneNumber, *, block: Block, now: datetime) -> UUID | None:
    """Answer whoever rents a number that its carrier took away; return his lease, if there is one.

    In the transaction that took the notice. Whoever got the number in this very moment is
    answered, too. Repeating it changes nothing.
    Locks: the lease, the number for rent, the wallet.
    """
    answered = _block_held(number, block=block, now=now)
    leases.withdraw(number)
    return answered or _block_held(number, block=block, now=now)


def _block_held(number: PhoneNumber, *, block: Block, now: datetime) -> UUID | None:
    holder = replacements.holder_now(number)
    if holder is None:
        return None
    account_id, lease_id = holder
    row = leases.locked(account_id, lease_id)
    if row.e164 != number.e164 or LeaseState(row.state) in ENDS:
        return None
    _lose(row, block, now)
    return row.id


def block_lease(account_id: int, *, lease_id: UUID, block: Block, now: datetime) -> None:
    """Do the same for one lease, as the staff learned of it.

    Refuses: NoSuchLease, LeaseNotLikeThat (it ended). Locks: as `block_rented`.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        if LeaseState(row.state) in ENDS:
            raise LeaseNotLikeThat(state=row.state)
        number = PhoneNumber(row.e164)
        _lose(row, block, now)
        leases.withdraw(number)


def _lose(row: Lease, block: Block, now: datetime) -> None:
    """Write the block down and offer another number, or end what cannot go on."""
    if LeaseState(row.state) in PENDING:
        leases.fail_lost(row, now=now)
        return
    _note_block(row, block)
    waiting = replacements.offer(row.account_id, lease_id=row.id)
    if block.reason == CLIENTS:
        _end(row, reason=FOR_USE, actor=block.actor, now=now)
    elif LeaseState(row.state) not in SERVED:  # its paid period is over: nothing goes on
        _end(row, reason=DECLINED, actor=block.actor, now=now)
    elif waiting is None:
        _offer(row, block, now)


def _offer(row: Lease, block: Block, now: datetime) -> None:
    free = _searched(row, source=Source.SYSTEM, actor=SYSTEM, now=now)
    if not free:
        leases.note_none(row, reason=block.reason, words=block.words, actor=SYSTEM, now=now)
        _end(row, reason=ALONE, actor=SYSTEM, now=now)
        return
    _, country = contract_place(accounts.account(row.account_id).country)
    leases.offer_others(
        row,
        free=free,
        reason=block.reason,
        words=block.words,
        answer_by=answer_by(now, timezone=row.timezone, country=country),
        actor=SYSTEM,
        now=now,
    )


def accept_other(
    account_id: int,
    *,
    lease_id: UUID,
    number: PhoneNumber | None = None,
    actor: str,
    source: Source = Source.PAGE,
    now: datetime,
) -> ReplacementRow | None:
    """Let a contract go on with the number its holder chose, or with any that fits.

    Where the last one was taken in between, the search is logged again and the contract ends as
    if there had been none; then None is returned.
    Refuses: NoSuchLease, NothingOffered, NumberTaken (others are free).
    Locks: the lease, the numbers for rent, the wallet.
    """
    with transaction.atomic():
        row = _offered(account_id, lease_id, now)
        if not replacements.free_for(row, now=now, limit=1):
            leases.close_offer(row, state=OfferState.NONE, actor=actor, now=now)
            _searched(row, source=Source.SYSTEM, actor=SYSTEM, now=now)
            _end(row, reason=ALONE, actor=SYSTEM, now=now)
            return None
        done = leases.accept_offer(row, number=number, actor=actor, now=now)
        _note_answer(row, accepted=True, source=source, actor=actor, of=done.id, now=now)
        leases.save(row)
        return done


def decline_other(
    account_id: int,
    *,
    lease_id: UUID,
    actor: str,
    source: Source = Source.PAGE,
    now: datetime,
) -> None:
    """End a contract whose holder wants no other number; what is left of it returns (RP-B2).

    Refuses: NoSuchLease, NothingOffered. Locks: the lease, the number for rent, the wallet.
    """
    with transaction.atomic():
        row = _offered(account_id, lease_id, now)
        offered = leases.open_offer(row)
        leases.close_offer(row, state=OfferState.DECLINED, actor=actor, now=now)
        _note_answer(row, accepted=False, source=source, actor=actor, of=offered.id, now=now)
        _end(row, reason=DECLINED, actor=actor, now=now)


def end_offer(account_id: int, *, lease_id: UUID, now: datetime) -> None:
    """In the sweeper: end a contract whose holder did not answer in time, as if he had declined.

    A number that its carrier gave back since goes on. Repeating it changes nothing.
    Locks: the lease, the number for rent, the wallet.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        offered = replacements.offer(account_id, lease_id=lease_id)
        if offered is None or offered.answer_by is None or offered.answer_by > now:
            return
        if _blocked_still(row, now):
            leases.close_offer(row, state=OfferState.LAPSED, actor=SYSTEM, now=now)
            _end(row, reason=DECLINED, actor=SYSTEM, now=now)
        else:
            leases.close_offer(row, state=OfferState.OVER, actor=SYSTEM, now=now)


def replace_by_hand(
    account_id: int,
    *,
    lease_id: UUID,
    number: PhoneNumber | None = None,
    actor: str,
    now: datetime,
) -> ReplacementRow:
    """Give a contract another number, since its own fails and its holder agreed to another.

    The search is logged whatever it finds (RP-C2). Refuses: NoSuchLease, LeaseNotLikeThat,
    NoReplacement, NumberTaken. Locks: the lease, the numbers for rent.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        if LeaseState(row.state) not in SERVED:
            raise LeaseNotLikeThat(state=row.state)
        free = _searched(row, source=Source.STAFF, actor=actor, now=now)
        if free:
            done = leases.replace_by_hand(row, number=number, actor=actor, now=now)
            _note_answer(row, accepted=True, source=Source.STAFF, actor=actor, of=done.id, now=now)
            leases.save(row)
            return done
    raise NoReplacement  # after the search was written down


def search_for_lease(account_id: int, *, lease_id: UUID, actor: str, now: datetime) -> int:
    """Look for another number for a lease, and log what was found (RP-C2); return how many.

    Refuses: NoSuchLease, LeaseNotLikeThat (it ended). Locks: the lease.
    """
    with transaction.atomic():
        row = leases.locked(account_id, lease_id)
        if LeaseState(row.state) in ENDS:
            raise LeaseNotLikeThat(state=row.state)
        return len(_searched(row, source=Source.STAFF, actor=actor, now=now))


def _offered(account_id: int, lease_id: UUID, now: datetime) -> Lease:
    """Return a locked lease with an offer that stands. Refuses: NoSuchLease, NothingOffered."""
    row = leases.locked(account_id, lease_id)
    offered = leases.open_offer(row)
    if offered.answer_by is not None and offered.answer_by <= now:
        raise NothingOffered
    return row


def _blocked_still(row: Lease, now: datetime) -> bool:
    return "carrier_block" in life_of(lease_row(row), now=now)


def _searched(row: Lease, *, source: Source, actor: str, now: datetime) -> Sequence[PhoneNumber]:
    """Search for numbers that may replace a locked lease's, and log what was found."""
    free = replacements.free_for(row, now=now)
    what = replacements.wanted(row)
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.RENTAL, row.id),
        kind=Kind.SEARCHED,
        holds=bool(free),
        told=Told(source, actor, now),
        snapshot={
            "country": what.country,
            "kind": what.kind,
            "city": what.city or "",
            "sms": what.sms,
            "voice": what.voice,
            "free": len(free),
        },
        now=now,
    )
    return free


def _note_block(row: Lease, block: Block) -> None:
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.RENTAL, row.id),
        kind=Kind.CARRIER_BLOCK,
        word=block.reason,
        told=Told(
            source=block.source,
            actor=block.actor,
            happened_at=block.happened_at,
            evidence=block.evidence or block.words,
            reference=block.reference,
            key=block.key,
        ),
        now=block.learned_at,
    )


def _note_answer(
    row: Lease, *, accepted: bool, source: Source, actor: str, of: UUID, now: datetime
) -> None:
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.RENTAL, row.id),
        kind=Kind.ANSWERED,
        holds=accepted,
        told=Told(source, actor, now, key=id_of("replacement-answered", of)),
        now=now,
    )


def _end(row: Lease, *, reason: str, actor: str, now: datetime) -> None:
    """End a locked lease for the block of its number, and give back what the policy says."""
    leases.overtake_offer(row, now=now)
    leases.end(row, event=LeaseEvent.ENDED_BY_OPERATOR, reason=reason, now=now)
    row.settle_due_at = None
    leases.save(row)
    judge_end(row, actor=actor, surface="carrier", asked=None, now=now)
