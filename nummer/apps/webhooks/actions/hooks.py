"""Hooks of one lease: where its messages and calls are told, and what answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.webhooks.actions.addresses import require_callable, sealed, sealed_url
from nummer.apps.webhooks.actions.removing import remove
from nummer.apps.webhooks.kinds import Purpose, Sort
from nummer.apps.webhooks.models import Endpoint
from nummer.apps.webhooks.ports import dialects
from nummer.kernel.ids import id_of

METHODS: Final = ("GET", "POST")


def set_lease_hook(
    account_id: int,
    *,
    lease_id: UUID,
    dialect: str,
    purpose: str,
    url: str,
    now: datetime,
    method: str = "POST",
    fallback_url: str = "",
) -> None:
    """Set, change or (with an empty `url`) remove the hook of a lease for one purpose.

    What waits goes to the new address. Whose the lease is, its caller has looked.
    Refuses: AddressRefused.
    """
    assert dialect in dialects(), "config installs every dialect"
    assert method in METHODS, "a hook is called by GET or POST"
    endpoint_id = id_of("webhooks.lease", lease_id, Purpose(purpose))
    if not url:
        remove(account_id, endpoint_id=endpoint_id)
        return
    for address in filter(None, (url, fallback_url)):
        require_callable(address)
    Endpoint.objects.bulk_create(
        [
            Endpoint(
                account_id=account_id,
                id=endpoint_id,
                sort=Sort.LEASE,
                dialect=dialect,
                lease_id=lease_id,
                purpose=purpose,
                method=method,
                kinds=[],
                url=sealed_url(account_id, endpoint_id, url=url),
                fallback_url=sealed(
                    account_id, endpoint_id, column="fallback_url", text=fallback_url
                )
                if fallback_url
                else None,
                created_at=now,
            )
        ],
        update_conflicts=True,
        unique_fields=["account_id", "id"],
        update_fields=[
            *("dialect", "method", "url", "fallback_url"),
            *("state", "failing_since", "resting_until"),
        ],
    )
