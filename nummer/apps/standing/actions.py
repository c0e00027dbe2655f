"""The verbs of standing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from nummer.apps.audit import actions as audit
from nummer.apps.standing.errors import (
    AccountSuspended,
    CodeShareTooLow,
    PhoneBlocked,
    ServiceBlocked,
    TooManyOpen,
    TooManyOrders,
)
from nummer.apps.standing.limits import EVERYBODY, MINUTE, OUTCOMES_KEPT, USUAL, OrderLimits
from nummer.apps.standing.models import Block, BlockKind, Limits, Suspension
from nummer.kernel.ids import new_id
from nummer.kernel.phone import PhoneNumber

__all__ = [
    "BlockKind",
    "block",
    "check_order",
    "check_phone",
    "count_order",
    "count_outcome",
    "forgive_share",
    "lift_suspensions",
    "set_limits",
    "suspend",
    "unblock",
]

_CHECK: Final = (Path(__file__).parent / "check.sql").read_text()


def check_order(account_id: int, *, service: str, country: str = "", now: datetime) -> None:
    """Refuse an order that limits, suspensions or blocks forbid.

    To be called in the order's transaction, before `count_order`.
    Refuses: ServiceBlocked, AccountSuspended, TooManyOrders, TooManyOpen, CodeShareTooLow.
    Locks: the account's tally until the transaction ends.
    """
    row = _locked(account_id, service=service, country=country)
    recent, open_orders, outcomes, *numbers, suspended, blocked = row
    limits = OrderLimits(*numbers) if numbers[0] is not None else USUAL
    if blocked:
        raise ServiceBlocked
    if suspended:
        raise AccountSuspended
    _check_rate(recent, limits, now)
    if open_orders >= limits.open_max:
        raise TooManyOpen(limit=limits.open_max)
    _check_share(outcomes, limits)


def _locked(account_id: int, *, service: str, country: str) -> tuple[Any, ...]:
    asked: dict[str, int | str] = {"account": account_id, "service": service, "country": country}
    with connection.cursor() as cursor:
        cursor.execute(_CHECK, asked)
        row: tuple[Any, ...] | None = cursor.fetchone()
        if row is None:  # the account's first order
            cursor.execute(
                "INSERT INTO standing_tally (account_id, recent, open, outcomes)"
                " VALUES (%s, '{}', 0, '') ON CONFLICT DO NOTHING",
                [account_id],
            )
            cursor.execute(_CHECK, asked)
            row = cursor.fetchone()
    assert row is not None, "the tally exists now"
    return row


def _check_rate(recent: list[datetime], limits: OrderLimits, now: datetime) -> None:
    inside = sorted(at for at in recent if at > now - MINUTE)
    if len(inside) < limits.orders_per_minute:
        return
    # room comes when so many have left the minute that one fewer than the limit is inside
    leaves_at = inside[len(inside) - limits.orders_per_minute] if limits.orders_per_minute else now
    wait = leaves_at + MINUTE - now
    raise TooManyOrders(limit=limits.orders_per_minute, retry_after_s=max(1, -(-wait // _SECOND)))


def _check_share(outcomes: str, limits: OrderLimits) -> None:
    with_code = outcomes.count("c")
    if len(outcomes) < min(limits.share_after, OUTCOMES_KEPT):
        return
    if with_code * 100 < limits.share_percent_min * len(outcomes):
        raise CodeShareTooLow(of=len(outcomes), with_code=with_code)


_SECOND: Final = MINUTE / 60


def count_order(account_id: int, *, now: datetime) -> None:
    """Count an order that was placed: it is open, and one of this minute."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO standing_tally AS t (account_id, recent, open, outcomes)"
            " VALUES (%(account)s, ARRAY[%(now)s::timestamptz], 1, '')"
            " ON CONFLICT (account_id) DO UPDATE SET open = t.open + 1,"
            " recent = ARRAY(SELECT at FROM unnest(t.recent) at WHERE at > %(since)s)"
            " || %(now)s::timestamptz",
            {"account": account_id, "now": now, "since": now - MINUTE},
        )


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


def suspend(account_id: int, *, reason: str, actor: str, service: str = "", now: datetime) -> None:
    """Stop the orders of an account, of one service or of all; the balance is not touched."""
    with transaction.atomic():
        suspension_id = new_id()
        Suspension.objects.create(
            account_id=account_id,
            id=suspension_id,
            service=service,
            reason=reason,
            actor=actor,
            began_at=now,
        )
        _record("suspend", "suspension", row=suspension_id, actor=actor, of=account_id, now=now)


def lift_suspensions(account_id: int, *, actor: str, now: datetime) -> None:
    """Let an account order again; repeating it changes nothing."""
    with transaction.atomic():
        lifted = Suspension.objects.filter(account_id=account_id, lifted_at=None)
        if lifted.update(lifted_at=now):
            _record("lift", "suspension", row=account_id, actor=actor, of=account_id, now=now)


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
