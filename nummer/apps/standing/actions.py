"""The verbs of standing."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.standing.errors import (
    AccountSuspended,
    BalanceBlocked,
    CodeShareTooLow,
    PhoneBlocked,
    ServiceBlocked,
    TooManyOpen,
    TooManyOrders,
)
from nummer.apps.standing.limits import EVERYBODY, OUTCOMES_KEPT, USUAL, OrderLimits
from nummer.apps.standing.models import RENTED, Block, BlockKind, Limits, Suspension
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber
from nummer.policy.clause import clause

__all__ = [
    "ADMITTED",
    "BALANCE_BLOCKED",
    "RENTED",
    "USUAL_IN_SQL",
    "BlockKind",
    "block",
    "check_order",
    "check_phone",
    "count_order",
    "count_outcome",
    "forgive_share",
    "lift_suspensions",
    "refusal",
    "set_limits",
    "suspend",
    "unblock",
]

ADMITTED: Final = "admitted"
BALANCE_BLOCKED: Final = "balance_blocked"  # the reason of a suspension that `incidents` makes
# What standing_admit in SQL judges those by for whom nobody set limits, in its order.
USUAL_IN_SQL: Final = [
    USUAL.orders_per_minute,
    USUAL.open_max,
    USUAL.share_percent_min,
    USUAL.share_after,
    OUTCOMES_KEPT,
]


@clause(
    "PP-5.2a",
    quote="We may refuse orders above reasonable limits, in order to protect numbers, carriers and "
    "other customers; a refusal always says why and when to try again.",
)
def check_order(account_id: int, *, service: str, country: str = "", now: datetime) -> None:
    """Refuse an order that limits, suspensions or blocks forbid.

    To be called in the order's transaction, before `count_order`; a purchase does both in SQL.
    Refuses: ServiceBlocked, AccountSuspended, BalanceBlocked, TooManyOrders, TooManyOpen,
    CodeShareTooLow.
    Locks: the account's tally until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, first, second FROM standing_admit(%s, %s, %s, %s, %s)",
            [account_id, service, country, USUAL_IN_SQL, now],
        )
        outcome, first, second = cursor.fetchone()
    found = refusal(account_id, outcome=outcome, first=first, second=second)
    if found is not None:
        raise found


def refusal(
    account_id: int, *, outcome: str, first: int | None, second: int | None
) -> Refusal | None:
    """Return what an outcome of standing_admit refuses with its two numbers; None if nothing.

    Of a suspension the reason is read, which says whether the balance is concerned.
    """
    first, second = first or 0, second or 0  # an outcome without a number has null
    match outcome:
        case "service_blocked":
            return ServiceBlocked()
        case "suspended":
            return BalanceBlocked() if _balance_blocked(account_id) else AccountSuspended()
        case "too_many_orders":
            return TooManyOrders(limit=first, retry_after_s=second)
        case "too_many_open":
            return TooManyOpen(limit=first)
        case "share_too_low":
            return CodeShareTooLow(of=first, with_code=second)
        case _:
            return None


def _balance_blocked(account_id: int) -> bool:
    standing = Suspension.objects.filter(account_id=account_id, lifted_at=None)
    return standing.filter(reason=BALANCE_BLOCKED).exists()


def count_order(account_id: int, *, now: datetime) -> None:
    """Count an order that was placed: it is open, and one of this minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT standing_count(%s, %s)", [account_id, now])


def count_outcome(account_id: int, *, with_code: bool, now: datetime) -> None:
    """Count an activation that ended, once: it is no longer open."""
    del now  # the last outcomes count, whenever they were
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE standing_tally SET open = greatest(open - 1, 0),"
            " outcomes = right(outcomes || %s, %s) WHERE account_id = %s",
            ["c" if with_code else "n", OUTCOMES_KEPT, account_id],
        )


def set_limits(account_id: int | None, *, limits: OrderLimits, actor: str, now: datetime) -> None:
    """Set the limits of one account, or of everybody without own ones (None)."""
    owner = EVERYBODY if account_id is None else account_id
    with transaction.atomic():
        Limits.objects.update_or_create(
            account_id=owner,
            defaults={
                "orders_per_minute": limits.orders_per_minute,
                "open_max": limits.open_max,
                "share_percent_min": limits.share_percent_min,
                "share_after": limits.share_after,
                "changed_at": now,
            },
        )
        _record("set_limits", "limits", row=owner, actor=actor, of=account_id, now=now)


def forgive_share(account_id: int, *, actor: str, now: datetime) -> None:
    """Let an account order again whose share of codes was too low: its count begins anew."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE standing_tally SET outcomes = '' WHERE account_id = %s", [account_id]
            )
        _record("forgive_share", "tally", row=account_id, actor=actor, of=account_id, now=now)


@clause(
    "PP-5.2b",
    quote="If there is reason to, we can suspend the service or the number concerned, no more than "
    "needed. We tell you the reason unless the law forbids it",
)
def suspend(
    account_id: int,
    *,
    reason: str,
    actor: str,
    service: str = "",
    lease_id: UUID | None = None,
    key: UUID | None = None,
    now: datetime,
) -> None:
    """Stop the orders of an account, of one service or of all; the balance is not touched.

    RENTED stops renting and sending, of all its numbers or of the one of `lease_id`. Under a `key`
    what stops them can be lifted alone.
    """
    with transaction.atomic():
        suspension_id = key or new_id()
        Suspension.objects.create(
            account_id=account_id,
            id=suspension_id,
            service=service,
            lease_id=lease_id,
            reason=reason,
            actor=actor,
            began_at=now,
        )
        _record("suspend", "suspension", row=suspension_id, actor=actor, of=account_id, now=now)


def lift_suspensions(
    account_id: int, *, actor: str, reason: str | None = None, now: datetime
) -> None:
    """Let an account order again; with `reason` only what stopped it for that reason is lifted.

    What stands because a balance is blocked is lifted by its own reason only. Repeating it
    changes nothing.
    """
    with transaction.atomic():
        lifted = Suspension.objects.filter(account_id=account_id, lifted_at=None)
        if reason is None:
            lifted = lifted.exclude(reason=BALANCE_BLOCKED)
        else:
            lifted = lifted.filter(reason=reason)
        if lifted.update(lifted_at=now):
            _record("lift", "suspension", row=account_id, actor=actor, of=account_id, now=now)


def lift_suspension(account_id: int, *, key: UUID, actor: str, now: datetime) -> bool:
    """Lift what was stopped under a key, and tell whether anything ever was.

    Repeating it changes nothing.
    """
    with transaction.atomic():
        known = Suspension.objects.filter(account_id=account_id, id=key)
        if known.filter(lifted_at=None).update(lifted_at=now):
            _record("lift", "suspension", row=account_id, actor=actor, of=account_id, now=now)
        return known.exists()


def block(kind: BlockKind, *, value: str, reason: str, actor: str, now: datetime) -> None:
    """Refuse something for everybody; repeating it changes nothing."""
    value = value.casefold() if kind is BlockKind.SENDER else value
    with transaction.atomic():
        if Block.objects.filter(kind=kind, value=value, lifted_at=None).exists():
            return
        row = Block.objects.create(
            id=new_id(), kind=kind, value=value, reason=reason, actor=actor, began_at=now
        )
        _record("block", "block", row=row.id, actor=actor, of=None, now=now)


def unblock(kind: BlockKind, *, value: str, actor: str, now: datetime) -> None:
    """Take a block back; repeating it changes nothing."""
    value = value.casefold() if kind is BlockKind.SENDER else value
    with transaction.atomic():
        if Block.objects.filter(kind=kind, value=value, lifted_at=None).update(lifted_at=now):
            _record("unblock", "block", row=kind.value, actor=actor, of=None, now=now)


def check_phone(number: PhoneNumber) -> None:
    """Refuse phones of a blocked range. Refuses: PhoneBlocked."""
    beginnings = [number.e164[:length] for length in range(2, len(number.e164) + 1)]
    if Block.objects.filter(kind=BlockKind.PHONE, value__in=beginnings, lifted_at=None).exists():
        raise PhoneBlocked


def _record(
    verb: str, table: str, *, row: object, actor: str, of: int | None, now: datetime
) -> None:
    place = f"standing_{table}"
    audit.record(actor=actor, verb=verb, place=place, row=str(row), account_id=of, now=now)
