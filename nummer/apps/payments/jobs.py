"""What is deferred or becomes due in payments.

Providers are asked by jobs only, since the sweeper waits for nobody. A due row gives a job that
was lost another one, and finds top-ups that nobody came back for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from nummer.apps.payments import actions
from nummer.apps.payments.actions import (
    asking_back,
    automatic,
    low_balance,
    notices,
    reconciling,
    sending_back,
)
from nummer.apps.payments.models import LeavingPayer, Mark, Refund, TopUp, TopUpState
from nummer.apps.payments.ports import WAITED_FOR, installed_payments
from nummer.kernel import clock
from nummer.kernel.due import AT_END, DueRow, DueSource
from nummer.kernel.ids import id_of
from nummer.kernel.jobs import CONCLUDE, FORGET_PAYER, READ_EVENTS, SEND_REFUND, TAKE_KEPT

EVENTS_READ_EVERY: Final = timedelta(minutes=10)
NOBODY: Final = 0  # rows of providers belong to no account


def _abandoned(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return wishes that nobody paid in their time; a method that is gone waits as most do."""
    waits = {
        method.code: method.waited_for
        for provider in installed_payments().providers
        for method in provider.methods
        if method.waited_for != WAITED_FOR
    }
    waiting = TopUp.objects.filter(state=TopUpState.STARTED)
    found = _older(waiting.exclude(method__in=waits), WAITED_FOR, until, limit)
    for code, wait in waits.items():
        found += _older(waiting.filter(method=code), wait, until, limit)
    return sorted(found)[:limit]


def _older(rows: QuerySet[TopUp], wait: timedelta, until: datetime, limit: int) -> list[DueRow]:
    oldest = rows.filter(started_at__lte=until - wait).order_by("started_at", "account_id", "id")
    return [DueRow(row.started_at + wait, row.account_id, row.id) for row in oldest[:limit]]


def _abandon(row: DueRow, now: datetime) -> None:
    actions.abandon(row.account_id, top_up_id=row.key, now=now)


def _refunds(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = Refund.objects.filter(due_at__lte=until).order_by("due_at", "account_id", "id")
    return [
        DueRow(due_at=row.due_at, account_id=row.account_id, key=row.id)
        for row in rows[:limit]
        if row.due_at is not None
    ]


def _look_after_refund(row: DueRow, now: datetime) -> None:
    sending_back.look_after(row.account_id, refund_id=row.key, now=now)


_WAITING: Final = """
SELECT n.received_at, r.account_id, n.id
  FROM payments_notice n
  JOIN payments_reference r
    ON r.provider = n.provider AND r.reference IN (n.payment, n.ours) AND r.reference <> ''
  JOIN payments_topup t ON t.account_id = r.account_id AND t.id = r.top_up_id AND t.state = 'paid'
 WHERE n.outcome = 'waiting' AND n.received_at <= %s
 ORDER BY n.received_at, r.account_id, n.id
 LIMIT %s
"""


def _waiting(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return notices that waited for a payment which is known now."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [until, limit])
        return sorted({DueRow(*row) for row in cursor.fetchall()})


def _take_waiting(row: DueRow, now: datetime) -> None:
    notices.take_waiting(row.key, now=now)


# Low balances have no moment of their own, so they are found as they are when the sweeper looks:
# now, or where a clock that jumped has arrived.
_LOW: Final = """
SELECT a.account_id
  FROM payments_autotopup a
  JOIN ledger.wallet w ON w.account_id = a.account_id
 WHERE a.state = 'active' AND (a.rest_until IS NULL OR a.rest_until <= %s)
   AND w.balance - w.held - w.earmarked < a.threshold_micro
 ORDER BY a.account_id
 LIMIT %s
"""


def _low(until: datetime, limit: int) -> Sequence[DueRow]:
    with connection.cursor() as cursor:
        cursor.execute(_LOW, [until, limit])
        return [
            DueRow(due_at=until, account_id=account_id, key=id_of("auto-top-up", account_id))
            for (account_id,) in cursor.fetchall()
        ]


def _fill_up(row: DueRow, now: datetime) -> None:
    actions.top_up_by_itself(row.account_id, now=now)


# Those who want to be told, and those who were told and have enough again.
_BELOW: Final = """
SELECT l.account_id
  FROM payments_lowbalance l
  JOIN ledger.wallet w ON w.account_id = l.account_id
 WHERE (l.told_at IS NULL) = (w.balance - w.held - w.earmarked < l.threshold_micro)
 ORDER BY l.account_id
 LIMIT %s
"""


def _below(until: datetime, limit: int) -> Sequence[DueRow]:
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [limit])
        return [
            DueRow(due_at=until, account_id=account_id, key=id_of("balance-low", account_id))
            for (account_id,) in cursor.fetchall()
        ]


def _tell_low(row: DueRow, now: datetime) -> None:
    low_balance.tell(row.account_id, now=now)


def _untold(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = TopUp.objects.filter(ask_at__lte=until).order_by("ask_at", "account_id", "id")
    return [
        DueRow(due_at=row.ask_at, account_id=row.account_id, key=row.id)
        for row in rows[:limit]
        if row.ask_at is not None
    ]


def _ask_again(row: DueRow, now: datetime) -> None:
    if TopUp.objects.filter(account_id=row.account_id, id=row.key, automatic=True).exists():
        automatic.look_after_taking(row.account_id, top_up_id=row.key, now=now)
    else:
        asking_back.look_after(row.account_id, top_up_id=row.key, now=now)


def _leaving(until: datetime, limit: int) -> Sequence[DueRow]:
    rows = LeavingPayer.objects.filter(look_at__lte=until)
    return [
        DueRow(due_at=row.look_at, account_id=row.account_id, key=row.id)
        for row in rows.order_by("look_at", "account_id", "id")[:limit]
    ]


def _forget_again(row: DueRow, now: datetime) -> None:
    automatic.look_after_leaving(row.account_id, now=now)


def _unread(until: datetime, limit: int) -> Sequence[DueRow]:
    """Return the providers whose lists were not read lately, as they are when one looks."""
    read = set(
        Mark.objects.filter(looked_at__gt=until - EVENTS_READ_EVERY).values_list(
            "provider", flat=True
        )
    )
    return [
        DueRow(due_at=until, account_id=NOBODY, key=_key_of(code))
        for code in _listing()
        if code not in read
    ][:limit]


def _wish_for_events(row: DueRow, now: datetime) -> None:
    for code in _listing():
        if _key_of(code) == row.key:
            reconciling.look_after_events(code, now=now)


def _listing() -> list[str]:
    providers = installed_payments().providers
    return sorted(each.code for each in providers if each.capabilities.lists_events)


def _key_of(provider: str) -> UUID:
    return id_of("payment-events", provider)


def _do_send_refund(*, account_id: int, refund_id: str) -> None:
    sending_back.send(account_id, refund_id=UUID(refund_id), now=clock.now())


def _do_conclude(*, account_id: int, top_up_id: str) -> None:
    actions.conclude(account_id, top_up_id=UUID(top_up_id), now=clock.now())


def _do_take_kept(*, account_id: int, top_up_id: str) -> None:
    automatic.take_kept(account_id, top_up_id=UUID(top_up_id), now=clock.now())


def _do_forget_payer(*, account_id: int) -> None:
    automatic.forget_payer(account_id, now=clock.now())


def _do_read_events(*, provider_id: str) -> None:
    actions.read_events(provider_id, now=clock.now())


JOBS: Final[Mapping[str, Callable[..., None]]] = {
    SEND_REFUND: _do_send_refund,
    CONCLUDE: _do_conclude,
    TAKE_KEPT: _do_take_kept,
    FORGET_PAYER: _do_forget_payer,
    READ_EVENTS: _do_read_events,
}

ABANDONED: Final = DueSource(name="payments.top_up", find=_abandoned, fire=_abandon, lead=None)
REFUNDS: Final = DueSource(
    name="payments.refund", find=_refunds, fire=_look_after_refund, lead=sending_back.LOOKED_AFTER
)
WAITING: Final = DueSource(name="payments.notice", find=_waiting, fire=_take_waiting)
LOW: Final = DueSource(name="payments.low_balance", find=_low, fire=_fill_up, lead=AT_END)
BELOW: Final = DueSource(name="payments.told_low", find=_below, fire=_tell_low, lead=AT_END)
UNTOLD: Final = DueSource(
    name="payments.untold", find=_untold, fire=_ask_again, lead=asking_back.LOOKED_AFTER
)
LEAVING: Final = DueSource(
    name="payments.leaving", find=_leaving, fire=_forget_again, lead=automatic.LOOKED_AFTER
)
UNREAD: Final = DueSource(name="payments.events", find=_unread, fire=_wish_for_events, lead=None)

DUE_SOURCES: Final = (ABANDONED, REFUNDS, WAITING, LOW, BELOW, UNTOLD, LEAVING, UNREAD)
