"""Topping up by itself: only by consent, within a monthly cap, by a method kept at the provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from procrastinate.contrib.django import app

from nummer.apps.audit import actions as audit
from nummer.apps.ledger import queries as wallets
from nummer.apps.notify import actions as notify
from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import PAYMENT_PROVIDER
from nummer.apps.payments.actions import rows, wishes
from nummer.apps.payments.errors import (
    CapTooSmall,
    ConsentMissing,
    MethodNotKeepable,
    NoAutoTopUp,
    UnknownMethod,
)
from nummer.apps.payments.models import (
    AutoTopUp,
    AutoTopUpState,
    LeavingPayer,
    TopUp,
    TopUpState,
)
from nummer.apps.payments.ports import installed_payments
from nummer.apps.standing import queries as standing
from nummer.kernel.errors import Refusal, Unavailable
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import FORGET_PAYER, TAKE_KEPT
from nummer.kernel.money import Money

RESTS_FOR: Final = timedelta(hours=1)  # between two automatic top-ups of one account
TOLD_AGAIN_AFTER: Final = timedelta(hours=1)  # what a provider has not forgotten yet
LOOKED_AFTER: Final = timedelta(minutes=15)  # when what the provider was not told is told again
GIVEN_UP_AFTER: Final = timedelta(hours=23)  # before the providers' memory of keys ends
DECLINED: Final = "declined"
WITHDRAWN: Final = "withdrawn"
REFUSED: Final = "refused"
_ACTOR: Final = "system:payments"


@dataclass(frozen=True, slots=True)
class AutoTopUpWish:
    """When, how much, and how much in a calendar month (UTC) at most."""

    method: str
    threshold: Money
    amount: Money
    cap: Money


def consent_to_auto_top_up(
    account_id: int,
    *,
    wish: AutoTopUpWish,
    sentence: str,
    agreed: bool,
    locale: str,
    now: datetime,
) -> None:
    """Keep a customer's consent; it comes into force with his next payment by that method.

    `sentence` is what he read, amounts included; its hash is kept. A new consent replaces the one
    before, whose provider is told to forget its method. The method itself stays with the
    provider: see `start_top_up(keep_method=True)`.
    Refuses: ConsentMissing, CapTooSmall, UnknownMethod, MethodNotKeepable, and what a top-up of
    that sum would be refused for.
    """
    if not (agreed and sentence):
        raise ConsentMissing
    provider, method = rows.way_to_pay(wish.method, currency=wish.amount.currency)
    if not (method.keepable and provider.capabilities.keeps_methods):
        raise MethodNotKeepable
    wishes.require_payable(wish.amount, method=method)
    if wish.threshold.micro <= 0 or wish.cap < wish.amount:
        raise CapTooSmall
    with transaction.atomic():
        before = AutoTopUp.objects.select_for_update().filter(account_id=account_id).first()
        if before is not None:
            _leave(before, now)
        AutoTopUp.objects.update_or_create(
            account_id=account_id,
            defaults={
                "provider": provider.code,
                "method": method.code,
                "currency": wish.amount.currency,
                "threshold_micro": wish.threshold.micro,
                "amount_micro": wish.amount.micro,
                "cap_micro": wish.cap.micro,
                "most_cap_micro": max(wish.cap.micro, before.most_cap_micro if before else 0),
                "payer_token": "",
                "state": AutoTopUpState.ASKED,
                "consent_sha256": sha256(sentence.encode()).hexdigest(),
                "consent_locale": locale,
                "consented_at": now,
                "rest_until": None,
                "stopped_at": None,
                "stop_reason": "",
            },
        )
        _record("consent", account_id, now=now)


def stop_auto_top_up(account_id: int, *, now: datetime) -> None:
    """End automatic top-ups at once and have the provider forget the method.

    Repeating it changes nothing. Refuses: NoAutoTopUp.
    """
    with transaction.atomic():
        order = AutoTopUp.objects.select_for_update().filter(account_id=account_id).first()
        if order is None:
            raise NoAutoTopUp
        if order.state != AutoTopUpState.STOPPED:
            _stop(order, WITHDRAWN, now)


def stop_after_failure(account_id: int, *, now: datetime) -> None:
    """End automatic top-ups because the provider could not take one; the customer is told."""
    order = AutoTopUp.objects.select_for_update().filter(account_id=account_id).first()
    if order is not None and order.state == AutoTopUpState.ACTIVE:
        _stop(order, DECLINED, now)
        _tell_stopped(order, now)


def follow_payment(top_up: TopUp, *, payer: str, now: datetime) -> None:
    """Put a consent into force: its method paid, and the provider keeps it under `payer`."""
    if not payer or top_up.automatic:
        return
    order = AutoTopUp.objects.select_for_update().filter(account_id=top_up.account_id).first()
    if order is None or order.state != AutoTopUpState.ASKED:
        return
    if (order.provider, order.method) == (top_up.provider, top_up.method):
        order.payer_token = payer
        order.state = AutoTopUpState.ACTIVE
        order.save(update_fields=["payer_token", "state"])
        _record("activate", top_up.account_id, now=now)


def top_up_by_itself(account_id: int, *, now: datetime) -> UUID | None:
    """Begin an automatic top-up where the balance is below the threshold and the cap allows it.

    A job has the provider take it after the commit. Returns its id, None where none was begun.
    Nothing is begun while services of the account are suspended.
    Locks: the account's automatic top-up, then its row of payers.
    """
    with transaction.atomic():
        order = (
            AutoTopUp.objects.select_for_update()
            .filter(account_id=account_id, state=AutoTopUpState.ACTIVE)
            .first()
        )
        if order is None or (order.rest_until is not None and now < order.rest_until):
            return None
        AutoTopUp.objects.filter(account_id=account_id).update(rest_until=now + RESTS_FOR)
        if not _needed(order, now):
            return None
        try:
            top_up = _begin(order, now)
        except Refusal:  # its limits, or the method is no longer offered
            _stop(order, REFUSED, now)
            _tell_stopped(order, now)
            return None
        defer_taking(account_id, top_up_id=top_up.id)
        return top_up.id


def defer_taking(account_id: int, *, top_up_id: UUID) -> None:
    """Give an automatic top-up a job, in the caller's transaction."""
    app.configure_task(TAKE_KEPT).defer(account_id=account_id, top_up_id=str(top_up_id))


def take_kept(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Have the provider take an automatic top-up from the kept method; it is asked once.

    What became of it comes as an event. A wish of a consent that was replaced meanwhile is given
    up: its sum, and whose token it would take, were not agreed to. Raises Unavailable.
    """
    top_up = TopUp.objects.filter(
        account_id=account_id, id=top_up_id, automatic=True, state=TopUpState.STARTED
    ).first()
    order = AutoTopUp.objects.filter(account_id=account_id, state=AutoTopUpState.ACTIVE).first()
    if top_up is None or top_up.provider_reference:
        return
    provider = installed_payments().provider(top_up.provider)
    if order is None or provider is None or top_up.started_at < order.consented_at:
        _give_up(top_up, now)
        return
    cleared = outbound.clear(
        PAYMENT_PROVIDER,
        "kept-method",
        {
            "reference": top_up_id.hex,
            "payer": order.payer_token,
            "amount": Money(top_up.amount_micro, top_up.currency).decimal_text(),
            "currency": top_up.currency,
        },
        account_id=account_id,
        now=now,
    )
    payment = provider.take_kept(cleared)
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        if payment and not top_up.provider_reference:
            rows.register(account_id, provider=top_up.provider, word=payment, top_up_id=top_up_id)
            top_up.provider_reference = payment
            top_up.ask_at = None
            top_up.save(update_fields=["provider_reference", "ask_at"])
        if not payment and top_up.state == TopUpState.STARTED:
            rows.close(top_up, TopUpState.FAILED, now)
            stop_after_failure(account_id, now=now)


def forget_payer(account_id: int, *, now: datetime) -> None:
    """Have each provider forget its methods that are no longer used.

    One whose provider is away, or not in force, waits for the next time, and keeps no other
    waiting. Raises Unavailable, once all were tried.
    """
    away: Unavailable | None = None
    for leaving in LeavingPayer.objects.filter(account_id=account_id).order_by("id"):
        provider = installed_payments().provider(leaving.provider)
        if provider is None:
            continue
        cleared = outbound.clear(
            PAYMENT_PROVIDER,
            "forget-payer",
            {"payer": leaving.token},
            account_id=account_id,
            now=now,
        )
        try:
            provider.forget(cleared)
        except Unavailable as error:
            away = error
        else:
            LeavingPayer.objects.filter(account_id=account_id, id=leaving.id).delete()
    if away is not None:
        raise away


def look_after_leaving(account_id: int, *, now: datetime) -> None:
    """Give the forgetting of methods another job where the first was lost."""
    with transaction.atomic():
        waiting = LeavingPayer.objects.filter(account_id=account_id, look_at__lte=now)
        if waiting.update(look_at=now + TOLD_AGAIN_AFTER):
            _defer_forgetting(account_id)


def look_after_taking(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Give an automatic top-up that no provider knows of another job, or give it up in the end."""
    with transaction.atomic():
        top_up = rows.locked(account_id, top_up_id)
        if top_up.ask_at is None or now < top_up.ask_at:
            return
        if now - top_up.started_at >= GIVEN_UP_AFTER:
            rows.close(top_up, TopUpState.ABANDONED, now)
            return
        top_up.ask_at = now + max(LOOKED_AFTER, now - top_up.started_at)
        top_up.save(update_fields=["ask_at"])
        defer_taking(account_id, top_up_id=top_up_id)


def _give_up(top_up: TopUp, now: datetime) -> None:
    with transaction.atomic():
        top_up = rows.locked(top_up.account_id, top_up.id)
        if top_up.state == TopUpState.STARTED:
            rows.close(top_up, TopUpState.ABANDONED, now)


def _needed(order: AutoTopUp, now: datetime) -> bool:
    """Tell whether the balance is low, nothing is under way, and the cap leaves room."""
    if standing.suspended(order.account_id):
        return False
    spendable = wallets.balance(order.account_id).spendable
    ours = TopUp.objects.filter(account_id=order.account_id, automatic=True)
    if spendable.micro >= order.threshold_micro or ours.filter(state=TopUpState.STARTED).exists():
        return False
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    taken = (
        ours.filter(started_at__gte=month, state=TopUpState.PAID).aggregate(Sum("amount_micro"))[
            "amount_micro__sum"
        ]
        or 0
    )
    return bool(taken + order.amount_micro <= order.cap_micro)


def _begin(order: AutoTopUp, now: datetime) -> TopUp:
    amount = Money(order.amount_micro, order.currency)
    provider, method = rows.way_to_pay(order.method, currency=order.currency)
    if provider.code != order.provider:
        raise UnknownMethod
    wishes.require_payable(amount, method=method)
    return wishes.note_wish(
        order.account_id,
        amount=amount,
        provider=provider.code,
        method=method,
        top_up_id=new_id(),
        automatic=True,
        ask_at=now + LOOKED_AFTER,
        now=now,
    )


def _stop(order: AutoTopUp, reason: str, now: datetime) -> None:
    _leave(order, now)
    order.payer_token = ""
    order.state = AutoTopUpState.STOPPED
    order.stopped_at = now
    order.stop_reason = reason
    order.save()
    _record("stop", order.account_id, now=now)


def _leave(order: AutoTopUp, now: datetime) -> None:
    """Note, in the caller's transaction, that a method in use is to be forgotten, and by whom."""
    if not order.payer_token:
        return
    LeavingPayer.objects.get_or_create(
        account_id=order.account_id,
        provider=order.provider,
        token=order.payer_token,
        defaults={"id": new_id(), "look_at": now + LOOKED_AFTER},
    )
    _defer_forgetting(order.account_id)


def _defer_forgetting(account_id: int) -> None:
    app.configure_task(FORGET_PAYER).defer(account_id=account_id)


def _tell_stopped(order: AutoTopUp, now: datetime) -> None:
    notify.send_letter(
        order.account_id,
        letter="auto-top-up-stopped",
        context={
            "amount": Money(order.amount_micro, order.currency).decimal_text(),
            "currency": order.currency,
            "decided_at": now.isoformat(),
        },
        now=now,
        key=id_of("auto-top-up-stopped", order.account_id, now.isoformat()),
    )


def _record(verb: str, account_id: int, *, now: datetime) -> None:
    audit.record(
        actor=_ACTOR if verb == "activate" else f"customer:{account_id}",
        verb=verb,
        place="payments_autotopup",
        row=str(account_id),
        account_id=account_id,
        now=now,
    )
