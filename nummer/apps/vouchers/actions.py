"""The verbs of vouchers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.ledger import queries as wallets
from nummer.apps.payments import queries as payments
from nummer.apps.payments.actions import notices, wishes
from nummer.apps.payments.ports import PaymentMethod, PaymentNotice
from nummer.apps.payouts.ports import release_rule
from nummer.apps.vault import actions as vault
from nummer.apps.vouchers.errors import (
    BatchNeedsAnotherPerson,
    BatchNotWaiting,
    BatchRefused,
    NoSuchBatch,
    TooManyGuesses,
    VoucherExpired,
    VoucherNotReleased,
    VoucherOtherCurrency,
    VoucherUnknown,
)
from nummer.apps.vouchers.models import Batch, Guesses, Voucher
from nummer.kernel.ids import id_of, new_id, new_ids
from nummer.kernel.locale import gettext_noop
from nummer.kernel.money import MICRO, Money, minor_digits

# Letters only, so that no code looks like the number of a card or an account, and no vowels, so
# that none is a word. 20^16 codes: a million valid ones at five guesses an hour and account leave
# a thousand accounts a chance of one in a million in fifteen years.
LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH: Final = 16
GROUP: Final = 4
COUNT_MAX: Final = 1000
GUESSES_MAX: Final = 5
GUESSES_COUNTED_FOR: Final = timedelta(hours=1)
ALONE_COUNTED_FOR: Final = timedelta(hours=24)
PROVIDER: Final = "voucher"
METHOD: Final = PaymentMethod(code="voucher", name=gettext_noop("Voucher"), refundable=False)
_DIGEST: Final = "voucher"
_MAKERS: Final = 0x70C4  # the class of advisory locks of those who make batches


@dataclass(frozen=True, slots=True)
class Made:
    """A batch with its codes; they are shown this once. `waits`: a second person releases it."""

    batch_id: UUID
    waits: bool
    codes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What a voucher paid in."""

    top_up_id: UUID
    amount: Money


def make_batch(
    *, amount: Money, count: int, expires_at: datetime, actor: str, now: datetime
) -> Made:
    """Make vouchers of one sum. Only their digests are kept, so the codes are returned once.

    Vouchers are money that may leave by a bank (RP-CF): where the batch, with what the same person
    made alone within 24 hours, comes to more than a payout that leaves without a person, it pays
    nothing until `release_batch`. Refuses: BatchRefused. Locks: the person who makes it.
    """
    limits = payments.limits(amount.currency)
    sound = (
        limits is not None
        and limits.least.micro <= amount.micro <= limits.most.micro
        and amount.micro % (MICRO // 10 ** minor_digits(amount.currency)) == 0
        and 0 < count <= COUNT_MAX
        and expires_at > now
    )
    if not sound:
        raise BatchRefused(count_max=COUNT_MAX)
    batch_id, codes = new_id(), tuple(_new_code() for _ in range(count))
    with transaction.atomic():
        needs_release = _needs_two(Money(amount.micro * count, amount.currency), actor, now)
        Batch.objects.create(
            id=batch_id,
            amount_micro=amount.micro,
            currency=amount.currency,
            count=count,
            expires_at=expires_at,
            actor=actor,
            created_at=now,
            needs_release=needs_release,
        )
        Voucher.objects.bulk_create(
            Voucher(id=key, batch_id=batch_id, digest=_digest(code))
            for key, code in zip(new_ids(count), codes, strict=True)
        )
        audit.record(actor=actor, verb="make", place="vouchers_batch", row=str(batch_id), now=now)
    return Made(batch_id, needs_release, codes)


def release_batch(batch_id: UUID, *, actor: str, now: datetime) -> None:
    """Let the vouchers of a batch pay in, as another person than who made it.

    Repeating it changes nothing, nor does it for a batch that needs no release.
    Refuses: NoSuchBatch, BatchNotWaiting, BatchNeedsAnotherPerson. Locks: the batch.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().filter(id=batch_id).first()
        if batch is None:
            raise NoSuchBatch
        if not batch.waits:
            return
        if batch.withdrawn_at is not None or now >= batch.expires_at:
            raise BatchNotWaiting
        if actor == batch.actor:
            raise BatchNeedsAnotherPerson
        batch.released_by, batch.released_at = actor, now
        batch.save(update_fields=["released_by", "released_at"])
        audit.record(
            actor=actor, verb="release", place="vouchers_batch", row=str(batch_id), now=now
        )


def withdraw_batch(batch_id: UUID, *, actor: str, now: datetime) -> None:
    """End the vouchers of a batch that nobody redeemed yet. Repeating it changes nothing.

    Refuses: NoSuchBatch.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().filter(id=batch_id).first()
        if batch is None:
            raise NoSuchBatch
        if batch.withdrawn_at is None:
            batch.withdrawn_at = now
            batch.save(update_fields=["withdrawn_at"])
            audit.record(
                actor=actor, verb="withdraw", place="vouchers_batch", row=str(batch_id), now=now
            )


def redeem(account_id: int, *, code: str, now: datetime) -> Redeemed:
    """Pay in by a voucher, once; the same account writing it again gets the first answer.

    Refuses: NotConfirmed, VoucherUnknown, VoucherExpired, VoucherNotReleased,
    VoucherOtherCurrency, TooManyGuesses, TopUpsTooFast, TooManyFailures. Locks: the account's
    guesses, the voucher, its batch, then as a top-up.
    """
    accounts.require_confirmed(account_id)
    with transaction.atomic():
        _lock_guesses(account_id, now)
        voucher = _found(code)
        if voucher is not None and voucher.account_id in (None, account_id):
            return _pay_in(account_id, voucher, now)
        Guesses.objects.filter(account_id=account_id).update(wrong=F("wrong") + 1)
    raise VoucherUnknown


def _needs_two(whole: Money, actor: str, now: datetime) -> bool:
    """Tell whether this sum, with what one made alone lately, needs a second person."""
    with connection.cursor() as cursor:  # two of his requests at once are counted in turn
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_MAKERS, actor])
    lately = Batch.objects.filter(
        actor=actor,
        currency=whole.currency,
        needs_release=False,
        created_at__gt=now - ALONE_COUNTED_FOR,
    ).aggregate(micro=Sum(F("amount_micro") * F("count")))
    return release_rule().needs_two(whole + Money(int(lately["micro"] or 0), whole.currency))


def _pay_in(account_id: int, voucher: Voucher, now: datetime) -> Redeemed:
    batch = Batch.objects.select_for_update().get(id=voucher.batch_id)
    amount = Money(batch.amount_micro, batch.currency)
    top_up_id = id_of("voucher", voucher.id)
    if voucher.redeemed_at is not None:
        return Redeemed(top_up_id, amount)
    if batch.withdrawn_at is not None or now >= batch.expires_at:
        raise VoucherExpired
    if batch.waits:
        raise VoucherNotReleased
    if wallets.balance(account_id).currency != amount.currency:
        raise VoucherOtherCurrency(currency=amount.currency)
    wishes.note_wish(
        account_id,
        amount=amount,
        provider=PROVIDER,
        method=METHOD,
        top_up_id=top_up_id,
        now=now,
    )
    notices.take_notice(
        PROVIDER,
        notice=PaymentNotice(
            event_id=top_up_id.hex, reference=top_up_id.hex, paid=True, amount=amount
        ),
        now=now,
    )
    voucher.account_id, voucher.top_up_id, voucher.redeemed_at = account_id, top_up_id, now
    voucher.save(update_fields=["account_id", "top_up_id", "redeemed_at"])
    return Redeemed(top_up_id, amount)


def _lock_guesses(account_id: int, now: datetime) -> None:
    """Count guesses one by one, and refuse further ones for the rest of the hour."""
    Guesses.objects.bulk_create([Guesses(account_id=account_id, since=now)], ignore_conflicts=True)
    row = Guesses.objects.select_for_update().get(account_id=account_id)
    if now - row.since >= GUESSES_COUNTED_FOR:
        Guesses.objects.filter(account_id=account_id).update(since=now, wrong=0)
    elif row.wrong >= GUESSES_MAX:
        wait = row.since + GUESSES_COUNTED_FOR - now
        raise TooManyGuesses(retry_after_s=max(1, ceil(wait.total_seconds())))


def _found(code: str) -> Voucher | None:
    letters = "".join(each for each in code.upper() if each not in " -\N{EN DASH}\t\n\r")
    if len(letters) != LENGTH or not set(letters) <= set(LETTERS):
        return None
    return Voucher.objects.select_for_update().filter(digest=_digest(letters)).first()


def _digest(code: str) -> bytes:
    return vault.keyed_digest(_DIGEST, code.replace("-", ""))


def _new_code() -> str:
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(letters[at : at + GROUP] for at in range(0, LENGTH, GROUP))
