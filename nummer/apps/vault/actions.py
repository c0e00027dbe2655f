"""The verbs of the vault: seal, unseal, index, destroy.

`place` is "table.column", `row` the id of the row: together with the account they are bound to
the value, so a sealed value copied to another row, column or customer does not open.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from tink import TinkError

from nummer.apps.vault import keyring
from nummer.apps.vault.errors import SealBroken
from nummer.apps.vault.keyring import FIRST_EPOCH, KeyName, OpenKey
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass

FORM: Final = 1  # the first byte of a sealed value: how it is built
INDEX_BYTES: Final = 16
_HEAD: Final = struct.Struct(">BH")  # form, epoch
INDEX_KEY: Final = KeyName(OPERATOR_ACCOUNT_ID, KeyClass.INDEX)


class ToSeal(NamedTuple):
    """A value on its way into the database; a tuple, since one is made for each message."""

    content: bytes
    account_id: int
    klass: KeyClass
    place: str
    row: UUID | int

    @classmethod
    def text(
        cls, text: str, *, account_id: int, klass: KeyClass, place: str, row: UUID | int
    ) -> ToSeal:
        """Return a text to be sealed."""
        return cls(text.encode(), account_id, klass, place, row)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as the database holds it."""

    sealed: bytes
    account_id: int
    klass: KeyClass
    place: str
    row: UUID | int


def seal_text(text: str, *, account_id: int, klass: KeyClass, place: str, row: UUID | int) -> bytes:
    """Seal a text with the customer's key. Refuses: KeyDestroyed."""
    return seal_bytes(text.encode(), account_id=account_id, klass=klass, place=place, row=row)


def unseal_text(
    sealed: bytes, *, account_id: int, klass: KeyClass, place: str, row: UUID | int
) -> str:
    """Read a sealed text. Refuses: KeyDestroyed. Raises SealBroken: it does not belong here."""
    return unseal_bytes(sealed, account_id=account_id, klass=klass, place=place, row=row).decode()


def seal_bytes(
    content: bytes, *, account_id: int, klass: KeyClass, place: str, row: UUID | int
) -> bytes:
    """Seal bytes with the customer's key. Refuses: KeyDestroyed."""
    return seal_many([ToSeal(content, account_id, klass, place, row)])[0]


def unseal_bytes(
    sealed: bytes, *, account_id: int, klass: KeyClass, place: str, row: UUID | int
) -> bytes:
    """Read sealed bytes. Refuses: KeyDestroyed. Raises SealBroken: they do not belong here."""
    return unseal_many([Sealed(sealed, account_id, klass, place, row)])[0]


@dataclass(frozen=True, slots=True)
class Keys:
    """Opened keys at hand: what seals and indexes without a look at the database."""

    by_name: Mapping[KeyName, OpenKey]

    def seal_many(self, items: Sequence[ToSeal]) -> list[bytes]:
        """Seal a batch, in its order."""
        return [_seal(item, self.by_name[KeyName(item.account_id, item.klass)]) for item in items]

    def digest(self, kind: str, value: str) -> bytes:
        """Return what `keyed_digest` does."""
        primitive = self.by_name[INDEX_KEY].primitive
        digest: bytes = primitive.primary().compute(f"{kind}|{value}".encode(), INDEX_BYTES)
        return digest


def remembered_keys(names: Collection[KeyName]) -> Keys | None:
    """Return the keys where all of them are in memory; asks nobody."""
    found = keyring.remembered(names)
    return Keys(found) if len(found) == len(names) else None


def current_keys(names: Collection[KeyName]) -> Keys:
    """Return the keys; those not in memory come with one read, new ones are made.

    `names` has each name once. Refuses: KeyDestroyed.
    """
    return Keys(keyring.current_keys(names))


def seal_many(items: Sequence[ToSeal]) -> list[bytes]:
    """Seal a batch, in its order; keys not in memory come with one read. Refuses: KeyDestroyed."""
    names = {KeyName(item.account_id, item.klass) for item in items}
    return current_keys(names).seal_many(items)


def unseal_many(items: Sequence[Sealed]) -> list[bytes]:
    """Read a batch, in its order; keys not in memory come with one read.

    Refuses: KeyDestroyed, for the whole batch. Raises SealBroken: one does not belong where it
    stands.
    """
    keys = keyring.stored_keys({KeyName(item.account_id, item.klass) for item in items})
    return [_unseal(item, keys.get(KeyName(item.account_id, item.klass))) for item in items]


def destroy_keys(account_id: int, *, klass: KeyClass | None = None, now: datetime) -> None:
    """Destroy a customer's keys of one class, or of every class; there is no way back.

    What they sealed can never be read again. This process forgets them at once, the others
    within keyring.REMEMBERED_S. Repeating it changes nothing.
    """
    assert account_id != OPERATOR_ACCOUNT_ID, "the operator's keys seal what belongs to nobody"
    klasses = [klass.value] if klass else [k.value for k in KeyClass if k is not KeyClass.INDEX]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_subject_key (account_id, klass, epoch, destroyed_at)"
            " SELECT %s, klass, %s, %s FROM unnest(%s::text[]) AS c (klass) ORDER BY klass"
            " ON CONFLICT DO NOTHING",
            [account_id, FIRST_EPOCH, now, klasses],
        )
        cursor.execute(
            "UPDATE vault_subject_key SET wrapped = NULL, destroyed_at = %s"
            " WHERE account_id = %s AND klass = ANY(%s) AND wrapped IS NOT NULL",
            [now, account_id, klasses],
        )
        keyring.forget(account_id)
        transaction.on_commit(partial(keyring.forget, account_id))


def replace_key(account_id: int, *, klass: KeyClass, now: datetime) -> None:
    """Destroy what a class was sealed with so far; what is sealed from now on has a new key.

    A class that was destroyed for good stays so. Whoever seals meanwhile is to be kept out by a
    lock of the caller's, and reads the key anew (`forget_keys`). Locks: the keys of the class.
    """
    assert account_id != OPERATOR_ACCOUNT_ID, "the operator's keys seal what belongs to nobody"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE vault_subject_key SET wrapped = NULL, destroyed_at = %s"
            " WHERE account_id = %s AND klass = %s AND wrapped IS NOT NULL RETURNING epoch",
            [now, account_id, klass.value],
        )
        epochs = [epoch for (epoch,) in cursor.fetchall()]
        keyring.forget(account_id)
        if epochs:
            keyring.begin_epoch(keyring.KeyName(account_id, klass), max(epochs) + 1)
        transaction.on_commit(partial(keyring.forget, account_id))


def forget_keys(account_id: int) -> None:
    """Drop an account's keys from this process: the next use reads what is in force."""
    keyring.forget(account_id)


def blind_index(kind: str, value: str) -> bytes:
    """Return 16 bytes by which an equal value is found again, without showing the value.

    `kind` keeps an e-mail and a phone apart; the value is normalised (NFKC, casefold).
    """
    return keyed_digest(kind, unicodedata.normalize("NFKC", value).casefold())


def keyed_digest(kind: str, value: str) -> bytes:
    """Return the same as `blind_index` for a value whose letters are taken as they are."""
    return current_keys({INDEX_KEY}).digest(kind, value)


def _seal(item: ToSeal, key: OpenKey) -> bytes:
    sealed: bytes = key.primitive.encrypt(item.content, _bound_to(item))
    return _HEAD.pack(FORM, key.epoch) + sealed


def _unseal(item: Sealed, key: OpenKey | None) -> bytes:
    if len(item.sealed) < _HEAD.size:
        raise SealBroken("a sealed value is too short")
    form, epoch = _HEAD.unpack_from(item.sealed)
    if form != FORM:
        raise SealBroken("a sealed value has an unknown form")
    if key is None or key.epoch != epoch:
        key = keyring.key_of_epoch(KeyName(item.account_id, item.klass), epoch)
    try:
        content: bytes = key.primitive.decrypt(bytes(item.sealed[_HEAD.size :]), _bound_to(item))
    except TinkError as error:
        raise SealBroken(f"a sealed value does not belong to {item.place}") from error
    return content


def _bound_to(item: ToSeal | Sealed) -> bytes:
    return f"{item.place}:{item.row}:{item.account_id}".encode()
