"""The shares of a granted payout: each to its own top-up, or the way that the customer chooses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger import queries as wallets
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.ledger.errors import InsufficientBalance
from nummer.apps.payments import actions as payments
from nummer.apps.payments import queries as payment_queries
from nummer.apps.payments.errors import (
    MethodNotRefundable,
    NoSuchTopUp,
    RefundAboveTopUp,
    TopUpDisputed,
)
from nummer.apps.payouts.actions import rows
from nummer.apps.payouts.actions.dates import keep_dates
from nummer.apps.payouts.errors import BankReferenceMissing, PayoutClosed, SecondPersonNeeded
from nummer.apps.payouts.models import Payout, PayoutState, Share, Way
from nummer.kernel.ids import id_of
from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.kernel.redact import redact
from nummer.policy.refund import Decision, facts_from_json
from nummer.policy.refund.facts import Destination
from nummer.policy.refund.facts import Share as Funding

LOOKED_AFTER: Final = timedelta(minutes=15)
LOOKED_AFTER_MAX: Final = timedelta(hours=12)
REFERENCE_MAX: Final = 40
Wanted = tuple[UUID | None, int]  # a top-up, and how much of it in micro-units


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a payout before it is sent: `sendable` says that its top-up takes it back."""

    top_up_id: UUID | None
    micro: int
    sendable: bool


def share_out(payout: Payout, *, wanted: Sequence[Wanted], amount: Money, now: datetime) -> bool:
    """Send each share, or keep it for the customer's choice; tell whether one has to be chosen.

    The shares of the decision go first; what their top-ups no longer hold comes from those that
    still do, oldest first, so that nothing goes to a method above what lies in its lot.
    Refuses: TopUpDisputed (nothing leaves before the bank's word), InsufficientBalance.
    Locks: the wallet, and each top-up.
    """
    to_choose = False
    parts = _parts(payout.account_id, wanted, amount)
    disputed = payment_queries.disputed_top_ups(payout.account_id)
    if any(part.top_up_id in disputed for part in parts):
        raise TopUpDisputed
    for place, part in enumerate(parts):
        share_id = id_of("payout-share", payout.id, place)
        refund_id = _sent(payout, part, share_id=share_id, now=now) if part.sendable else None
        share = Share(
            account_id=payout.account_id,
            id=share_id,
            payout_id=payout.id,
            place=place,
            top_up_id=part.top_up_id,
            amount_micro=part.micro,
            currency=payout.currency,
            way=Way.CHOOSE if refund_id is None else Way.METHOD,
            refund_id=refund_id,
            look_at=None if refund_id is None else now + LOOKED_AFTER,
        )
        if refund_id is None:
            _keep(share, now)
            to_choose = True
        share.save(force_insert=True)
    return to_choose


def choose(account_id: int, *, share_id: UUID, way: Way, actor: str, now: datetime) -> None:
    """Take the customer's choice for a share whose method cannot take money back (RP-CF).

    On the balance it is free again at once; a bank transfer is made by the staff, who asks for
    the account by phone: its number never comes here.
    Until the transfer is made he may still keep it. What the bank took back of the payment is
    not his to keep: it leaves the balance as soon as it is free.
    Refuses: NoSuchPayout, PayoutClosed, TopUpDisputed (by bank).
    Locks: request and share, the top-ups of the balance, then the wallet.
    """
    assert way in (Way.BANK, Way.BALANCE), "one of the two is chosen"
    with transaction.atomic():
        payout, share = rows.locked_share(account_id, share_id)
        if share.way == way:
            return
        if share.way not in (Way.CHOOSE, Way.BANK) or share.closed_at is not None:
            raise PayoutClosed
        payments.lock_lots(account_id)
        if way == Way.BANK:
            _require_uncontested(share)
        share.way, share.chosen_at, share.actor = way, now, actor
        if way == Way.BALANCE:
            _keep_on_balance(share, now)
        share.save()
        rows.record(payout, verb=f"choose_{way.value}", actor=actor, now=now)
        _finish(payout, now)


def confirm_transfer(
    account_id: int, *, share_id: UUID, bank_reference: str, actor: str, now: datetime
) -> None:
    """Write down that the staff made a transfer at the bank: the money leaves the balance now.

    Who chose the way for the customer does not confirm it. Repeating it changes nothing.
    Refuses: NoSuchPayout, PayoutClosed, BankReferenceMissing, SecondPersonNeeded, TopUpDisputed
    (the bank takes the payment back itself: RULE-CB).
    Locks: request and share, the top-ups of the balance, then the wallet.
    """
    reference = redact(bank_reference.strip())[:REFERENCE_MAX]
    if not reference:
        raise BankReferenceMissing
    with transaction.atomic():
        payout, share = rows.locked_share(account_id, share_id)
        if share.way != Way.BANK:
            raise PayoutClosed
        if share.closed_at is not None:
            return
        if share.actor == actor:
            raise SecondPersonNeeded
        payments.lock_lots(account_id)
        _require_uncontested(share)
        assert share.hold_id is not None, "a share that waits is held"
        ledger.settle(
            account_id,
            hold_id=share.hold_id,
            legs=[Leg(Book.PROVIDER_CLEARING, -Money(share.amount_micro, share.currency))],
            clause=payout.clauses[0],
            now=now,
        )
        share.bank_reference, share.closed_at = reference, now
        share.save(update_fields=["bank_reference", "closed_at"])
        rows.record(payout, verb="confirm_transfer", actor=actor, now=now)
        _finish(payout, now)


def follow_share(account_id: int, *, share_id: UUID, now: datetime) -> None:
    """See what became of a share at its provider; one that failed waits for a choice.

    Should its money be spent by then, it stays where it is: on the balance.
    Locks: request and share, then the wallet.
    """
    with transaction.atomic():
        payout, share = rows.locked_share(account_id, share_id)
        if share.way != Way.METHOD or share.closed_at is not None:
            return
        state = _refund_state(share)
        if state == "paid":
            share.closed_at, share.look_at = now, None
        elif state == "failed":
            _keep_failed(share, now)
        else:
            since = now - (payout.decided_at or now)
            share.look_at = now + min(max(LOOKED_AFTER, since), LOOKED_AFTER_MAX)
        share.save()
        _finish(payout, now)


def wanted_of(decision: Decision, *, facts: Mapping[str, Any]) -> list[Wanted]:
    """Return (top-up, micro-units) of each share that leaves, in the order of the decision."""
    if decision.split:
        return [
            (_id(part.method), part.amount.money(decision.currency).micro)
            for part in decision.split
            if part.destination is not Destination.BALANCE
        ]
    return wanted_by_funding(facts_from_json(facts).funding, currency=decision.currency)


def wanted_by_funding(funding: Sequence[Funding], *, currency: str) -> list[Wanted]:
    """Return (top-up, micro-units) of what paid something, promo money left out."""
    return [
        (_id(share.method), share.amount.money(currency).micro)
        for share in funding
        if not share.promo
    ]


def leaving(decision: Decision) -> Money:
    """Return what of a decision leaves the balance: all but the shares of promo money."""
    stays = sum(
        part.amount.money(decision.currency).micro
        for part in decision.split
        if part.destination is Destination.BALANCE
    )
    return decision.amount - Money(stays, decision.currency)


def _id(method: str) -> UUID | None:
    try:
        return UUID(method)
    except ValueError:
        return None


def _parts(account_id: int, wanted: Sequence[Wanted], amount: Money) -> list[Part]:
    """Divide a sum over what lies in the lots: those of the shares first, then oldest first."""
    coin = MICRO // 10 ** minor_digits(amount.currency)
    left_in = {lot.reference: lot for lot in wallets.lots(account_id)}
    parts: dict[UUID | None, Part] = {}
    open_micro = amount.micro
    for reference, most in _order(wanted, left_in, amount):
        lot = left_in.get(reference) if reference else None
        if lot is None or open_micro <= 0:
            continue
        taken = min(open_micro, most, lot.left.micro)
        taken -= taken % coin
        if taken <= 0 or reference in parts:
            continue
        sendable = lot.kind == TransferKind.TOPUP and _takes_back(account_id, reference, taken)
        parts[reference] = Part(reference, taken, sendable)
        open_micro -= taken
    if open_micro > 0:
        parts[None] = Part(None, open_micro, sendable=False)
    return list(parts.values())


def _order(
    wanted: Sequence[Wanted], left_in: dict[UUID, wallets.Lot], amount: Money
) -> Iterator[tuple[UUID | None, int]]:
    """Yield lots in the order in which they are asked, with the most that each may give."""
    named = [(reference, micro) for reference, micro in wanted if reference is not None]
    asked: dict[UUID, int] = {}
    for reference, micro in named:
        asked[reference] = asked.get(reference, 0) + micro
    covered = sum(
        min(micro, left_in[reference].left.micro)
        for reference, micro in asked.items()
        if reference in left_in
    )
    for reference, micro in asked.items():
        # A lot of the decision may give more only where the others cannot give their part.
        yield reference, micro if covered >= amount.micro else amount.micro
    for reference in left_in:
        if reference not in asked:
            yield reference, amount.micro


def _takes_back(account_id: int, top_up_id: UUID | None, micro: int) -> bool:
    if top_up_id is None:
        return False
    try:
        return payments.refundable(account_id, top_up_id=top_up_id).micro >= micro
    except NoSuchTopUp:
        return False


def _sent(payout: Payout, part: Part, *, share_id: UUID, now: datetime) -> UUID | None:
    """Have payments send a part back; None where it cannot, so that the customer chooses."""
    assert part.top_up_id is not None, "only a top-up takes money back"
    try:
        with transaction.atomic():
            return payments.refund_top_up(
                payout.account_id,
                top_up_id=part.top_up_id,
                amount=Money(part.micro, payout.currency),
                key=share_id,
                clause=payout.clauses[0],
                now=now,
            ).id
    except (MethodNotRefundable, RefundAboveTopUp):
        return None


def _keep(share: Share, now: datetime) -> None:
    """Hold a share until its way is chosen and gone."""
    share.hold_id = id_of("payout-share-hold", share.id)
    ledger.authorise(
        share.account_id,
        id=share.hold_id,
        amount=Money(share.amount_micro, share.currency),
        kind=TransferKind.PAYOUT,
        reference=share.top_up_id or share.id,
        expires_at=now + rows.HELD_FOR,
        now=now,
    )


def _keep_on_balance(share: Share, now: datetime) -> None:
    assert share.hold_id is not None, "a share that waits is held"
    ledger.release(share.account_id, hold_id=share.hold_id, now=now)
    share.closed_at = now
    if share.top_up_id in payment_queries.contested_top_ups(share.account_id):
        assert share.top_up_id is not None, "only a top-up is contested"
        payments.take_what_was_lost(
            share.account_id, top_up_id=share.top_up_id, because_of=share.id, now=now
        )


def _require_uncontested(share: Share) -> None:
    if share.top_up_id in payment_queries.contested_top_ups(share.account_id):
        raise TopUpDisputed


def _keep_failed(share: Share, now: datetime) -> None:
    share.look_at = None
    try:
        with transaction.atomic():
            _keep(share, now)
    except InsufficientBalance:
        share.hold_id = None
        share.way, share.closed_at = Way.BALANCE, now
    else:
        share.way = Way.CHOOSE


def _refund_state(share: Share) -> str:
    assert share.refund_id is not None, "a share to a method has its refund"
    return payment_queries.refund(share.account_id, refund_id=share.refund_id).state


def _finish(payout: Payout, now: datetime) -> None:
    """Close a request whose shares have all arrived."""
    shares = Share.objects.filter(account_id=payout.account_id, payout_id=payout.id)
    if payout.state == PayoutState.PAYING and not shares.filter(closed_at=None).exists():
        payout.state, payout.closed_at = PayoutState.DONE, now
        payout.save(update_fields=["state", "closed_at"])
        rows.ended(payout, paid=True, now=now)
        keep_dates(payout, now=now)
