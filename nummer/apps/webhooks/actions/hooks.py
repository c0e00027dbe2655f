"""Hooks of one lease: where its messages and calls are told, and what answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.webhooks.actions.adding import hosts_of, one_at_a_time, tell_owner
from nummer.apps.webhooks.actions.addresses import require_callable, sealed, sealed_url
from nummer.apps.webhooks.actions.endpoints import STANDARD, renew_secret
from nummer.apps.webhooks.actions.removing import remove
from nummer.apps.webhooks.errors import NoSuchEndpoint
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
) -> str | None:
    """Set, change or (with an empty `url`) remove the hook of a lease for one purpose.

    What waits goes to the new address. Whose the lease is, its caller has looked. A hook of our
    own dialect signs with a secret of its own (ADR 350), which is returned when it is new and
    never again; other dialects sign their way. The owner gets a mail about a host that is new.
    Refuses: AddressRefused. Locks: the account's endpoints.
    """
    assert dialect in dialects(), "config installs every dialect"
    assert method in METHODS, "a hook is called by GET or POST"
    endpoint_id = hook_id(lease_id, purpose)
    if not url:
        remove(account_id, endpoint_id=endpoint_id)
        return None
    for address in filter(None, (url, fallback_url)):
        require_callable(address)
    with transaction.atomic():
        one_at_a_time(account_id)
        for address in filter(None, (url, fallback_url)):
            tell_owner(account_id, url=address, now=now)
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
                    hosts=hosts_of(account_id, url, fallback_url),
                    created_at=now,
                )
            ],
            update_conflicts=True,
            unique_fields=["account_id", "id"],
            update_fields=[
                *("dialect", "method", "url", "fallback_url", "hosts"),
                *("state", "failing_since", "resting_until"),
            ],
        )
        row = _locked(account_id, endpoint_id)
        if dialect != STANDARD or row.secret is not None:
            return None
        return renew_secret(row, now=now)


def rotate_hook_secret(account_id: int, *, lease_id: UUID, purpose: str, now: datetime) -> str:
    """Give a hook of our own dialect a new secret; for a day the old one signs, too.

    Refuses: NoSuchEndpoint. Locks: the endpoint.
    """
    with transaction.atomic():
        row = _locked(account_id, hook_id(lease_id, purpose))
        if row.dialect != STANDARD:
            raise NoSuchEndpoint
        return renew_secret(row, now=now)


def hook_id(lease_id: UUID, purpose: str) -> UUID:
    """Return the id of the hook of a lease for one purpose."""
    return id_of("webhooks.lease", lease_id, Purpose(purpose))


def _locked(account_id: int, endpoint_id: UUID) -> Endpoint:
    row = Endpoint.objects.select_for_update().filter(account_id=account_id, id=endpoint_id).first()
    if row is None:
        raise NoSuchEndpoint
    return row
