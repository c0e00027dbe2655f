"""Columns of a batch as PostgreSQL's binary arrays, made in one go.

psycopg turns a list into an array element by element through its registry of types, which costs
more than sealing a message. The form is that of array_send and of each type's own send function
(PostgreSQL, src/backend/utils/adt/arrayfuncs.c): dimensions, then length and octets of each.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = struct.Struct(">iiIii")  # one dimension, may hold nulls, type, count, first index
_LENGTH: Final = struct.Struct(">i").pack
_INT8: Final = struct.Struct(">iq").pack
_INT2: Final = struct.Struct(">ih").pack
_UUID_LENGTH: Final = _LENGTH(16)
_NULL: Final = _LENGTH(-1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)  # timestamps count microseconds from here
_MICROSECOND: Final = timedelta(microseconds=1)
# Type and array type in pg_type, which never change.
_BOOL, _BYTEA, _TEXT, _INT8_TYPE, _INT2_TYPE, _MOMENT, _UUID = 16, 17, 25, 20, 21, 1184, 2950


class Column(bytes):
    """An array ready to be sent; its class says of which type."""

    __slots__ = ()


class Bools(Column):
    """boolean[]."""

    __slots__ = ()


class Octets(Column):
    """bytea[]."""

    __slots__ = ()


class Texts(Column):
    """text[]."""

    __slots__ = ()


class Integers(Column):
    """bigint[]."""

    __slots__ = ()


class Smallints(Column):
    """smallint[]."""

    __slots__ = ()


class Moments(Column):
    """timestamptz[]."""

    __slots__ = ()


class Uuids(Column):
    """uuid[]."""

    __slots__ = ()


def bools(values: Sequence[bool]) -> Bools:
    """Return a boolean[]."""
    said = [b"\0\0\0\1\1" if value else b"\0\0\0\1\0" for value in values]
    return Bools(_array(_BOOL, said))


def octets(values: Sequence[bytes]) -> Octets:
    """Return a bytea[]."""
    return Octets(_array(_BYTEA, [_LENGTH(len(value)) + value for value in values]))


def texts(values: Iterable[str]) -> Texts:
    """Return a text[]."""
    written = [value.encode() for value in values]
    return Texts(_array(_TEXT, [_LENGTH(len(value)) + value for value in written]))


def integers(values: Sequence[int]) -> Integers:
    """Return a bigint[]."""
    return Integers(_array(_INT8_TYPE, [_INT8(8, value) for value in values]))


def smallints(values: Sequence[int]) -> Smallints:
    """Return a smallint[]."""
    return Smallints(_array(_INT2_TYPE, [_INT2(2, value) for value in values]))


def moments(values: Sequence[datetime]) -> Moments:
    """Return a timestamptz[]."""
    counts = [(value - _EPOCH) // _MICROSECOND for value in values]
    return Moments(_array(_MOMENT, [_INT8(8, count) for count in counts]))


def uuids(values: Sequence[UUID | None]) -> Uuids:
    """Return a uuid[]; None is null."""
    said = [_NULL if value is None else _UUID_LENGTH + value.bytes for value in values]
    return Uuids(_array(_UUID, said))


def _array(kind: int, elements: Sequence[bytes]) -> bytes:
    if not elements:
        return struct.pack(">iiI", 0, 0, kind)
    return _HEAD.pack(1, 1, kind, len(elements), 1) + b"".join(elements)


def _dumper(array_type: int) -> type[Dumper]:
    class ReadyArray(Dumper):
        format = Format.BINARY
        oid = array_type

        def dump(self, obj: Any) -> bytes:
            return bytes(obj)

    return ReadyArray


DUMPERS: Final = {
    Bools: _dumper(1000),
    Octets: _dumper(1001),
    Texts: _dumper(1009),
    Integers: _dumper(1016),
    Smallints: _dumper(1005),
    Moments: _dumper(1185),
    Uuids: _dumper(2951),
}
