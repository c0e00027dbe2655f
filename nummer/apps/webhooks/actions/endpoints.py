"""Endpoints of an account: what its owner does with them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from nummer.apps.audit.actions import record
from nummer.apps.ledger.errors import KeyReused
from nummer.apps.webhooks.actions.adding import hosts_of, one_at_a_time, tell_owner
from nummer.apps.webhooks.actions.addresses import (
    require_callable,
    sealed,
    sealed_url,
    unsealed,
)
from nummer.apps.webhooks.actions.removing import remove
from nummer.apps.webhooks.actions.repeating import require_room
from nummer.apps.webhooks.errors import (
    EndpointOff,
    NoSuchEndpoint,
    TooManyEndpoints,
    UnknownKind,
)
from nummer.apps.webhooks.kinds import KINDS, TEST, DeliveryState, EndpointState, Sort
from nummer.apps.webhooks.models import Delivery, Endpoint, Event
from nummer.kernel.ids import new_id

MOST: Final = 10
STANDARD: Final = "standard"
SECRET_BYTES: Final = 32  # Standard Webhooks: between 24 and 64
BOTH_SIGN: Final = timedelta(hours=24)  # after a rotation, for receivers that are not told yet


@dataclass(frozen=True, slots=True)
class Fresh:
    """An endpoint and its new secret, which is shown this once."""

    endpoint_id: UUID
    secret: str | None = field(repr=False)  # None: it was shown before


def create_endpoint(
    account_id: int,
    *,
    url: str,
    kinds: Sequence[str],
    actor: str,
    now: datetime,
    key: UUID | None = None,
) -> Fresh:
    """Open an endpoint for events of these kinds; none named: of all, also of later ones.

    `key` is the caller's idempotency key; the same again opens nothing and shows no secret.
    The owner gets a mail that names its host.
    Refuses: AddressRefused, UnknownKind, TooManyEndpoints, KeyReused.
    Locks: the account's endpoints.
    """
    chosen = _known(kinds)
    require_callable(url, look_up=True)
    endpoint_id, secret = key or new_id(), new_secret()
    with transaction.atomic():
        one_at_a_time(account_id)
        if _opened_before(account_id, endpoint_id, url=url, kinds=chosen):
            return Fresh(endpoint_id, None)
        if Endpoint.objects.filter(account_id=account_id, sort=Sort.ACCOUNT).count() >= MOST:
            raise TooManyEndpoints(most=MOST)
        tell_owner(account_id, url=url, now=now)
        Endpoint.objects.create(
            account_id=account_id,
            id=endpoint_id,
            sort=Sort.ACCOUNT,
            dialect=STANDARD,
            method="POST",
            kinds=chosen,
            url=sealed_url(account_id, endpoint_id, url=url),
            hosts=hosts_of(account_id, url),
            secret=sealed(account_id, endpoint_id, column="secret", text=secret),
            created_at=now,
        )
        _note(account_id, endpoint_id, verb="create", actor=actor, now=now)
    return Fresh(endpoint_id, secret)


def change_endpoint(
    account_id: int,
    *,
    endpoint_id: UUID,
    url: str | None = None,
    kinds: Sequence[str] | None = None,
    actor: str,
    now: datetime,
) -> None:
    """Change the address, the kinds, or both; what waits goes to the new address.

    Refuses: NoSuchEndpoint, AddressRefused, UnknownKind. Locks: the endpoint.
    """
    chosen = None if kinds is None else _known(kinds)
    if url is not None:
        require_callable(url, look_up=True)
    with transaction.atomic():
        row = _locked(account_id, endpoint_id)
        if chosen is not None:
            row.kinds = chosen
        if url is not None:
            tell_owner(account_id, url=url, now=now)
            row.url = sealed_url(account_id, endpoint_id, url=url)
            row.hosts = hosts_of(account_id, url)
            row.failing_since = row.resting_until = None
        row.save(update_fields=["kinds", "url", "hosts", "failing_since", "resting_until"])
        changed = ["kinds"] * (chosen is not None) + ["url"] * (url is not None)
        _note(account_id, endpoint_id, verb="change", actor=actor, fields=changed, now=now)


def switch(account_id: int, *, endpoint_id: UUID, on: bool, actor: str, now: datetime) -> None:
    """Switch an endpoint on or off. Off: what waits is missed, as is what happens from now on.

    Refuses: NoSuchEndpoint. Locks: the endpoint.
    """
    with transaction.atomic():
        row = _locked(account_id, endpoint_id)
        if on == (row.state == EndpointState.ON):
            return
        row.state = EndpointState.ON if on else EndpointState.OFF
        row.failing_since = row.resting_until = None
        row.save(update_fields=["state", "failing_since", "resting_until"])
        if not on:
            miss_waiting(account_id, endpoint_id=endpoint_id)
        verb = "switch-on" if on else "switch-off"
        _note(account_id, endpoint_id, verb=verb, actor=actor, now=now)


def miss_waiting(account_id: int, *, endpoint_id: UUID) -> None:
    """Note that what waits for an endpoint was missed; a replay sends it."""
    Delivery.objects.filter(
        account_id=account_id, endpoint_id=endpoint_id, next_at__isnull=False
    ).update(state=DeliveryState.MISSED, next_at=None)


def rotate_secret(account_id: int, *, endpoint_id: UUID, actor: str, now: datetime) -> Fresh:
    """Give an endpoint a new secret; for BOTH_SIGN the old one signs, too.

    Refuses: NoSuchEndpoint. Locks: the endpoint.
    """
    with transaction.atomic():
        row = _locked(account_id, endpoint_id)
        secret = renew_secret(row, now=now)
        _note(account_id, endpoint_id, verb="rotate-secret", actor=actor, now=now)
    return Fresh(endpoint_id, secret)


def renew_secret(row: Endpoint, *, now: datetime) -> str:
    """Give a locked endpoint a new secret and return it; one that it had signs on for BOTH_SIGN."""
    secret = new_secret()
    if row.secret is not None:
        old = unsealed(row.account_id, row.id, column="secret", sealed=row.secret)
        row.old_secret = sealed(row.account_id, row.id, column="old_secret", text=old)
        row.old_secret_until = now + BOTH_SIGN
    row.secret = sealed(row.account_id, row.id, column="secret", text=secret)
    row.save(update_fields=["secret", "old_secret", "old_secret_until"])
    return secret


def remove_endpoint(account_id: int, *, endpoint_id: UUID, actor: str, now: datetime) -> None:
    """Forget an endpoint and everything that was to be told to it. Refuses: NoSuchEndpoint."""
    with transaction.atomic():
        _locked(account_id, endpoint_id)
        remove(account_id, endpoint_id=endpoint_id)
        _note(account_id, endpoint_id, verb="remove", actor=actor, now=now)


def send_test(account_id: int, *, endpoint_id: UUID, now: datetime) -> UUID:
    """Send an event about nothing, and return its id.

    Refuses: NoSuchEndpoint, EndpointOff, TooManyRepeats.
    """
    event_id = new_id()
    with transaction.atomic():
        if _locked(account_id, endpoint_id).state != EndpointState.ON:
            raise EndpointOff
        require_room(account_id)
        Event.objects.create(
            account_id=account_id, id=event_id, kind=TEST, subject_id=event_id, at=now
        )
        Delivery.objects.create(
            account_id=account_id,
            endpoint_id=endpoint_id,
            event_id=event_id,
            state=DeliveryState.WAITING,
            next_at=now,
        )
    return event_id


def new_secret() -> str:
    """Return a secret in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _opened_before(account_id: int, endpoint_id: UUID, *, url: str, kinds: list[str]) -> bool:
    """Tell whether an endpoint stands under that key. Refuses: KeyReused, for another wish."""
    row = Endpoint.objects.filter(account_id=account_id, id=endpoint_id).first()
    if row is None:
        return False
    before = unsealed(account_id, endpoint_id, column="url", sealed=row.url)
    if (before, row.kinds) != (url, kinds):
        raise KeyReused
    return True


def _known(kinds: Sequence[str]) -> list[str]:
    if set(kinds) - set(KINDS):
        raise UnknownKind
    return sorted(set(kinds))


def _locked(account_id: int, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint of the account itself, locked. Refuses: NoSuchEndpoint."""
    row = (
        Endpoint.objects.select_for_update()
        .filter(account_id=account_id, id=endpoint_id, sort=Sort.ACCOUNT)
        .first()
    )
    if row is None:
        raise NoSuchEndpoint
    return row


def _note(
    account_id: int,
    endpoint_id: UUID,
    *,
    verb: str,
    actor: str,
    now: datetime,
    fields: Sequence[str] = (),
) -> None:
    record(
        actor=actor,
        verb=verb,
        place="webhooks_endpoint",
        row=str(endpoint_id),
        account_id=account_id,
        fields=fields,
        now=now,
    )
