"""Sealed values open where they belong, for as long as their key lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from nummer.apps.vault import keyring, queries
from nummer.apps.vault.actions import (
    Sealed,
    ToSeal,
    blind_index,
    destroy_keys,
    seal_bytes,
    seal_many,
    seal_text,
    unseal_many,
    unseal_text,
)
from nummer.apps.vault.errors import KeyDestroyed, SealBroken
from nummer.apps.vault.keyring import KeyName
from nummer.apps.vault.keys import KeyClass

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROW = UUID("018f0000-0000-7000-8000-000000000001")
OTHER_ROW = UUID("018f0000-0000-7000-8000-000000000002")
HOME = {"account_id": 17, "klass": KeyClass.COMMUNICATION, "place": "messages.text", "row": ROW}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    keyring.forget_all()


def test_what_was_sealed_is_read_again_in_its_place() -> None:
    sealed = seal_text("Din kode er 12345", **HOME)

    assert b"12345" not in sealed
    assert unseal_text(sealed, **HOME) == "Din kode er 12345"


@pytest.mark.parametrize(
    ("label", "elsewhere"),
    [
        ("another row", {"row": OTHER_ROW}),
        ("another column", {"place": "messages.sender"}),
        ("another customer", {"account_id": 18}),
        ("another class of the same customer", {"klass": KeyClass.IDENTITY}),
    ],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(
    label: str, elsewhere: dict[str, object]
) -> None:
    sealed = seal_text("secret", **HOME)
    seal_text("so that the other key exists", **{**HOME, **elsewhere})

    with pytest.raises(SealBroken):
        unseal_text(sealed, **{**HOME, **elsewhere})


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x02\x00\x01" + bytes(40)])
def test_a_damaged_value_does_not_open(damaged: bytes) -> None:
    seal_text("so that the key exists", **HOME)

    with pytest.raises(SealBroken):
        unseal_text(damaged, **HOME)


def test_every_flipped_byte_is_noticed() -> None:
    sealed = seal_text("code", **HOME)

    for place in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        with pytest.raises(SealBroken):
            unseal_text(bytes(flipped), **HOME)


def test_a_wrapped_key_moved_to_another_customer_does_not_open() -> None:
    sealed = seal_text("secret", **HOME)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_subject_key SET account_id = 18 WHERE account_id = 17")
    keyring.forget_all()

    with pytest.raises(SealBroken):
        unseal_text(sealed, **{**HOME, "account_id": 18})
    assert queries.audit_lines()[0][1] == 1


def test_a_wrapped_key_moved_to_another_class_does_not_open() -> None:
    sealed = seal_text("secret", **HOME)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_subject_key SET klass = 'papers' WHERE account_id = 17")
    keyring.forget_all()

    with pytest.raises(SealBroken):
        unseal_text(sealed, **{**HOME, "klass": KeyClass.PAPERS})


def test_without_its_key_nothing_opens() -> None:
    sealed = seal_text("secret", **HOME)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault_subject_key")
    keyring.forget_all()

    with pytest.raises(SealBroken):
        unseal_text(sealed, **HOME)


def test_after_its_key_was_destroyed_nothing_is_read_or_written() -> None:
    sealed = seal_text("secret", **HOME)
    identity = seal_text("name", **{**HOME, "klass": KeyClass.IDENTITY})

    destroy_keys(17, klass=KeyClass.COMMUNICATION, now=NOW)
    destroy_keys(17, klass=KeyClass.COMMUNICATION, now=NOW)

    with pytest.raises(KeyDestroyed):
        unseal_text(sealed, **HOME)
    with pytest.raises(KeyDestroyed):
        seal_text("new", **HOME)
    assert unseal_text(identity, **{**HOME, "klass": KeyClass.IDENTITY}) == "name"


def test_destroying_all_keys_also_refuses_classes_that_never_had_one() -> None:
    destroy_keys(17, now=NOW)

    for klass in (KeyClass.IDENTITY, KeyClass.COMMUNICATION, KeyClass.PAPERS, KeyClass.TAX):
        with pytest.raises(KeyDestroyed):
            seal_text("new", **{**HOME, "klass": klass})


def test_a_new_epoch_seals_anew_and_the_old_one_still_reads() -> None:
    first = seal_text("first", **HOME)
    name = keyring.KeyName(17, KeyClass.COMMUNICATION)
    old = keyring.current_keys({name})[name]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_subject_key (account_id, klass, epoch, wrapped)"
            " VALUES (17, 'communication', 2, %s)",
            [keyring._wrapped_new(name, 2)],
        )
    keyring.forget_all()

    second = seal_text("second", **HOME)

    assert (first[1:3], second[1:3]) == (b"\x00\x01", b"\x00\x02")
    assert unseal_text(first, **HOME) == "first"
    assert unseal_text(second, **HOME) == "second"
    assert old.epoch == 1


def test_a_batch_of_many_customers_takes_one_read(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    items = [
        ToSeal.text(f"text {n}", account_id=n, klass=KeyClass.TAX, place="a.b", row=n)
        for n in range(1, 51)
    ]
    sealed = seal_many(items)
    keyring.forget_all()

    with django_assert_num_queries(1):
        read = unseal_many(
            [Sealed(value, n, KeyClass.TAX, "a.b", n) for n, value in enumerate(sealed, start=1)]
        )

    assert read == [f"text {n}".encode() for n in range(1, 51)]


def test_a_key_of_a_transaction_that_was_rolled_back_is_not_remembered() -> None:
    with transaction.atomic():
        seal_text("lost with its transaction", **HOME)
        transaction.set_rollback(True)

    sealed = seal_text("kept", **HOME)
    keyring.forget_all()

    assert unseal_text(sealed, **HOME) == "kept"


@pytest.mark.django_db(transaction=True)
def test_many_at_once_end_with_one_key() -> None:
    sealed: list[bytes] = []
    start = threading.Barrier(8)

    def seal() -> None:
        start.wait()
        sealed.append(seal_bytes(b"same key", **HOME))
        connections.close_all()

    threads = [threading.Thread(target=seal) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keyring.forget_all()

    assert [unseal_text(value, **HOME) for value in sealed] == ["same key"] * 8


def test_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    monkeypatch.setattr(keyring, "REMEMBERED_MAX", 3)
    with django_capture_on_commit_callbacks(execute=True):
        keyring.current_keys({KeyName(account_id, KeyClass.TAX) for account_id in range(1, 11)})

    assert len(keyring._memory._keys) == 3


def test_blind_index_finds_equal_values_and_keeps_kinds_apart() -> None:
    index = blind_index("email", "Ola@Example.no")

    assert len(index) == 16
    assert index == blind_index("email", "ola@example.NO")
    assert index != blind_index("phone", "ola@example.no")
    assert index != blind_index("email", "kari@example.no")


def test_the_application_cannot_delete_the_proof_of_an_erasure() -> None:
    destroy_keys(17, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nummer_app")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("DELETE FROM vault_subject_key")
