"""Who binds to our SMPP server with which credentials (ADR 51)."""

from __future__ import annotations

import hmac
from typing import Final

from nummer.apps.accounts.models import Account, ApiKey, AuthToken
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


def holder(*, system_id: str, password: str) -> int | None:
    """Return the account that may bind, or None.

    The name is the account's sid, whole or its first 15 characters, or "api"; with "api" the
    password must be a key. The password is the token or a key, whole or its first 8 characters.
    Short passwords are slowed down after FAILURES_PER_ACCOUNT failures in a minute.
    """
    named = _named(system_id)
    if named is None and system_id != KEY_SYSTEM_ID:
        return None
    if len(password) > SMPP_PASSWORD_MAX:
        return _whole(named, password)
    return _short(named, password) if len(password) == SMPP_PASSWORD_MAX else None


def _named(system_id: str) -> int | None:
    if len(system_id) < SMPP_SYSTEM_ID_MAX or not system_id.startswith("AC"):
        return None
    found = Account.objects.filter(sid__startswith=system_id, closed_at=None)
    ids = list(found.order_by("id").values_list("id", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None  # 52 bits: two accounts are not met in practice


def _whole(named: int | None, password: str) -> int | None:
    sha256 = secret_sha256(password)
    key_of = (
        ApiKey.objects.filter(sha256=sha256, revoked_at=None)
        .values_list("account_id", flat=True)
        .first()
    )
    if named is None or key_of is not None:
        return key_of if named in (None, key_of) else None
    token = AuthToken.objects.filter(account_id=named).first()
    return named if token and hmac.compare_digest(bytes(token.sha256), sha256) else None


def _short(named: int | None, password: str) -> int | None:
    name = _NO_ACCOUNT if named is None else str(named)
    limit = FAILURES_WITHOUT_ACCOUNT if named is None else FAILURES_PER_ACCOUNT
    if failures.reached(name, limit=limit):
        return None
    found = _short_holder(named, short_index(password))
    if found is None:
        failures.add(name)
    return found


def _short_holder(named: int | None, index: bytes) -> int | None:
    if named is not None and AuthToken.objects.filter(account_id=named, short_index=index).exists():
        return named
    keys = ApiKey.objects.filter(short_index=index, revoked_at=None)
    if named is not None:
        keys = keys.filter(account_id=named)
    holders = set(keys.order_by("id").values_list("account_id", flat=True)[:10])
    return holders.pop() if len(holders) == 1 else None
