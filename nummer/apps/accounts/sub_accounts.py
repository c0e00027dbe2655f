"""Parts of an account, each for one customer of its holder: made, named, stopped, closed (ADR 433).

A sub-account has no `account_id` of its own: its rows are its parent's, who pays. The leases that
were rented for it carry its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from procrastinate.contrib.django import app

from nummer.apps.accounts.errors import (
    NoSuchSubAccount,
    NoSuchSubAccountState,
    SubAccountClosed,
    SubAccountNeedsAName,
    SubAccountNotActive,
    TooManySubAccounts,
)
from nummer.apps.accounts.models import Account, SubAccount, SubAccountState
from nummer.apps.accounts.prepared import prepared_cursor
from nummer.apps.accounts.queries import Credentials
from nummer.apps.accounts.secrets import new_auth_token, new_sid, secret_sha256
from nummer.apps.audit import actions as audit
from nummer.apps.vault.actions import Sealed, blind_index, seal_text, unseal_many, unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.jobs import END_SUB_ACCOUNT

SUB_ACCOUNTS_MAX: Final = 1000  # closed ones included: a program cannot fill the table
NAME_LENGTH_MAX: Final = 64  # as in Twilio's protocol
_PLACE: Final = "accounts_subaccount"


@dataclass(frozen=True, slots=True)
class SubAccountRow:
    """A sub-account without its token."""

    id: UUID
    account_id: int
    sid: str
    name: str = field(repr=False)
    state: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class NewToken:
    """A sub-account with its new token, which is told once."""

    row: SubAccountRow
    token: str = field(repr=False)


def create(account_id: int, *, name: str, now: datetime) -> NewToken:
    """Make a sub-account and its token.

    Refuses: SubAccountNeedsAName, TooManySubAccounts. Locks: the account's row.
    """
    name = _name(name)
    token = new_auth_token()
    with transaction.atomic():
        Account.objects.select_for_update().get(id=account_id)
        if SubAccount.objects.filter(account_id=account_id).count() >= SUB_ACCOUNTS_MAX:
            raise TooManySubAccounts(limit=SUB_ACCOUNTS_MAX)
        id_ = new_id()
        made = SubAccount.objects.create(
            id=id_,
            account_id=account_id,
            sid=new_sid(),
            name=_seal(name, account_id, "name", id_),
            name_index=_name_index(account_id, name),
            token=_seal(token, account_id, "token", id_),
            sha256=secret_sha256(token),
            state=SubAccountState.ACTIVE,
            created_at=now,
            changed_at=now,
        )
        _record(made, verb="create_sub_account", now=now)
    return NewToken(_row(made, name), token)


def change(
    account_id: int, *, sid: str, name: str | None = None, state: str | None = None, now: datetime
) -> SubAccountRow:
    """Name a sub-account, suspend it, let it go on, or close it for good; None leaves as it is.

    Refuses: NoSuchSubAccount, NoSuchSubAccountState, SubAccountNeedsAName, SubAccountClosed (any
    change of a closed one but closing it once more). Locks: its row.
    With the closing a job is written that ends its leases.
    """
    with transaction.atomic():
        row = _locked(account_id, sid)
        if state is not None and state not in SubAccountState.values:
            raise NoSuchSubAccountState
        name = None if name is None else _name(name)
        if row.state == SubAccountState.CLOSED and (
            name is not None or state not in (None, SubAccountState.CLOSED)
        ):
            raise SubAccountClosed
        if name is not None:
            row.name = _seal(name, account_id, "name", row.id)
            row.name_index = _name_index(account_id, name)
            row.changed_at = now
            _record(row, verb="rename_sub_account", now=now)
        if state is not None and state != row.state:
            row.state = state
            row.changed_at = now
            _record(row, verb=f"make_sub_account_{state}", now=now)
            if state == SubAccountState.CLOSED:
                task = app.configure_task(END_SUB_ACCOUNT)
                task.defer(account_id=account_id, sub_account_id=str(row.id))
        row.save(update_fields=["name", "name_index", "state", "changed_at"])
    return next(_rows([row]))


def roll(account_id: int, *, sid: str, now: datetime) -> NewToken:
    """Give a sub-account a new token; the old one ends at once.

    Refuses: NoSuchSubAccount, SubAccountClosed. Locks: its row.
    """
    token = new_auth_token()
    with transaction.atomic():
        row = _locked(account_id, sid)
        if row.state == SubAccountState.CLOSED:
            raise SubAccountClosed
        row.token = _seal(token, account_id, "token", row.id)
        row.sha256 = secret_sha256(token)
        row.changed_at = now
        row.save(update_fields=["token", "sha256", "changed_at"])
        _record(row, verb="roll_sub_account", now=now)
    return NewToken(next(_rows([row])), token)


def named(account_id: int, *, sid: str) -> SubAccountRow:
    """Return the account's sub-account of a SID. Refuses: NoSuchSubAccount."""
    row = SubAccount.objects.filter(account_id=account_id, sid=sid).first()
    if row is None:
        raise NoSuchSubAccount
    return next(_rows([row]))


def listed(
    account_id: int,
    *,
    limit: int,
    name: str = "",
    state: str = "",
    before: UUID | None = None,
    after: UUID | None = None,
) -> list[SubAccountRow]:
    """Return sub-accounts, newest first: those behind `before`, or the last ones ahead of `after`.

    `name` and `state` filter; a name is the whole name.
    """
    found = SubAccount.objects.filter(account_id=account_id)
    if name:
        found = found.filter(name_index=_name_index(account_id, name))
    if state:
        found = found.filter(state=state)
    return list(_rows(_part(found, before, after, limit)))


def _part(
    found: QuerySet[SubAccount], before: UUID | None, after: UUID | None, limit: int
) -> list[SubAccount]:
    if after is not None:
        return list(found.filter(id__gt=after).order_by("id")[:limit])[::-1]
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found.order_by("-id")[:limit])


def tell_apart(account_id: int, *, ids: Collection[UUID]) -> dict[UUID, SubAccountRow]:
    """Return the account's sub-accounts of these ids."""
    rows = SubAccount.objects.filter(account_id=account_id, id__in=list(ids)).order_by("id")
    return {row.id: row for row in _rows(rows[:SUB_ACCOUNTS_MAX])}


def require_active(account_id: int, *, sub_account_id: UUID) -> None:
    """Let something be rented or sent for a sub-account, and hold off its closing meanwhile.

    Refuses: SubAccountNotActive. Locks: its row, shared, to the end of the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE, [account_id, sub_account_id])
        if cursor.fetchone() is None:
            raise SubAccountNotActive


_ACTIVE: Final = """
SELECT 1 FROM accounts_subaccount
 WHERE account_id = %s AND id = %s AND state = 'active' FOR SHARE
"""


def credentials(account_id: int, *, sub_account_id: UUID) -> Credentials:
    """Return SID and token of a sub-account, with which its webhooks are signed."""
    row = SubAccount.objects.get(account_id=account_id, id=sub_account_id)
    token = unseal_text(
        bytes(row.token),
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place=f"{_PLACE}.token",
        row=row.id,
    )
    return Credentials(row.sid, token)


_HOLDER: Final = """
SELECT s.account_id, s.id FROM accounts_subaccount s
  JOIN accounts_account a ON a.id = s.account_id
 WHERE s.sid = %s AND s.sha256 = %s AND s.state = 'active' AND a.closed_at IS NULL
"""


def holder(sid: str, *, token: str) -> tuple[int, UUID] | None:
    """Return account and id of an active sub-account whose SID and token these are."""
    with prepared_cursor() as cursor:
        cursor.execute(_HOLDER, [sid, secret_sha256(token)])
        row = cursor.fetchone()
    return None if row is None else (int(row[0]), UUID(str(row[1])))


def _locked(account_id: int, sid: str) -> SubAccount:
    row = SubAccount.objects.select_for_update().filter(account_id=account_id, sid=sid).first()
    if row is None:
        raise NoSuchSubAccount
    return row


def _name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > NAME_LENGTH_MAX:
        raise SubAccountNeedsAName(limit=NAME_LENGTH_MAX)
    return name


def _name_index(account_id: int, name: str) -> bytes:
    return blind_index("sub-account", f"{account_id} {name}")


def _seal(text: str, account_id: int, column: str, row: UUID) -> bytes:
    place = f"{_PLACE}.{column}"
    return seal_text(text, account_id=account_id, klass=KeyClass.IDENTITY, place=place, row=row)


def _rows(rows: Iterable[SubAccount]) -> Iterator[SubAccountRow]:
    rows = list(rows)
    sealed = [
        Sealed(bytes(row.name), row.account_id, KeyClass.IDENTITY, f"{_PLACE}.name", row.id)
        for row in rows
    ]
    for row, name in zip(rows, unseal_many(sealed), strict=True):
        yield _row(row, name.decode())


def _row(row: SubAccount, name: str) -> SubAccountRow:
    return SubAccountRow(
        row.id, row.account_id, row.sid, name, row.state, row.created_at, row.changed_at
    )


def _record(row: SubAccount, *, verb: str, now: datetime) -> None:
    audit.record(
        actor=f"customer:{row.account_id}",
        verb=verb,
        place=_PLACE,
        row=str(row.id),
        account_id=row.account_id,
        now=now,
    )
