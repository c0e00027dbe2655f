"""A lease passes to another customer: the holder offers it, the other accepts, the holder confirms.

Three words, each of them given in the account of who says it (ADR 290). With the last one the
giver's lease ends and the receiver's begins, in one transaction. The paid period goes with the
number and nothing moves in the ledger. Both leases stay what they are: whatever came in before
belongs to the giver's, whatever comes later to the receiver's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.audit import actions as audit
from nummer.apps.catalogue.leasing import LeaseQuote, lease_quote
from nummer.apps.identity import queries as identity
from nummer.apps.leases import handovers, queries
from nummer.apps.leases.actions import letters, rows, stock
from nummer.apps.leases.actions.renting import (
    Wish,
    documents_of,
    period_id,
    require_allowed,
    require_price,
    text_of,
)
from nummer.apps.leases.errors import (
    HandoverNotAccepted,
    HandoverNotPossible,
    HandoverOver,
    HandoverReceiverNotReady,
    LeaseNotLikeThat,
    NoSuchHandover,
    PapersNotApproved,
    TooManyHandovers,
)
from nummer.apps.leases.handovers import TO_EMAIL, Given, Offered, given_row
from nummer.apps.leases.leaving import HANDED_OVER
from nummer.apps.leases.models import (
    HANDOVER_OPEN,
    PORT_OUT_OPEN,
    Handover,
    HandoverState,
    Holding,
    Lease,
    Period,
    PortOut,
    Replacement,
)
from nummer.apps.leases.ports import outage_open
from nummer.apps.standing import queries as suspensions
from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.money import Money
from nummer.policy.clause import clause
from nummer.policy.lease import LeaseEvent, LeaseState, OfferState, handover_lapses, reminders

OFFERS_A_DAY_MAX: Final = 5
_A_DAY: Final = timedelta(days=1)
SURFACE: Final = "handover"
_PLACE: Final = "leases_handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the receiver says with his word: texts that he was shown, and the most a month costs.

    `terms`: he ticked the restrictions and that the contract begins at once.
    """

    texts: Sequence[AcceptedText]
    terms: bool
    monthly_max: Money | None


def offer(account_id: int, *, lease_id: UUID, email: str, key: UUID, now: datetime) -> Given:
    """Offer a lease to whoever has an account with an address; the same key again offers it once.

    The answer is the same, and takes as long, whether there is such an account: who it is, is
    looked up by the sweeper. Refuses: NoSuchLease, HandoverNotPossible, TooManyHandovers.
    Locks: the lease.
    """
    with transaction.atomic():
        row = rows.locked(account_id, lease_id)
        handover_id = id_of("handover", account_id, lease_id, key)
        first = Handover.objects.filter(account_id=account_id, id=handover_id).first()
        if first is not None:
            return given_row(first)
        _require_movable(row, now)
        _require_room(row, now)
        address = normalise_email(email)
        if address == normalise_email(accounts.email(account_id) or ""):
            raise HandoverNotPossible
        new = Handover.objects.create(
            account_id=account_id,
            id=handover_id,
            lease_id=lease_id,
            e164=row.e164,
            to_email=seal_text(
                address,
                account_id=account_id,
                klass=KeyClass.IDENTITY,
                place=TO_EMAIL,
                row=handover_id,
            ),
            offered_at=now,
            expires_at=handover_lapses(now),
            due_at=now,
        )
        _record(new, "offer_handover", actor=f"customer:{account_id}", now=now)
        return given_row(new)


def handover_moment(account_id: int, *, handover_id: UUID, now: datetime) -> None:
    """In the sweeper: find who it is offered to and write to him, or let it lapse.

    Being called twice or late does the same. Locks: the handover.
    """
    with transaction.atomic():
        row = _locked(account_id, handover_id)
        if row.due_at is None or row.due_at > now:
            return
        if now >= row.expires_at:
            _end(row, HandoverState.LAPSED, now=now)
            letters.tell_handover_ended(row, now=now)
            return
        receiver = accounts.account_by_email(handovers.email_of(row))
        row.due_at = row.expires_at
        if receiver is not None and receiver.id != account_id and receiver.closed_at is None:
            row.to_account_id = receiver.id
            letters.tell_offered(row, now=now)
        row.save(update_fields=["due_at", "to_account_id"])


def quote_for(to_account_id: int, *, offered: Offered, now: datetime) -> LeaseQuote:
    """Return what a month costs the receiver: the price that holds for him now, without a set-up.

    Refuses: NoPrice, UnknownCountry.
    """
    receiver = accounts.account(to_account_id)
    return lease_quote(
        country=offered.country,
        kind=offered.kind,
        currency=receiver.currency,
        customer_country=accounts.tax_country(receiver),
        now=now,
    )


def accept(
    to_account_id: int, *, handover_id: UUID, agreed: Agreed, key: UUID, now: datetime
) -> Offered:
    """Let the receiver agree to a contract of his own; accepting twice is accepting once.

    Papers that the number needs must be his, and approved before. Nothing is charged.
    Refuses: NoSuchHandover, HandoverOver, PapersNotApproved, and what an order of the number
    refuses: texts, consent, price, confirmation, suspension. Locks: the handover.
    """
    with transaction.atomic():
        row = _locked_of_receiver(to_account_id, handover_id)
        shown = handovers.offered(to_account_id, handover_id=handover_id)
        if row.state in (HandoverState.ACCEPTED, HandoverState.DONE):
            return shown
        _require_open(row, now)
        receiver = accounts.require_confirmed(to_account_id)
        wish = Wish(
            country=shown.country,
            kind=shown.kind,
            key=key,
            surface=SURFACE,
            texts=agreed.texts,
            consent_immediate=agreed.terms,
            max_first=agreed.monthly_max,
        )
        require_allowed(receiver, wish, now)
        quote = quote_for(to_account_id, offered=shown, now=now)
        require_price(wish, quote.monthly.total)
        _require_papers(to_account_id, _lease_of(row), now)
        row.state, row.accepted_at = HandoverState.ACCEPTED, now
        row.price_id, row.monthly_net_micro = quote.price_id, quote.monthly.net.micro
        row.currency, row.texts = receiver.currency, [text_of(text) for text in agreed.texts]
        row.save()
        _record(row, "accept_handover", actor=f"customer:{to_account_id}", now=now)
        letters.tell_handover_accepted(row, now=now)
        return handovers.offered(to_account_id, handover_id=handover_id)


def decline(to_account_id: int, *, handover_id: UUID, now: datetime) -> None:
    """Let the receiver say no, until the handover is done; saying it twice is saying it once.

    Refuses: NoSuchHandover, HandoverOver. Locks: the handover.
    """
    with transaction.atomic():
        row = _locked_of_receiver(to_account_id, handover_id)
        if row.state == HandoverState.DECLINED:
            return
        _require_open(row, now)
        _end(row, HandoverState.DECLINED, now=now)
        _record(row, "decline_handover", actor=f"customer:{to_account_id}", now=now)
        letters.tell_handover_ended(row, now=now)


def withdraw_handover(account_id: int, *, handover_id: UUID, now: datetime) -> None:
    """Let the giver change his mind, until the handover is done; twice is once.

    A receiver who was found is told. Refuses: NoSuchHandover, HandoverOver. Locks: the handover.
    """
    with transaction.atomic():
        row = _locked(account_id, handover_id)
        if row.state == HandoverState.WITHDRAWN:
            return
        if row.state not in HANDOVER_OPEN:
            raise HandoverOver
        _end(row, HandoverState.WITHDRAWN, now=now)
        _record(row, "withdraw_handover", actor=f"customer:{account_id}", now=now)
        letters.tell_handover_withdrawn(row, now=now)


@clause(
    "LD-H7",
    quote="You rent the number; it does not become your property.",
    reading="ADR 0290",
)
def hand_over(account_id: int, *, handover_id: UUID, now: datetime) -> Given:
    """Let the giver confirm: his lease ends, and the receiver's begins at this very moment.

    Confirming twice hands over once. What the receiver needs is looked at again.
    Refuses: NoSuchHandover, HandoverOver, HandoverNotAccepted, HandoverNotPossible,
    HandoverReceiverNotReady. Locks: the giver's lease, the handover, the number for rent, the
    giver's wallet.
    """
    found = handovers.given(account_id, handover_id=handover_id)
    with transaction.atomic():
        old = rows.locked(account_id, found.lease_id)
        row = _locked(account_id, handover_id)
        if row.state == HandoverState.DONE:
            return given_row(row)
        _require_open(row, now)
        if row.state != HandoverState.ACCEPTED:
            raise HandoverNotAccepted
        _require_movable(old, now)
        _require_ready(row, old, now)
        new = _begun(row, old, now)
        _end_old(old, new, now)
        row.to_lease_id = new.id
        _end(row, HandoverState.DONE, now=now)
        rows.save(new)
        _begin_new(row, old, new, now)
        _record(row, "hand_over", actor=f"customer:{account_id}", now=now)
        return given_row(row)


def _begun(row: Handover, old: Lease, now: datetime) -> Lease:
    """Return the receiver's lease: a contract of his own on the giver's days (ADR 290)."""
    assert row.to_account_id is not None, "somebody accepted"
    assert row.accepted_at is not None, "somebody accepted"
    assert row.price_id is not None, "at a price"
    assert row.monthly_net_micro is not None, "at a price"
    assert old.paid_until is not None, "what is handed over was activated"
    receiver = accounts.account(row.to_account_id)
    past = [at for at in reminders(old.paid_until, timezone=old.timezone) if at <= now]
    return Lease(
        account_id=row.to_account_id,
        id=new_id(),
        key=row.id,
        number_id=old.number_id,
        e164=old.e164,
        country=old.country,
        kind=old.kind,
        city=old.city,
        carrier=old.carrier,
        supplier=old.supplier,
        supply_id=old.supply_id or old.id,
        state=LeaseState.ACTIVE,
        price_id=row.price_id,
        monthly_net_micro=row.monthly_net_micro,
        currency=row.currency,
        timezone=old.timezone,
        surface=SURFACE,
        consent_immediate_at=row.accepted_at,
        texts=row.texts,
        documents=documents_of(receiver.locale, row.accepted_at),
        fee_kept=True,
        fee_due_at=now,
        placed_at=row.accepted_at,
        activated_at=now,
        anchor_at=old.anchor_at,
        months=old.months,
        paid_until=old.paid_until,
        reminded=len(past),
        tries=old.tries,
    )


def _end_old(old: Lease, new: Lease, now: datetime) -> None:
    """End the giver's lease, and have the number change hands without a rest between."""
    rows.free_fee(old, now=now)
    old.state = rows.state_after(old, LeaseEvent.HANDED_OVER)
    old.ended_at, old.end_reason, old.retry_at = now, HANDED_OVER, None
    Holding.objects.filter(account_id=old.account_id, lease_id=old.id, until_at=None).update(
        until_at=now
    )
    stock.pass_on(
        old.id,
        number_id=old.number_id,
        to_account_id=new.account_id,
        to_lease_id=new.id,
        now=now,
    )
    rows.save(old)
    letters.tell_ended(old, now=now)


def _begin_new(row: Handover, old: Lease, new: Lease, now: datetime) -> None:
    """Write what is left of the paid period, which cost the receiver nothing, and his holding."""
    _, rate_bp = rows.fee(new, now=now)
    Period.objects.create(
        account_id=new.account_id,
        id=period_id(new.id, place=0),
        lease_id=new.id,
        place=0,
        starts_at=now,
        ends_at=old.paid_until,
        monthly_net_micro=0,
        monthly_tax_micro=0,
        setup_net_micro=0,
        setup_tax_micro=0,
        tax_rate_bp=rate_bp,
        currency=new.currency,
        agreed_at=new.placed_at,
        charged_at=now,
    )
    Holding.objects.create(
        account_id=new.account_id,
        id=new_id(),
        lease_id=new.id,
        number_id=new.number_id,
        e164=new.e164,
        from_at=now,
    )
    letters.tell_handed_over(new, content=queries.agreed(new.account_id, lease_id=new.id), now=now)


def _require_movable(row: Lease, now: datetime) -> None:
    """Require a lease that runs, is paid, may leave its holder and has nothing else going on.

    A number that is stopped is not given away: what its holder misused would leave with it.
    Refuses: LeaseNotLikeThat, HandoverNotPossible.
    """
    if row.state != LeaseState.ACTIVE or row.paid_until is None or row.paid_until <= now:
        raise LeaseNotLikeThat(state=row.state)
    if suspensions.number_stopped(row.account_id, lease_id=row.id):
        raise HandoverNotPossible
    leaving = PortOut.objects.filter(
        account_id=row.account_id, lease_id=row.id, state__in=PORT_OUT_OPEN
    )
    lost = Replacement.objects.filter(
        account_id=row.account_id, lease_id=row.id, state=OfferState.OFFERED
    )
    if leaving.exists() or lost.exists() or outage_open(row.account_id, lease_id=row.id, now=now):
        raise HandoverNotPossible
    if identity.transfer(row.account_id, order_id=row.id) is not None:
        raise HandoverNotPossible  # its supplier knows the giver as whom the number belongs to


def _require_room(row: Lease, now: datetime) -> None:
    """Refuses: HandoverNotPossible (another one is open), TooManyHandovers."""
    offers = Handover.objects.filter(account_id=row.account_id)
    if offers.filter(lease_id=row.id, state__in=HANDOVER_OPEN).exists():
        raise HandoverNotPossible
    if offers.filter(offered_at__gt=now - _A_DAY).count() >= OFFERS_A_DAY_MAX:
        raise TooManyHandovers


def _require_ready(row: Handover, old: Lease, now: datetime) -> None:
    """Look again at what the receiver needs. Refuses: HandoverReceiverNotReady, without why."""
    assert row.to_account_id is not None, "somebody accepted"
    try:
        accounts.require_confirmed(row.to_account_id)
        agreements.require_accepted(row.to_account_id, now=now)
        _require_papers(row.to_account_id, old, now)
    except Refusal:
        raise HandoverReceiverNotReady from None
    if suspensions.renting_stopped(row.to_account_id):
        raise HandoverReceiverNotReady


def _require_papers(to_account_id: int, lease: Lease, now: datetime) -> None:
    """Require papers of the receiver's own where the number needs some now (ADR 280).

    Refuses: PapersNotApproved.
    """
    wanted = identity.asked(
        country=lease.country,
        kind=lease.kind,
        supplier=lease.supplier,
        customer=accounts.account(to_account_id).kind,
        at=now,
    )
    if wanted and identity.fitting(to_account_id, wanted=wanted, now=now) is None:
        raise PapersNotApproved


def _require_open(row: Handover, now: datetime) -> None:
    if row.state not in HANDOVER_OPEN or now >= row.expires_at:
        raise HandoverOver


def _end(row: Handover, state: HandoverState, *, now: datetime) -> None:
    """End a locked handover; the address that was typed is forgotten."""
    row.state, row.ended_at, row.due_at, row.to_email = state, now, None, None
    row.save()


def _locked(account_id: int, handover_id: UUID) -> Handover:
    rows_ = Handover.objects.select_for_update().filter(account_id=account_id, id=handover_id)
    row = rows_.first()
    if row is None:
        raise NoSuchHandover
    return row


def _locked_of_receiver(to_account_id: int, handover_id: UUID) -> Handover:
    rows_ = Handover.objects.select_for_update().filter(to_account_id=to_account_id, id=handover_id)
    row = rows_.first()
    if row is None:
        raise NoSuchHandover
    return row


def _lease_of(row: Handover) -> Lease:
    return Lease.objects.get(account_id=row.account_id, id=row.lease_id)


def _record(row: Handover, verb: str, *, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place=_PLACE,
        row=str(row.id),
        account_id=row.account_id,
        fields=["state"],
        now=now,
    )
