"""How fast a new account may pay in, and how often anybody may fail."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from nummer.apps.accounts import queries as accounts
from nummer.apps.audit import actions as audit
from nummer.apps.payments.errors import TooManyFailures, TopUpsTooFast
from nummer.apps.payments.limits import (
    COUNTED_FOR,
    FAILURES_COUNTED_FOR,
    FAILURES_MAX,
    NEW_ACCOUNT_MOST,
    NEW_FOR,
    TOP_UPS_OF_NEW_MAX,
)
from nummer.apps.payments.models import Payer, TopUp, TopUpState
from nummer.kernel.money import Money


def require_slow_enough(account_id: int, *, amount: Money, unless: UUID, now: datetime) -> None:
    """Refuse a further wish of somebody who is too fast; a wish already written (`unless`) passes.

    Refuses: TopUpsTooFast (a new account), TooManyFailures. Locks: the account's row of payers
    until the transaction ends, so that wishes that come together are counted one by one.
    """
    Payer.objects.bulk_create([Payer(account_id=account_id)], ignore_conflicts=True)
    payer = Payer.objects.select_for_update().get(account_id=account_id)
    wishes = TopUp.objects.filter(account_id=account_id, wished=True)
    if wishes.filter(id=unless).exists():
        return
    _require_few_failures(wishes, now)
    if payer.trusted_at is None and now - accounts.account(account_id).created_at < NEW_FOR:
        _require_new_account_is_slow(wishes, amount, now)


def trust_payer(account_id: int, *, actor: str, now: datetime) -> None:
    """Lift the limits of a new account; repeating it changes nothing."""
    with transaction.atomic():
        Payer.objects.bulk_create([Payer(account_id=account_id)], ignore_conflicts=True)
        if Payer.objects.filter(account_id=account_id, trusted_at=None).update(trusted_at=now):
            audit.record(
                actor=actor,
                verb="trust",
                place="payments_payer",
                row=str(account_id),
                account_id=account_id,
                now=now,
            )


def _require_few_failures(wishes: QuerySet[TopUp], now: datetime) -> None:
    """Refuse after FAILURES_MAX failures within the last FAILURES_COUNTED_FOR."""
    ends = wishes.filter(state=TopUpState.FAILED, closed_at__gt=now - FAILURES_COUNTED_FOR)
    failed_at = list(ends.order_by("-closed_at").values_list("closed_at", flat=True)[:FAILURES_MAX])
    if len(failed_at) == FAILURES_MAX:
        oldest = failed_at[-1]
        assert oldest is not None, "what ended has an end"
        wait = oldest + FAILURES_COUNTED_FOR - now
        raise TooManyFailures(retry_after_s=ceil(wait.total_seconds()))


def _require_new_account_is_slow(wishes: QuerySet[TopUp], amount: Money, now: datetime) -> None:
    """Refuse what a new account would pay in beyond its limit of the last COUNTED_FOR."""
    counted = list(
        wishes.filter(
            Q(state=TopUpState.PAID, closed_at__gt=now - COUNTED_FOR)
            | Q(state=TopUpState.STARTED, started_at__gt=now - COUNTED_FOR),
            currency=amount.currency,
        ).order_by("started_at")
    )
    most = NEW_ACCOUNT_MOST[amount.currency]
    total = sum(row.amount_micro for row in counted)
    if len(counted) < TOP_UPS_OF_NEW_MAX and total + amount.micro <= most.micro:
        return
    wait = counted[0].started_at + COUNTED_FOR - now
    raise TopUpsTooFast(
        most=most.decimal_text(),
        currency=amount.currency,
        times=TOP_UPS_OF_NEW_MAX,
        retry_after_s=max(1, ceil(wait.total_seconds())),
    )
