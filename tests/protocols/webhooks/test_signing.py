"""Signatures, against the example of the specification and its own library."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from nummer.protocols.webhooks.signing import signed_headers


def secret(octets: bytes) -> str:
    return "whsec_" + base64.b64encode(octets).decode()


@given(
    octets=st.binary(min_size=24, max_size=64),
    other=st.binary(min_size=24, max_size=64),
    words=st.dictionaries(st.text(max_size=20), st.text(max_size=20)),
)
def test_the_reference_library_accepts_each_of_two_signatures(
    octets: bytes, other: bytes, words: dict[str, str]
) -> None:
    import json

    body = json.dumps(words).encode()
    headers = signed_headers(
        message_id="msg_1",
        timestamp=int(time.time()),
        body=body,
        secrets=[secret(octets), secret(other)],
    )

    for one in (octets, other):
        assert Webhook(secret(one)).verify(body, headers) == words


def test_the_signature_is_that_of_the_published_example() -> None:
    headers = signed_headers(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_is_a_signature_for_each_secret(count: int) -> None:
    headers = signed_headers(
        message_id="m", timestamp=1, body=b"", secrets=[secret(bytes(24))] * count
    )

    assert len(headers["webhook-signature"].split()) == count
