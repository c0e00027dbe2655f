"""Reads of limits, suspensions and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nummer.apps.standing.limits import EVERYBODY, USUAL, OrderLimits
from nummer.apps.standing.models import RENTED, Block, BlockKind, Limits, Suspension, Tally


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A suspension of an account's orders."""

    id: UUID
    service: str
    reason: str
    actor: str
    began_at: datetime
    lifted_at: datetime | None
    lease_id: UUID | None  # of the one number that is stopped


@dataclass(frozen=True, slots=True)
class BlockRow:
    """Something refused for everybody."""

    id: UUID
    kind: str
    value: str
    reason: str
    actor: str
    began_at: datetime


@dataclass(frozen=True, slots=True)
class CodeShare:
    """How many of an account's last numbers that ended had received a code."""

    of: int
    with_code: int


def limits(account_id: int | None) -> OrderLimits:
    """Return the limits that count for an account; of everybody without own ones (None)."""
    owner = EVERYBODY if account_id is None else account_id
    row = Limits.objects.filter(account_id__in=(owner, EVERYBODY)).order_by("-account_id").first()
    return USUAL if row is None else _limits(row)


def own_limits(account_id: int) -> OrderLimits | None:
    """Return the limits that were set for this account alone; None: everybody's count."""
    row = Limits.objects.filter(account_id=account_id).exclude(account_id=EVERYBODY).first()
    return None if row is None else _limits(row)


def open_orders(account_id: int) -> int:
    """Return how many orders of an account are open."""
    return Tally.objects.filter(account_id=account_id).values_list("open", flat=True).first() or 0


def code_share(account_id: int) -> CodeShare:
    """Return what the share of codes is judged by."""
    outcomes = (
        Tally.objects.filter(account_id=account_id).values_list("outcomes", flat=True).first()
    ) or ""
    return CodeShare(of=len(outcomes), with_code=outcomes.count("c"))


def suspensions(
    account_id: int, *, before: UUID | None = None, limit: int = 100
) -> list[SuspensionRow]:
    """Return the suspensions of an account, newest first; `before` is the last id seen."""
    rows = Suspension.objects.filter(account_id=account_id).order_by("-id")
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        SuspensionRow(
            row.id, row.service, row.reason, row.actor, row.began_at, row.lifted_at, row.lease_id
        )
        for row in rows[:limit]
    ]


def suspended(account_id: int) -> bool:
    """Tell whether any suspension stands, of a number, of a service or of all."""
    return Suspension.objects.filter(account_id=account_id, lifted_at=None).exists()


def renting_stopped(account_id: int) -> bool:
    """Tell whether the account may not rent and send: by a suspension of that, or of all."""
    standing = Suspension.objects.filter(account_id=account_id, lifted_at=None, lease_id=None)
    return standing.filter(service__in=("", RENTED)).exists()


def number_stopped(account_id: int, *, lease_id: UUID) -> bool:
    """Tell whether one rented number of the account is stopped, alone or with all others."""
    alone = Suspension.objects.filter(account_id=account_id, lifted_at=None, lease_id=lease_id)
    return alone.exists() or renting_stopped(account_id)


def blocks(
    kind: BlockKind | None = None, *, before: UUID | None = None, limit: int = 500
) -> list[BlockRow]:
    """Return what is blocked now, newest first; `before` is the last id seen."""
    rows = Block.objects.filter(lifted_at=None).order_by("-id")
    if kind is not None:
        rows = rows.filter(kind=kind)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [
        BlockRow(row.id, row.kind, row.value, row.reason, row.actor, row.began_at)
        for row in rows[:limit]
    ]


def _limits(row: Limits) -> OrderLimits:
    return OrderLimits(row.orders_per_minute, row.open_max, row.share_percent_min, row.share_after)
