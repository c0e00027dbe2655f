"""Whose rented numbers an incident or planned work concerns: the answers that `incidents` needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from nummer.apps.incidents.ports import Rented
from nummer.apps.leases.models import Lease
from nummer.policy.lease import SERVED, LeaseState

_SERVED: Final = sorted(SERVED)


class LeasedNumbers:
    """The numbers that serve their holders now."""

    def in_scope(
        self, *, carrier: str, country: str, numbers: Sequence[str]
    ) -> Sequence[tuple[int, UUID]]:
        """Return (account, lease) of the numbers that serve in a scope; an empty part means all."""
        rows = _in(country, carrier)
        if numbers:
            rows = rows.filter(e164__in=list(numbers))
        return list(rows.order_by("account_id", "id").values_list("account_id", "id"))

    def rented(self, account_id: int, *, lease_id: UUID) -> Rented | None:
        """Return the number of a lease; None where that is none, or serves nobody now."""
        row = Lease.objects.filter(account_id=account_id, id=lease_id).first()
        if row is None or LeaseState(row.state) not in SERVED:
            return None
        return Rented(row.e164, row.carrier, row.country)

    def accounts_in(self, country: str, *, carrier: str) -> Sequence[int]:
        """Return the accounts with a number of a country and carrier that serves; empty: of any."""
        rows = _in(country, carrier).order_by("account_id").values_list("account_id", flat=True)
        return list(rows.distinct())

    def count_in(self, account_id: int, *, country: str, carrier: str) -> int:
        """Return how many such numbers one account has."""
        return _in(country, carrier).filter(account_id=account_id).count()


def _in(country: str, carrier: str) -> QuerySet[Lease]:
    rows = Lease.objects.filter(state__in=_SERVED)
    if carrier:
        rows = rows.filter(carrier=carrier)
    return rows.filter(country=country) if country else rows
