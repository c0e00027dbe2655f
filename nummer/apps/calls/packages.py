"""Minutes that were bought: which package a call uses, and how much of it is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from nummer.apps.calls.models import Package
from nummer.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package; `left_s` is neither used nor kept for a call that goes on."""

    id: UUID
    local: bool
    whole_s: int
    used_s: int
    left_s: int
    begins_at: datetime
    ends_at: datetime


def add_package(
    account_id: int, *, local: bool, whole_s: int, ends_at: datetime, now: datetime
) -> UUID:
    """Give an account minutes from now on until they end; return the package's id."""
    assert whole_s > 0, "a package has something in it"
    row = Package.objects.create(
        account_id=account_id,
        id=new_id(),
        local=local,
        whole_s=whole_s,
        begins_at=now,
        ends_at=ends_at,
    )
    return row.id


def package_to_use(account_id: int, *, local: bool, now: datetime) -> PackageRow | None:
    """Return the package of a class that ends first and has something left; None without one."""
    rows = Package.objects.filter(
        account_id=account_id, local=local, begins_at__lte=now, ends_at__gt=now
    ).filter(whole_s__gt=F("used_s") + F("kept_s"))
    row = rows.order_by("ends_at", "id").first()
    return None if row is None else _row(row)


def packages_of(account_id: int, *, now: datetime) -> list[PackageRow]:
    """Return the packages that have not ended, in the order in which they are used."""
    rows = Package.objects.filter(account_id=account_id, ends_at__gt=now)
    return [_row(row) for row in rows.order_by("ends_at", "id")]


def _row(row: Package) -> PackageRow:
    left = row.whole_s - row.used_s - row.kept_s
    return PackageRow(row.id, row.local, row.whole_s, row.used_s, left, row.begins_at, row.ends_at)
