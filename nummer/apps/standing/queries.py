"""Reads of limits, suspensions and blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nummer.apps.standing.limits import EVERYBODY, USUAL, OrderLimits
from nummer.apps.standing.models import Block, BlockKind, Limits, Suspension, Tally

SENDERS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class SuspensionRow:
    """A suspension of an account's orders."""

    service: str
    reason: str
    began_at: datetime
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class BlockRow:
    """Something refused for everybody."""

    kind: str
    value: str
    reason: str
    began_at: datetime


def limits(account_id: int | None) -> OrderLimits:
    """Return the limits that count for an account; of everybody without own ones (None)."""
    owner = EVERYBODY if account_id is None else account_id
    row = Limits.objects.filter(account_id__in=(owner, EVERYBODY)).order_by("-account_id").first()
    if row is None:
        return USUAL
    return OrderLimits(row.orders_per_minute, row.open_max, row.share_percent_min, row.share_after)


def open_orders(account_id: int) -> int:
    """Return how many orders of an account are open."""
    return Tally.objects.filter(account_id=account_id).values_list("open", flat=True).first() or 0


def suspensions(account_id: int) -> list[SuspensionRow]:
    """Return the suspensions of an account, newest first."""
    rows = Suspension.objects.filter(account_id=account_id).order_by("-began_at", "-id")
    return [
        SuspensionRow(row.service, row.reason, row.began_at, row.lifted_at) for row in rows[:100]
    ]


def blocks(kind: BlockKind | None = None, *, limit: int = 500) -> list[BlockRow]:
    """Return what is blocked now, newest first."""
    rows = Block.objects.filter(lifted_at=None).order_by("-began_at", "-id")
    if kind is not None:
        rows = rows.filter(kind=kind)
    return [BlockRow(row.kind, row.value, row.reason, row.began_at) for row in rows[:limit]]


def blocked_senders() -> frozenset[str]:
    """Return the senders whose SMS no customer gets, in small letters."""
    rows = Block.objects.filter(kind=BlockKind.SENDER, lifted_at=None).order_by("value")
    return frozenset(rows.values_list("value", flat=True)[:SENDERS_MAX])
