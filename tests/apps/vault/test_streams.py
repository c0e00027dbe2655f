"""Files sealed in slices: whole or not at all."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from nummer.apps.vault.actions import destroy_keys
from nummer.apps.vault.errors import KeyDestroyed, SealBroken
from nummer.apps.vault.keys import KeyClass
from nummer.apps.vault.streams import SLICE_BYTES, seal_file, unseal_file
from tests.builders import NOW

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 10_000  # 2.56 MB: more than two segments of the cipher
ROW = uuid4()


def sealed(account_id: int, content: bytes = CONTENT, *, row: UUID = ROW) -> list[bytes]:
    whose = {"account_id": account_id, "klass": KeyClass.PAPERS}
    return list(seal_file(content, place="a.b", row=row, **whose))  # type: ignore[arg-type]


def opened(slices: list[bytes], account_id: int, *, row: UUID = ROW, place: str = "a.b") -> bytes:
    return unseal_file(slices, account_id=account_id, klass=KeyClass.PAPERS, place=place, row=row)


@pytest.mark.parametrize("size", [0, 1, SLICE_BYTES, 1 << 20, len(CONTENT)])
def test_what_was_sealed_is_read_again(size: int) -> None:
    account_id = 7

    slices = sealed(account_id, CONTENT[:size])

    assert opened(slices, account_id) == CONTENT[:size]
    assert all(len(one) <= SLICE_BYTES for one in slices)
    assert CONTENT[:64] not in b"".join(slices)


def test_slices_that_are_missing_cut_changed_or_in_another_order_give_nothing() -> None:
    account_id = 7
    slices = sealed(account_id)
    last = len(slices) - 1

    broken = [
        [],
        slices[:1],
        slices[1:],
        *(slices[:at] for at in range(2, last + 1)),
        [*slices[:last], slices[last][:-1]],
        [*slices[:2], *slices[3:]],
        [slices[0], slices[2], slices[1], *slices[3:]],
        [*slices[:3], bytes([slices[3][0] ^ 1]) + slices[3][1:], *slices[4:]],
        [*slices, b"more"],
    ]
    for each in broken:
        with pytest.raises(SealBroken):
            opened(each, account_id)


def test_file_cut_at_the_end_of_a_segment_gives_nothing() -> None:
    """The cipher gives its first megabyte out before it knows that the rest is missing."""
    account_id = 7
    key, *rest = sealed(account_id)
    whole = b"".join(rest)

    for segments in (1, 2):
        with pytest.raises(SealBroken):
            opened([key, whole[: segments << 20]], account_id)


def test_file_of_another_row_place_or_customer_gives_nothing() -> None:
    account_id, other = 7, 8
    slices, others = sealed(account_id), sealed(other)

    for call in (
        lambda: opened(slices, account_id, row=uuid4()),
        lambda: opened(slices, account_id, place="a.c"),
        lambda: opened(slices, other),
        lambda: opened([others[0], *slices[1:]], other),
        lambda: opened([slices[0], *others[1:]], account_id),
    ):
        with pytest.raises(SealBroken):
            call()


def test_file_of_a_destroyed_key_is_gone() -> None:
    account_id = 7
    slices = sealed(account_id)

    destroy_keys(account_id, klass=KeyClass.PAPERS, now=NOW)

    with pytest.raises(KeyDestroyed):
        opened(slices, account_id)
