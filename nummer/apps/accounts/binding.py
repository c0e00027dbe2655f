"""Who binds to our SMPP server with which credentials (ADR 51)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from nummer.apps.accounts.models import Account, ApiKey, AuthToken
from nummer.apps.accounts.scopes import Scope
from nummer.apps.accounts.secrets import (
    SMPP_PASSWORD_MAX,
    SMPP_SYSTEM_ID_MAX,
    secret_sha256,
    short_index,
)
from nummer.apps.accounts.throttle import (
    FAILURES_PER_ACCOUNT,
    FAILURES_WITHOUT_ACCOUNT,
    FailureCount,
)

KEY_SYSTEM_ID: Final = "api"  # what a program says that knows only its key
_NO_ACCOUNT: Final = "no account"
failures: Final = FailureCount()


@dataclass(frozen=True, slots=True)
class Binder:
    """Whose program wants to bind.

    `secret` names what opened the account without being it; it changes when the program has to bind
    anew. `networks` is the sealed list of a key, `binds_max` its own limit.
    """

    account_id: int
    secret: str
    key_id: UUID | None = None
    networks: bytes | None = field(default=None, repr=False)
    binds_max: int | None = None


def holder(*, system_id: str, password: str, now: datetime) -> Binder | None:
    """Return who may bind, if the address is right, or None.

    The name is the account's sid, whole or its first 15 characters, or "api"; with "api" the
    password must be a key. The password is the token or a key, whole or its first 8 characters.
    Short passwords are slowed down after FAILURES_PER_ACCOUNT failures in a minute.
    """
    named = _named(system_id)
    if named is None and system_id != KEY_SYSTEM_ID:
        return None
    if len(password) > SMPP_PASSWORD_MAX:
        return _whole(named, password, now)
    return _short(named, password, now) if len(password) == SMPP_PASSWORD_MAX else None


def _named(system_id: str) -> int | None:
    if len(system_id) < SMPP_SYSTEM_ID_MAX or not system_id.startswith("AC"):
        return None
    found = Account.objects.filter(sid__startswith=system_id, closed_at=None)
    ids = list(found.order_by("id").values_list("id", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None  # 52 bits: two accounts are not met in practice


def secrets_of(account_ids: Collection[int], *, now: datetime) -> set[str]:
    """Return the names of all secrets that open these accounts now, as `Binder.secret` has them."""
    living = Account.objects.filter(id__in=account_ids, closed_at=None).values("id")
    tokens = AuthToken.objects.filter(account_id__in=living)
    keys = list(_open_keys(now).filter(account_id__in=living))
    old = [key for key in keys if key.old_until is not None and key.old_until > now]
    return {
        *map(_token_name, tokens),
        *map(_key_name, keys),
        *(_key_name(key, old=True) for key in old),
    }


def _token_name(token: AuthToken) -> str:
    return f"token {token.account_id} {token.created_at.isoformat()}"


def _open_keys(now: datetime) -> QuerySet[ApiKey]:
    """Return the keys that bind: they may send, and are not over."""
    of_messages = Q(scopes="") | Q(scopes__contains=Scope.MESSAGES)
    lasting = Q(expires_at=None) | Q(expires_at__gt=now)
    return ApiKey.objects.filter(of_messages, lasting, revoked_at=None, reads_only=False)


def _key_name(key: ApiKey, *, old: bool = False) -> str:
    limits = hashlib.sha256(b"%d " % (key.binds_max or 0) + bytes(key.networks or b"")).hexdigest()
    return f"key {key.id} {key.revision}{' old' if old else ''} {limits[:16]}"


def _of_token(token: AuthToken) -> Binder:
    return Binder(token.account_id, _token_name(token))


def _of_key(key: ApiKey, *, old: bool) -> Binder:
    networks = None if key.networks is None else bytes(key.networks)
    return Binder(key.account_id, _key_name(key, old=old), key.id, networks, key.binds_max)


def _whole(named: int | None, password: str, now: datetime) -> Binder | None:
    sha256 = secret_sha256(password)
    either = Q(sha256=sha256) | Q(old_sha256=sha256, old_until__gt=now)
    key = _open_keys(now).filter(either).order_by("id").first()
    if key is not None:
        old = bytes(key.sha256) != sha256
        return _of_key(key, old=old) if named in (None, key.account_id) else None
    if named is None:
        return None
    token = AuthToken.objects.filter(account_id=named).first()
    right = token is not None and hmac.compare_digest(bytes(token.sha256), sha256)
    return _of_token(token) if token is not None and right else None


def _short(named: int | None, password: str, now: datetime) -> Binder | None:
    name = _NO_ACCOUNT if named is None else str(named)
    limit = FAILURES_WITHOUT_ACCOUNT if named is None else FAILURES_PER_ACCOUNT
    if failures.reached(name, limit=limit):
        return None
    found = _short_holder(named, short_index(password), now)
    if found is None:
        failures.add(name)
    return found


def _short_holder(named: int | None, index: bytes, now: datetime) -> Binder | None:
    if named is not None:
        token = AuthToken.objects.filter(account_id=named, short_index=index).first()
        if token is not None:
            return _of_token(token)
    either = Q(short_index=index) | Q(old_short_index=index, old_until__gt=now)
    keys = _open_keys(now).filter(either)
    if named is not None:
        keys = keys.filter(account_id=named)
    found = list(keys.order_by("id")[:10])
    if len({key.account_id for key in found}) != 1:
        return None
    return _of_key(found[0], old=bytes(found[0].short_index) != index)
