"""Reads the answer of a server that is not ours: an end to its size and to its time."""

from __future__ import annotations

import time

import httpx


def whole_answer(answer: httpx.Response, *, octets_max: int, ends_at: float) -> bytes:
    """Return the body; `ends_at` is a monotonic moment in seconds.

    A limit between two octets alone would let a server hold us for ever with one octet in time.
    Raises httpx.DecodingError past the octets, httpx.ReadTimeout past the moment.
    """
    body = bytearray()
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > octets_max:
            raise httpx.DecodingError("an answer without end", request=answer.request)
        if time.monotonic() > ends_at:
            raise httpx.ReadTimeout("an answer that does not end", request=answer.request)
    return bytes(body)
