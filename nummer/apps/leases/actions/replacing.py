"""A lost number is replaced, and the contract goes on: same id, price, paid period and settings.

What is owed where nothing replaces it is a matter of `refunds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from nummer.apps.leases.actions import letters, rows, stock, telling
from nummer.apps.leases.errors import LeaseNotLikeThat, NoReplacement, NothingOffered, NumberTaken
from nummer.apps.leases.models import Holding, Lease, Rentable, Replacement, Verb
from nummer.apps.leases.ports import lender_called
from nummer.apps.leases.replacements import (
    WORDS,
    ReplacementRow,
    free_for,
    replacement_row,
    take_for,
)
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.clause import clause
from nummer.policy.lease import SERVED, Because, LeaseState, OfferState, quarantine_ends


def withdraw(number: PhoneNumber) -> None:
    """Never offer a number for rent again that its carrier took away. Locks: its row."""
    Rentable.objects.filter(e164=number.e164).update(withdrawn=True)


def offer_others(
    row: Lease,
    *,
    free: Sequence[PhoneNumber],
    reason: str,
    words: str,
    answer_by: datetime,
    actor: str,
    now: datetime,
) -> ReplacementRow:
    """Offer the holder of a locked lease, whose number its carrier blocked, another one.

    He is told at once. The free numbers are not kept for him: he chooses from those that are free
    when he answers.
    """
    made = _write(
        row,
        because=Because.BLOCKED,
        state=OfferState.OFFERED,
        reason=reason,
        words=words,
        answer_by=answer_by,
        actor=actor,
        now=now,
    )
    letters.tell_blocked(row, made, free=free, now=now)
    return replacement_row(made)


def note_none(row: Lease, *, reason: str, words: str, actor: str, now: datetime) -> ReplacementRow:
    """Write down that a locked lease lost its number and that there is none to take its place."""
    made = _write(
        row,
        because=Because.BLOCKED,
        state=OfferState.NONE,
        reason=reason,
        words=words,
        closed_at=now,
        actor=actor,
        now=now,
    )
    return replacement_row(made)


def open_offer(row: Lease) -> ReplacementRow:
    """Return the offer that a locked lease waits with. Refuses: NothingOffered."""
    return replacement_row(_open(row))


def close_offer(row: Lease, *, state: OfferState, actor: str, now: datetime) -> None:
    """End the offer of a locked lease without another number. Refuses: NothingOffered."""
    _close(_open(row), state=state, actor=actor, now=now)


def overtake_offer(row: Lease, *, now: datetime) -> bool:
    """End an offer whose lease ends otherwise; say whether there was one."""
    found = _offered(row)
    if found is not None:
        _close(found, state=OfferState.OVER, actor="system:leases", now=now)
    return found is not None


def accept_offer(
    row: Lease, *, number: PhoneNumber | None, actor: str, now: datetime
) -> ReplacementRow:
    """Let a locked lease go on with the number that its holder chose, or with any that fits.

    Refuses: NothingOffered, NumberTaken (that one is not free), NoReplacement.
    Locks: the numbers for rent.
    """
    found = _open(row)
    new = _swap(row, number=number, blocked=True, now=now)
    found.new_e164 = new.e164
    _close(found, state=OfferState.ACCEPTED, actor=actor, now=now)
    letters.tell_replaced(row, found, now=now)
    return replacement_row(found)


def replace_by_hand(
    row: Lease, *, number: PhoneNumber | None, actor: str, now: datetime
) -> ReplacementRow:
    """Give a locked lease another number because its own fails; its holder agreed.

    The old one rests and may be rented again after that. Refuses: NumberTaken, NoReplacement,
    LeaseNotLikeThat (it serves nobody). Locks: the numbers for rent.
    """
    if LeaseState(row.state) not in SERVED:
        raise LeaseNotLikeThat(state=row.state)
    overtake_offer(row, now=now)
    lost = row.e164
    new = _swap(row, number=number, blocked=False, now=now)
    made = _write(
        row,
        because=Because.FAULT,
        state=OfferState.ACCEPTED,
        old_e164=lost,
        new_e164=new.e164,
        closed_at=now,
        actor=actor,
        now=now,
    )
    letters.tell_replaced(row, made, now=now)
    return replacement_row(made)


@clause(
    "LD-H4",
    quote="A released number is not given to anybody else before its rest period is over, and a "
    "new holder never sees your messages.",
    reading="ADR 0300",
)
def _swap(row: Lease, *, number: PhoneNumber | None, blocked: bool, now: datetime) -> Rentable:
    """Give a locked lease another number and let the old one rest; the caller saves the lease.

    Its messages stay with the lease, and what still comes to the old number is nobody's.
    """
    assert LeaseState(row.state) in SERVED, "only a number that served is replaced"
    new = take_for(row, number=number, now=now)
    if new is None:
        raise NumberTaken if number is not None and free_for(row, now=now) else NoReplacement
    rows.end_what_went_on(row, now=now)  # it was about the number that is lost
    lent = lender_called(row.supplier) is not None
    if lent:
        telling.instruct(row, verb=Verb.STOP, now=now)
    stock.let_go(
        row.id,
        number_id=row.number_id,
        free_from=quarantine_ends(now),
        withdrawn=blocked or lent,
    )
    held = Holding.objects.filter(account_id=row.account_id, lease_id=row.id, until_at=None)
    held.update(until_at=now)
    Holding.objects.create(
        account_id=row.account_id,
        id=new_id(),
        lease_id=row.id,
        number_id=new.number_id,
        e164=new.e164,
        from_at=now,
    )
    row.number_id, row.e164, row.city = new.number_id, new.e164, new.city
    row.carrier, row.supplier = new.carrier, new.supplier
    return new


def _write(
    row: Lease,
    *,
    because: Because,
    state: OfferState,
    actor: str,
    now: datetime,
    old_e164: str = "",
    new_e164: str = "",
    reason: str = "",
    words: str = "",
    answer_by: datetime | None = None,
    closed_at: datetime | None = None,
) -> Replacement:
    made_id = new_id()
    return Replacement.objects.create(
        account_id=row.account_id,
        id=made_id,
        lease_id=row.id,
        because=because,
        reason=reason,
        words=_sealed(row.account_id, made_id, words),
        old_e164=old_e164 or row.e164,
        new_e164=new_e164,
        state=state,
        made_at=now,
        answer_by=answer_by,
        closed_at=closed_at,
        actor=actor,
    )


def _sealed(account_id: int, replacement_id: UUID, words: str) -> bytes | None:
    if not words:
        return None
    return seal_text(
        words,
        account_id=account_id,
        klass=KeyClass.COMMUNICATION,
        place=WORDS,
        row=replacement_id,
    )


def _close(found: Replacement, *, state: OfferState, actor: str, now: datetime) -> None:
    found.state, found.answer_by, found.closed_at, found.actor = state, None, now, actor
    found.save()


def _open(row: Lease) -> Replacement:
    found = _offered(row)
    if found is None:
        raise NothingOffered
    return found


def _offered(row: Lease) -> Replacement | None:
    return Replacement.objects.filter(
        account_id=row.account_id, lease_id=row.id, state=OfferState.OFFERED
    ).first()
