"""Finds, makes and remembers the keys; everything above handles opened keys only."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, NamedTuple

import tink
from django.db import connection, transaction
from tink import aead, prf, proto_keyset_format

from nummer.apps.vault.errors import KeyDestroyed, SealBroken
from nummer.apps.vault.keys import KeyClass
from nummer.apps.vault.ports import key_wrapper

# What a destroyed key may still open in another process: so long and no longer.
REMEMBERED_S: Final = 60.0
# About 1 kB each; the customers of a busy minute.
REMEMBERED_MAX: Final = 20_000
FIRST_EPOCH: Final = 1


class KeyName(NamedTuple):
    """Whose key of which class."""

    account_id: int
    klass: KeyClass


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A key in memory: `primitive` is tink's Aead, or its PrfSet for the blind indexes."""

    epoch: int
    wrapped: bytes
    primitive: Any


def current_keys(names: Collection[KeyName]) -> dict[KeyName, OpenKey]:
    """Return the newest key of each name, with at most one read; missing ones are made.

    Refuses: KeyDestroyed. Two processes that make the same key end with the same one.
    """
    found = stored_keys(names)
    if missing := sorted(set(names) - found.keys()):
        found |= _made(missing)
    return found


def stored_keys(names: Collection[KeyName]) -> dict[KeyName, OpenKey]:
    """Return the newest key of each name that has one, with at most one read.

    Refuses: KeyDestroyed.
    """
    found = remembered(names)
    if missing := sorted(set(names) - found.keys()):
        found |= _stored(missing)
    return found


def remembered(names: Collection[KeyName]) -> dict[KeyName, OpenKey]:
    """Return the keys of these that are in memory; reads nothing."""
    return {name: key for name in names if (key := _memory.get(name)) is not None}


def key_of_epoch(name: KeyName, epoch: int) -> OpenKey:
    """Return an older key. Refuses: KeyDestroyed. Raises SealBroken: there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wrapped FROM vault_subject_key"
            " WHERE account_id = %s AND klass = %s AND epoch = %s",
            [name.account_id, name.klass, epoch],
        )
        row = cursor.fetchone()
    if row is None:
        raise SealBroken("no such key")
    return _opened(name, epoch, row[0])


def forget(account_id: int) -> None:
    """Drop the keys of one account from this process."""
    _memory.drop(account_id)


def forget_all() -> None:
    """Drop every key from this process, as a restart does."""
    _memory.clear()


def begin_epoch(name: KeyName, epoch: int) -> None:
    """Write a new key behind those that were destroyed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_subject_key (account_id, klass, epoch, wrapped)"
            " VALUES (%s, %s, %s, %s)",
            [name.account_id, name.klass.value, epoch, _wrapped_new(name, epoch)],
        )


def _stored(names: Sequence[KeyName]) -> dict[KeyName, OpenKey]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (k.account_id, k.klass)"
            " k.account_id, k.klass, k.epoch, k.wrapped"
            " FROM vault_subject_key k"
            " JOIN unnest(%s::bigint[], %s::text[]) AS asked (account_id, klass)"
            " ON k.account_id = asked.account_id AND k.klass = asked.klass"
            " WHERE k.account_id = ANY(%s)"
            " ORDER BY k.account_id, k.klass, k.epoch DESC",
            _columns(names),
        )
        rows = cursor.fetchall()
    found = {}
    for account_id, klass, epoch, wrapped in rows:
        name = KeyName(account_id, KeyClass(klass))
        found[name] = _memory.keep(name, epoch, wrapped)
    return found


def _made(names: Sequence[KeyName]) -> dict[KeyName, OpenKey]:
    """Make keys; where another process was faster, return its key.

    Sorted by name, so that two batches which need the same keys cannot wait for each other.
    """
    drafts = {name: _wrapped_new(name, FIRST_EPOCH) for name in names}
    accounts, klasses, _ = _columns(names)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_subject_key (account_id, klass, epoch, wrapped)"
            " SELECT account_id, klass, %s, wrapped"
            " FROM unnest(%s::bigint[], %s::text[], %s::bytea[]) AS n (account_id, klass, wrapped)"
            " ON CONFLICT DO NOTHING RETURNING account_id, klass",
            [FIRST_EPOCH, accounts, klasses, [drafts[name] for name in names]],
        )
        ours = [KeyName(account_id, KeyClass(klass)) for account_id, klass in cursor.fetchall()]
    for name in ours:
        _memory.await_commit(name, _open(name, FIRST_EPOCH, drafts[name]))
    return _stored(names)


def _columns(names: Sequence[KeyName]) -> list[list[int] | list[str]]:
    accounts = [name.account_id for name in names]
    return [accounts, [name.klass.value for name in names], accounts]


def _wrapped_new(name: KeyName, epoch: int) -> bytes:
    _register()
    template = (
        prf.prf_key_templates.HMAC_SHA256
        if name.klass is KeyClass.INDEX
        else aead.aead_key_templates.AES256_GCM
    )
    handle = tink.new_keyset_handle(template)
    return bytes(
        proto_keyset_format.serialize_encrypted(handle, key_wrapper(), _bound_to(name, epoch))
    )


def _opened(name: KeyName, epoch: int, wrapped: Any) -> OpenKey:
    if wrapped is None:
        raise KeyDestroyed
    return _open(name, epoch, bytes(wrapped))


def _open(name: KeyName, epoch: int, wrapped: bytes) -> OpenKey:
    _register()
    try:
        handle = proto_keyset_format.parse_encrypted(wrapped, key_wrapper(), _bound_to(name, epoch))
    except tink.TinkError as error:
        raise SealBroken("a key does not open as the key of its row") from error
    kind = prf.PrfSet if name.klass is KeyClass.INDEX else aead.Aead
    return OpenKey(epoch, wrapped, handle.primitive(kind))


def _bound_to(name: KeyName, epoch: int) -> bytes:
    """Return what ties a wrapped key to its row: moved to another, it does not open."""
    return f"nummer key:{name.account_id}:{name.klass.value}:{epoch}".encode()


@cache
def _register() -> None:
    aead.register()
    prf.register()


class _Memory:
    """Opened keys of this process: bounded, and forgotten after REMEMBERED_S.

    A key made in a transaction is remembered only once that is committed: after a rollback the
    row is gone, and what a remembered key then sealed could never be read again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: OrderedDict[KeyName, tuple[float, OpenKey]] = OrderedDict()
        self._uncommitted: dict[KeyName, OpenKey] = {}

    def get(self, name: KeyName) -> OpenKey | None:
        kept = self._keys.get(name)
        if kept is None or kept[0] < time.monotonic():
            return None
        return kept[1]

    def keep(self, name: KeyName, epoch: int, wrapped: Any) -> OpenKey:
        fresh = self._uncommitted.get(name)
        if fresh is not None and wrapped is not None and fresh.wrapped == bytes(wrapped):
            return fresh
        key = _opened(name, epoch, wrapped)
        self._put(name, key)
        return key

    def await_commit(self, name: KeyName, key: OpenKey) -> None:
        with self._lock:
            self._uncommitted[name] = key
            while len(self._uncommitted) > REMEMBERED_MAX:  # marks of transactions rolled back
                self._uncommitted.pop(next(iter(self._uncommitted)))
        transaction.on_commit(partial(self._committed, name, key))

    def _committed(self, name: KeyName, key: OpenKey) -> None:
        with self._lock:
            if self._uncommitted.get(name) is key:
                del self._uncommitted[name]
        self._put(name, key)

    def _put(self, name: KeyName, key: OpenKey) -> None:
        with self._lock:
            self._keys.pop(name, None)
            self._keys[name] = (time.monotonic() + REMEMBERED_S, key)
            while len(self._keys) > REMEMBERED_MAX:
                self._keys.popitem(last=False)

    def drop(self, account_id: int) -> None:
        with self._lock:
            for klass in KeyClass:
                self._keys.pop(KeyName(account_id, klass), None)
                self._uncommitted.pop(KeyName(account_id, klass), None)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()
            self._uncommitted.clear()


_memory: Final = _Memory()
