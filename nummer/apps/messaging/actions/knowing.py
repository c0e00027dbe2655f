"""Who sends, remembered by each process; what accepts the texts asks whether it still holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from nummer.apps.accounts import queries as accounts
from nummer.apps.catalogue import sms_tariff
from nummer.apps.leases import queries as leases
from nummer.apps.leases.errors import NoSuchLease
from nummer.apps.messaging.models import Quiet
from nummer.kernel.phone import PhoneNumber
from nummer.kernel.remembered import Remembered

SENDERS_MAX: Final = 20_000
NUMBERS_MAX: Final = 1_000  # of one account

# A number is named by its lease, or by itself (E.164) as programs do.
Named: TypeAlias = UUID | str


@dataclass(frozen=True, slots=True)
class Number:
    """A rented number as it was when it was read; `quiet` says that it keeps quiet hours."""

    lease_id: UUID
    phone: PhoneNumber
    country: str
    carrier: str
    quiet: bool


@dataclass(slots=True)
class Sender:
    """An account as it was when it was read, and those of its numbers that were asked for."""

    currency: str
    country: str
    tax_bp: int
    created_at: datetime
    numbers: dict[Named, Number] = field(default_factory=dict)


_SENDERS: Final[Remembered[Sender]] = Remembered(SENDERS_MAX)


def remembered(account_id: int) -> Sender | None:
    """Return who sends where it is in memory; asks nobody."""
    return _SENDERS.get(account_id)


def learn(account_id: int, *, named: Collection[Named], fresh: bool, now: datetime) -> Sender:
    """Read who sends, with the numbers named that are his; `fresh` keeps nothing of before."""
    found = None if fresh else _SENDERS.get(account_id)
    if found is None or len(found.numbers) > NUMBERS_MAX:
        account = accounts.account(account_id)
        tax_bp = sms_tariff.tax_bp(account.country, now=now)
        found = Sender(account.currency, account.country, tax_bp, account.created_at)
    missing = [one for one in named if one not in found.numbers]
    found.numbers.update(_numbers(account_id, missing))
    return _SENDERS.keep(account_id, found)


def _numbers(account_id: int, named: Collection[Named]) -> dict[Named, Number]:
    """Return the numbers by their names; those by number only where they serve the account."""
    e164s = {one for one in named if isinstance(one, str)}
    lease_ids: dict[Named, UUID] = {one: one for one in named if isinstance(one, UUID)}
    if e164s:
        lease_ids.update(leases.serving(account_id, e164s=e164s).items())
    quiet = set(
        Quiet.objects.filter(
            account_id=account_id, lease_id__in=set(lease_ids.values())
        ).values_list("lease_id", flat=True)
    )
    found: dict[Named, Number] = {}
    for name, lease_id in lease_ids.items():
        try:
            lease = leases.lease(account_id, lease_id=lease_id)
        except NoSuchLease:
            continue
        found[name] = Number(
            lease_id, lease.number, lease.country, lease.carrier, lease_id in quiet
        )
    return found
