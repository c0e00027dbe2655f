"""Files of any bytes are read or refused."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from nummer.apps.numbers.importing.sheet import COLUMNS, read_sheet
from nummer.kernel.errors import Refusal

_HEADING = ",".join(COLUMNS).encode() + b"\n"


@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
def test_no_bytes_make_reading_raise_anything_but_a_refusal(content: bytes) -> None:
    for start in (b"", _HEADING):
        with contextlib.suppress(Refusal):
            list(read_sheet(start + content).lines())
