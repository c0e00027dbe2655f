"""How an account may send: limits that staff sets, and quiet hours that a customer sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from phonenumbers import parse
from phonenumbers.timezone import time_zones_for_number

from nummer.apps.audit import actions as audit
from nummer.apps.leases import queries as leases
from nummer.apps.messaging.errors import QuietHours, SpendLimitByPage
from nummer.apps.messaging.models import Quiet, Sender, SendingLimits
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

EVERYBODY: Final = 0
NEW_FOR: Final = timedelta(days=30)
# In the recipient's own time.
QUIET_FROM_HOUR: Final = 21
QUIET_UNTIL_HOUR: Final = 8


@dataclass(frozen=True, slots=True)
class HowMuch:
    """What an account may send; 0 where nothing limits it.

    The last two hold while an account is new: recipients within an hour, and texts a day to other
    countries than the number's, which is where made-up traffic goes.
    """

    per_minute: int
    per_day: int
    new_recipients_per_hour: int
    new_abroad_per_day: int


USUAL: Final = HowMuch(600, 20_000, 100, 50)


def set_sending_limits(
    account_id: int | None, *, limits: HowMuch, actor: str, now: datetime
) -> None:
    """Set what one account may send, new or not, or everybody without own limits (None)."""
    owner = EVERYBODY if account_id is None else account_id
    with transaction.atomic():
        SendingLimits.objects.update_or_create(
            account_id=owner,
            defaults={
                "per_minute": limits.per_minute,
                "per_day": limits.per_day,
                "new_recipients_per_hour": limits.new_recipients_per_hour,
                "new_abroad_per_day": limits.new_abroad_per_day,
                "changed_at": now,
            },
        )
        audit.record(
            actor=actor,
            verb="set_sending_limits",
            place="messaging_sendinglimits",
            row=str(owner),
            fields=["per_minute", "per_day", "new_recipients_per_hour", "new_abroad_per_day"],
            account_id=account_id,
            now=now,
        )


def sending_limits(account_id: int | None) -> HowMuch:
    """Return what counts for an account, or for everybody without own limits (None)."""
    return (own_limits(account_id) if account_id else None) or _limits(EVERYBODY) or USUAL


def own_limits(account_id: int) -> HowMuch | None:
    """Return the limits that staff set for one account, if it did."""
    return _limits(account_id)


def _limits(owner: int) -> HowMuch | None:
    row = SendingLimits.objects.filter(account_id=owner).first()
    if row is None:
        return None
    return HowMuch(row.per_minute, row.per_day, row.new_recipients_per_hour, row.new_abroad_per_day)


def set_spend_limit(account_id: int, *, limit: Money | None, actor: str, now: datetime) -> None:
    """Let an account spend at most `limit` on texts within a day, or as much as it has (None).

    What it spent since its day began counts. Locks: the account's sender row.
    """
    with transaction.atomic():
        _write_spend_limit(_locked_sender(account_id, now=now), limit, actor=actor, now=now)


def lower_spend_limit(account_id: int, *, limit: Money, actor: str, now: datetime) -> None:
    """Set a first limit or a lower one, as a program may. Refuses: SpendLimitByPage.

    Whoever stole a key must not spend more by it (ADR 380). Locks: the account's sender row.
    """
    with transaction.atomic():
        row = _locked_sender(account_id, now=now)
        if row.spend_max_micro is not None and limit.micro > row.spend_max_micro:
            raise SpendLimitByPage
        _write_spend_limit(row, limit, actor=actor, now=now)


def _locked_sender(account_id: int, *, now: datetime) -> Sender:
    Sender.objects.get_or_create(
        account_id=account_id,
        defaults={"minute_from": now, "minute_count": 0, "day_from": now, "day_count": 0},
    )
    return Sender.objects.select_for_update().get(account_id=account_id)


def _write_spend_limit(row: Sender, limit: Money | None, *, actor: str, now: datetime) -> None:
    micro = None if limit is None else limit.micro
    if micro == row.spend_max_micro:
        return
    row.spend_max_micro = micro
    row.save(update_fields=["spend_max_micro"])
    audit.record(
        actor=actor,
        verb="remove_spend_limit" if limit is None else "set_spend_limit",
        place="messaging_sender",
        row=str(row.account_id),
        fields=["spend_max_micro"],
        account_id=row.account_id,
        now=now,
    )


def spend_limit(account_id: int, *, currency: str) -> Money | None:
    """Return what the customer lets his account spend on texts within a day, if he limits it."""
    row = Sender.objects.filter(account_id=account_id).first()
    if row is None or row.spend_max_micro is None:
        return None
    return Money(row.spend_max_micro, currency)


def set_quiet_hours(account_id: int, *, lease_id: UUID, quiet: bool, now: datetime) -> None:
    """Let a number send nothing at night where the recipient is, or let it send at any hour.

    Refuses: NoSuchLease.
    """
    leases.lease(account_id, lease_id=lease_id)
    if quiet:
        Quiet.objects.get_or_create(
            account_id=account_id, lease_id=lease_id, defaults={"since": now}
        )
    else:
        Quiet.objects.filter(account_id=account_id, lease_id=lease_id).delete()


def quiet(account_id: int, *, lease_id: UUID) -> bool:
    """Tell whether a number keeps quiet hours."""
    return Quiet.objects.filter(account_id=account_id, lease_id=lease_id).exists()


def require_waking_hour(to: PhoneNumber, *, now: datetime) -> None:
    """Refuse at night, in any of the zones where the number can be. Refuses: QuietHours."""
    for zone in time_zones_for_number(parse(to.e164)):
        if zone == "Etc/Unknown":
            continue
        hour = now.astimezone(ZoneInfo(zone)).hour
        if hour >= QUIET_FROM_HOUR or hour < QUIET_UNTIL_HOUR:
            raise QuietHours(from_hour=QUIET_FROM_HOUR, until_hour=QUIET_UNTIL_HOUR)
