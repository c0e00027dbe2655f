"""What others may read of payouts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection

from nummer.apps.paging import behind, from_on, keys_of, keys_of_seen, page_behind
from nummer.apps.payments import queries as payments
from nummer.apps.payouts.errors import NoSuchPayout
from nummer.apps.payouts.models import OPEN_STATES, Channel, Payout, PayoutState, Share, Way
from nummer.kernel.money import Money
from nummer.kernel.paging import Seen

__all__ = [
    "Channel",
    "PayoutRow",
    "PayoutState",
    "ShareRow",
    "Way",
    "audit_lines",
    "payout",
    "payouts",
    "share",
    "to_do",
    "transfers_to_make",
]

LISTED_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A part of a payout: where it goes, and whether it has arrived."""

    id: UUID
    top_up_id: UUID | None
    amount: Money
    way: Way
    bank_reference: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A request for money as its customer and the staff see it."""

    account_id: int
    id: UUID
    subject: str
    subject_id: UUID | None
    asked: Money | None
    reason: str
    details: str
    channel: str
    received_at: datetime
    state: str
    missing: tuple[str, ...]
    clauses: tuple[str, ...]
    granted: Money
    decide_by: date | None
    settle_by: date | None
    policy_version: str
    first_release: str
    closed_at: datetime | None
    shares: tuple[ShareRow, ...]

    @property
    def clause(self) -> str:
        """The first deciding clause, '' while nothing is decided."""
        return self.clauses[0] if self.clauses else ""


def payout(account_id: int, *, payout_id: UUID) -> PayoutRow:
    """Return one request of the account. Refuses: NoSuchPayout."""
    rows = Payout.objects.filter(account_id=account_id, id=payout_id)
    found = _rows(rows)
    if not found:
        raise NoSuchPayout
    return found[0]


def payouts(account_id: int, *, before: UUID | None = None, limit: int = 50) -> list[PayoutRow]:
    """Return the account's requests, latest first; `before` is the last one seen.

    Refuses: NoSuchPayout, where `before` is none of them.
    """
    rows = Payout.objects.filter(account_id=account_id)
    if before is not None:
        keys = keys_of(rows.filter(id=before), by=_LATEST_FIRST)
        if keys is None:
            raise NoSuchPayout
        rows = rows.filter(behind(keys))
    return _rows(rows.order_by(*_LATEST_FIRST)[: max(1, min(limit, LISTED_MAX))])


def to_do(
    *, after: Seen | None = None, start: Seen | None = None, limit: int = LISTED_MAX
) -> list[PayoutRow]:
    """Return what is not answered or not yet gone, most urgent first.

    `after` is the last one seen; with `start` the page begins with that one.
    """
    rows = Payout.objects.filter(state__in=OPEN_STATES).order_by(*_URGENCY)
    seen = after or start
    keys = None if seen is None else keys_of_seen(rows, seen, by=_URGENCY)
    if keys is not None:
        rows = rows.filter((behind if after else from_on)(keys, nulls=("decide_by",)))
    return _rows(rows[:limit])


_URGENCY: Final = ("decide_by", "received_at", "id")
_LATEST_FIRST: Final = ("-received_at", "-id")


def settle_days(refund_ids: Sequence[UUID]) -> dict[UUID, date]:
    """Return by which day the customer has the money of each of these refunds, where one is due."""
    shares = list(Share.objects.filter(refund_id__in=list(refund_ids)))
    rows = Payout.objects.filter(
        account_id__in={share.account_id for share in shares},
        id__in={share.payout_id for share in shares},
    )
    days = {(row.account_id, row.id): row.settle_by for row in rows}
    return {
        share.refund_id: day
        for share in shares
        if share.refund_id is not None
        and (day := days.get((share.account_id, share.payout_id))) is not None
    }


def after_failure(refunds: Sequence[tuple[int, UUID]]) -> dict[UUID, tuple[UUID, ShareRow]]:
    """Return what became of refunds (account, id) that failed: payout and share, by refund.

    One that was no share of a payout is missing: its money is on the balance again.
    """
    shares = Share.objects.filter(
        account_id__in={account_id for account_id, _ in refunds},
        refund_id__in=[refund_id for _, refund_id in refunds],
    ).order_by("account_id", "id")
    return {
        share.refund_id: (share.payout_id, _share(share))
        for share in shares
        if share.refund_id is not None
    }


def transfers_to_make(
    *, after: Seen | None = None, limit: int = LISTED_MAX
) -> list[tuple[PayoutRow, ShareRow]]:
    """Return the shares that the staff sends by bank, oldest first; `after` is the last one seen.

    Without those of payments that the bank takes back itself (RULE-CB).
    """
    waiting = Share.objects.filter(way=Way.BANK, closed_at=None)
    waiting = page_behind(waiting, after, by=("chosen_at", "id"))
    found: list[tuple[PayoutRow, ShareRow]] = []
    begins = 0
    while len(found) < limit and (shares := list(waiting[begins : begins + limit])):
        found += _to_make(shares)
        begins += limit
    return found[:limit]


def _to_make(shares: Sequence[Share]) -> list[tuple[PayoutRow, ShareRow]]:
    accounts = {share.account_id for share in shares}
    contested = {each: payments.contested_top_ups(each) for each in accounts}
    asked = Payout.objects.filter(
        account_id__in=accounts, id__in={share.payout_id for share in shares}
    )
    rows = {row.id: row for row in _rows(asked.order_by("id"))}
    return [
        (rows[share.payout_id], _share(share))
        for share in shares
        if share.top_up_id not in contested[share.account_id]
    ]


def share(account_id: int, *, share_id: UUID) -> ShareRow:
    """Return one part of a payout. Refuses: NoSuchPayout."""
    row = Share.objects.filter(account_id=account_id, id=share_id).first()
    if row is None:
        raise NoSuchPayout
    return _share(row)


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for each invariant of payouts."""
    lines = []
    with connection.cursor() as cursor:
        for name, question in _PROOFS.items():
            cursor.execute(question)
            breaches, detail = cursor.fetchone()
            lines.append((f"payouts: {name}", int(breaches), detail or ""))
    return lines


_OTHER_SUM: Final = """
SELECT count(*), string_agg(p.id::text, ', ')
  FROM payouts_payout p
  LEFT JOIN (SELECT account_id, payout_id, sum(amount_micro) AS amount FROM payouts_share
              GROUP BY account_id, payout_id) s
    ON s.account_id = p.account_id AND s.payout_id = p.id
 WHERE COALESCE(s.amount, 0) <>
       CASE WHEN p.state IN ('paying', 'done') THEN p.granted_micro ELSE 0 END
"""

_NOT_SENT: Final = """
SELECT count(*), string_agg(s.id::text, ', ')
  FROM payouts_share s
  LEFT JOIN payments_refund r ON r.account_id = s.account_id AND r.id = s.refund_id
 WHERE s.refund_id IS NOT NULL AND (
       r.amount_micro IS DISTINCT FROM s.amount_micro OR r.top_up_id IS DISTINCT FROM s.top_up_id
       OR (s.way = 'method' AND s.closed_at IS NOT NULL AND r.state = 'wanted'))
"""

_NOT_HELD: Final = """
SELECT count(*), string_agg(s.id::text, ', ')
  FROM payouts_share s
  LEFT JOIN ledger.hold h ON h.account_id = s.account_id AND h.id = s.hold_id
 WHERE (s.way IN ('choose', 'bank') OR s.hold_id IS NOT NULL)
   AND (h.amount IS DISTINCT FROM s.amount_micro
        OR h.state::text IS DISTINCT FROM
           CASE WHEN s.closed_at IS NULL THEN 'open'
                WHEN s.way = 'bank' THEN 'captured' ELSE 'released' END)
"""

_PROOFS: Final = {
    "what is shared out is what was granted": _OTHER_SUM,
    "a share to a method has its refund of the same sum": _NOT_SENT,
    "a share that waits is held, and what was sent by bank was taken": _NOT_HELD,
}


def _rows(found: Iterable[Payout]) -> list[PayoutRow]:
    rows = list(found)
    shares: dict[UUID, list[ShareRow]] = {}
    for share in Share.objects.filter(
        account_id__in={row.account_id for row in rows}, payout_id__in=[row.id for row in rows]
    ).order_by("place"):
        shares.setdefault(share.payout_id, []).append(_share(share))
    return [_row(row, tuple(shares.get(row.id, []))) for row in rows]


def _row(row: Payout, shares: tuple[ShareRow, ...]) -> PayoutRow:
    return PayoutRow(
        account_id=row.account_id,
        id=row.id,
        subject=row.subject,
        subject_id=row.subject_id,
        asked=None if row.asked_micro is None else Money(row.asked_micro, row.currency),
        reason=row.reason,
        details=row.details,
        channel=row.channel,
        received_at=row.received_at,
        state=row.state,
        missing=tuple(row.missing),
        clauses=tuple(row.clauses),
        granted=Money(row.granted_micro, row.currency),
        decide_by=row.decide_by,
        settle_by=row.settle_by,
        policy_version=row.policy_version,
        first_release=row.first_release,
        closed_at=row.closed_at,
        shares=shares,
    )


def _share(share: Share) -> ShareRow:
    return ShareRow(
        id=share.id,
        top_up_id=share.top_up_id,
        amount=Money(share.amount_micro, share.currency),
        way=Way(share.way),
        bank_reference=share.bank_reference,
        closed_at=share.closed_at,
    )
