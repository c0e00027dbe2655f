"""How one-time orders end, and what the policy gives for it by itself."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.incidents.actions import facts as incidents
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told
from nummer.apps.incidents.actions.notices import CarrierEvent, NoticeRow, Signed, take_notice
from nummer.apps.ledger import queries as wallets
from nummer.apps.numbers import actions as numbers
from nummer.apps.numbers import queries as stock
from nummer.apps.numbers.errors import ActivationClosed
from nummer.apps.numbers.models import OPEN_STATES, Activation, ActivationState
from nummer.apps.orders import queries as orders
from nummer.apps.refunds.actions import deadlines
from nummer.apps.refunds.actions.booking import (
    SYSTEM,
    Decided,
    book,
    earlier_decisions,
    judged,
    told,
)
from nummer.apps.refunds.actions.lost_numbers import Block, block_rented
from nummer.apps.refunds.errors import CodeAlreadyShown, RestrictionIgnored
from nummer.apps.refunds.facts import contract_place, one_time_facts, what_is_known
from nummer.apps.refunds.models import Decision, Taken
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import id_of
from nummer.kernel.phone import PhoneNumber
from nummer.policy import calendar
from nummer.policy.refund.deadlines import CREDIT_WORKING_DAYS


def cancel_activation(
    account_id: int, *, activation_id: int, surface: str, now: datetime
) -> Decided:
    """Cancel an order whose code has not come, and give its full price back (RP-B4).

    Cancelling twice is cancelling once: the second call returns the first decision.
    Refuses: NoSuchActivation, CodeAlreadyShown (RP-N2), ActivationClosed,
    RestrictionIgnored (RP-X4).
    Locks: the activation, its slot, the wallet.
    """
    with transaction.atomic():
        row = numbers.locked_by_public_id(account_id, activation_id=activation_id)
        if row.state == ActivationState.CANCELLED:
            return _first_decision(row)
        if row.displayed_at is not None:
            raise CodeAlreadyShown
        if row.state not in OPEN_STATES:
            raise ActivationClosed(state=row.state)
        ended = now > row.window_ends_at
        numbers.close_activation(
            row, end=ActivationState.EXPIRED if ended else ActivationState.CANCELLED, now=now
        )
        decided = _settle(
            row,
            actor=f"customer:{account_id}",
            surface=surface,
            now=now,
            cancelled_at=None if ended else now,
        )
        if not ended and decided.clause == "RP-X4":
            raise RestrictionIgnored
        return decided


def end_window(account_id: int, *, key: UUID, now: datetime) -> None:
    """At the end of a window: finish an activation with a code, credit one without (RP-B4).

    Repeating it changes nothing. Locks: the activation, its slot, the wallet.
    """
    with transaction.atomic():
        row = numbers.locked_activation(account_id, key=key)
        if row.state not in OPEN_STATES or now <= row.window_ends_at:
            return
        if row.displayed_at is not None:
            numbers.close_activation(row, end=ActivationState.FINISHED, now=now)
            standing.count_outcome(account_id, with_code=True, now=now)
            return
        numbers.close_activation(row, end=ActivationState.EXPIRED, now=now)
        _settle(row, actor=SYSTEM, surface="system", now=now)


def finish_activation(account_id: int, *, activation_id: int, now: datetime) -> None:
    """End an activation whose code was shown; nothing is paid back (RP-N2).

    Refuses: NoSuchActivation, NoCodeYet, ActivationClosed.
    """
    with transaction.atomic():
        if numbers.finish_activation(account_id, activation_id=activation_id, now=now):
            standing.count_outcome(account_id, with_code=True, now=now)


def carrier_notice(signed: Signed, *, received_at: datetime, now: datetime) -> NoticeRow:
    """Take a carrier's signed notice; a number it blocked ends for whoever waits on it (RP-B2).

    The notice and what is owed for it stand together: a kill between leaves nothing undone.
    Refuses: what `incidents.take_notice` refuses. Locks: as `number_blocked`.
    """
    with transaction.atomic():
        notice = take_notice(signed, received_at=received_at, now=now)
        held = []
        if notice.event is CarrierEvent.BLOCK and notice.number is not None:
            held = _take(notice.number, reason=notice.reason, now=now)
            block_rented(
                notice.number,
                block=Block(
                    reason=notice.reason,
                    words=notice.words,
                    happened_at=notice.happened_at,
                    learned_at=notice.received_at,
                    actor=f"carrier:{notice.carrier}",
                    key=id_of("notice-of-lease", notice.id),
                ),
                now=now,
            )
    for account_id, key in held:
        end_taken(account_id, key=key, now=now)
    return notice


def number_blocked(number: PhoneNumber, *, reason: str, now: datetime, words: str = "") -> int:
    """Credit whoever still waits for a code on a number that its carrier took away (RP-B2).

    `reason` is a word of the scenario form: unrelated, unknown or client_activity. Returns how
    many activations and leases it took the number from. An activation is noted as due together
    with the block, so what a kill leaves open the sweeper ends, under the same clause and with
    this `now`; a lease is answered in the same transaction.
    Locks: number and slots, the lease; then as `end_taken`, one after another.
    """
    block = Block(
        reason=reason, words=words, happened_at=now, learned_at=now, actor="carrier:unsigned"
    )
    with transaction.atomic():
        held = _take(number, reason=reason, now=now)
        lease = block_rented(number, block=block, now=now)
    ended = sum(end_taken(account_id, key=key, now=now) for account_id, key in held)
    return ended + (lease is not None)


def _take(number: PhoneNumber, *, reason: str, now: datetime) -> list[tuple[int, UUID]]:
    """Take a number out of sale and note who is owed an answer: (account, activation) each."""
    held = numbers.block_number(number, now=now)
    Taken.objects.bulk_create(
        [
            Taken(account_id=account_id, activation_id=key, reason=reason, taken_at=now)
            for account_id, key in held
        ],
        ignore_conflicts=True,
    )
    return held


def end_taken(account_id: int, *, key: UUID, now: datetime) -> bool:
    """End an activation whose number was taken away, and credit it where no code came (RP-B2).

    `now` is when it was taken. Says whether this call ended it. A window that had ended before is
    left to `end_window`. Repeating it changes nothing. Locks: the note, the activation, its slot,
    the wallet.
    """
    with transaction.atomic():
        note = (
            Taken.objects.select_for_update().filter(account_id=account_id, activation_id=key)
        ).first()
        if note is None:
            return False
        row = numbers.locked_activation(account_id, key=key)
        ended = row.state == ActivationState.WAITING and note.taken_at <= row.window_ends_at
        if ended:
            numbers.close_activation(row, end=ActivationState.FAILED, now=now)
            _note_block(row, note)
            _settle(row, actor="system:carrier", surface="carrier", now=now)
        note.delete()
        return ended


def _note_block(row: Activation, note: Taken) -> None:
    """Write the block down as a fact of the order, in the transaction that judges it."""
    incidents.record(
        row.account_id,
        subject=Subject(SubjectKind.ONE_TIME, row.order_id),
        kind=Kind.CARRIER_BLOCK,
        word=note.reason,
        told=Told(
            source=Source.CARRIER,
            actor=f"carrier:{row.carrier}",
            happened_at=note.taken_at,
            key=id_of("taken", row.id),
        ),
        now=note.taken_at,
    )


def _settle(
    row: Activation,
    *,
    actor: str,
    surface: str,
    now: datetime,
    cancelled_at: datetime | None = None,
) -> Decided:
    """Decide on a closed activation without a code, book the answer, keep the reasons."""
    account_id = row.account_id
    order = orders.order(account_id, order_id=row.order_id)
    facts = one_time_facts(
        order=order,
        activation=row,
        customer=accounts.account(account_id),
        balance=wallets.balance(account_id).total,
        earlier=earlier_decisions(order),
        known=what_is_known(order, row, now=now),
        now=now,
        cancelled_at=cancelled_at,
    )
    standing.count_outcome(account_id, with_code=False, now=now)
    return told(book(order, judged=judged(facts), actor=actor, surface=surface, now=now))


def _first_decision(row: Activation) -> Decided:
    rows = Decision.objects.filter(account_id=row.account_id, order_id=row.order_id)
    first = rows.order_by("-credited_micro", "decided_at").first()  # a claim may stand beside it
    assert first is not None, "an order that was cancelled was decided"
    return told(first)


def note_overdue(account_id: int, *, key: UUID, now: datetime) -> None:
    """Note until when a credit is owed that could not be booked when it fell due (RP-T2).

    Repeating it changes nothing.
    """
    row = stock.activation_by_key(account_id, key=key)
    if row is None or row.state not in OPEN_STATES or row.displayed_at is not None:
        return
    zone, country = contract_place(accounts.account(account_id).country)
    deadlines.open_deadline(
        account_id,
        kind=deadlines.CREDIT,
        subject_id=key,
        order_id=row.order_id,
        last_day=calendar.working_days_after(
            calendar.local_date(min(now, row.window_ends_at), timezone=zone),
            count=CREDIT_WORKING_DAYS,
            country=country,
        ),
        timezone=zone,
        now=now,
    )
