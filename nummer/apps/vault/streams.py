"""Files sealed in slices: a key of the file's own, sealed with the customer's, then its octets.

A stream gives its first octets out before it knows whether its last are there. So what is read
here is handed on only when the end was seen and proven: half a file is no file (ADR 406).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final
from uuid import UUID

import tink
from tink import TinkError, proto_keyset_format, secret_key_access, streaming_aead

from nummer.apps.vault.actions import seal_bytes, unseal_bytes
from nummer.apps.vault.errors import SealBroken
from nummer.apps.vault.keys import KeyClass

SLICE_BYTES: Final = 256 * 1024


def seal_file(
    content: bytes, *, account_id: int, klass: KeyClass, place: str, row: UUID
) -> Iterator[bytes]:
    """Yield a file as sealed slices, the first of which is its key. Refuses: KeyDestroyed."""
    _register()
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    handle = tink.new_keyset_handle(template)
    key = proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    yield seal_bytes(key, account_id=account_id, klass=klass, place=f"{place}.key", row=row)
    sealed = _Kept()
    with _primitive(key).new_encrypting_stream(sealed, _bound_to(place, row, account_id)) as into:
        for at in range(0, len(content), SLICE_BYTES):
            into.write(content[at : at + SLICE_BYTES])
            yield from sealed.taken(SLICE_BYTES)
    yield from sealed.taken(1)


def unseal_file(
    slices: Iterable[bytes], *, account_id: int, klass: KeyClass, place: str, row: UUID
) -> bytes:
    """Return a whole file; nothing of it leaves this function before its end was proven.

    Refuses: KeyDestroyed. Raises SealBroken: a slice is missing, changed, or of another file.
    """
    _register()
    rest = iter(slices)
    head = next(rest, None)
    if head is None:
        raise SealBroken("a sealed file has no beginning")
    key = unseal_bytes(head, account_id=account_id, klass=klass, place=f"{place}.key", row=row)
    bound = _bound_to(place, row, account_id)
    try:
        with _primitive(key).new_decrypting_stream(_Joined(rest), bound) as stream:
            content: bytes = stream.read()
    except TinkError as error:
        raise SealBroken(f"a sealed file of {place} is not whole") from error
    return content


def _primitive(key: bytes) -> Any:
    handle = proto_keyset_format.parse(key, secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def _bound_to(place: str, row: UUID, account_id: int) -> bytes:
    return f"{place}:{row}:{account_id}".encode()


@cache
def _register() -> None:
    streaming_aead.register()


class _Kept(io.RawIOBase):
    """What a stream has sealed so far, taken away slice by slice; closing it loses nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._octets = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, octets: Any) -> int:
        self._octets += octets
        return len(octets)

    def taken(self, least: int) -> Iterator[bytes]:
        """Take what is there in slices, as long as there are at least so many octets."""
        while len(self._octets) >= least:
            yield bytes(self._octets[:SLICE_BYTES])
            del self._octets[:SLICE_BYTES]


class _Joined(io.RawIOBase):
    """Slices as one stream to read."""

    def __init__(self, slices: Iterator[bytes]) -> None:
        super().__init__()
        self._slices = slices
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while not self._left:
            more = next(self._slices, None)
            if more is None:
                return 0
            self._left = bytes(more)
        size = min(len(into), len(self._left))
        into[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
