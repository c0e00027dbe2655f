"""The key of the sandbox's Google, and the tokens that it signs (RS256)."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from nummer.suppliers.sandbox.payments.desk import Desk

ALGORITHM: Final = "RS256"
LIVES_S: Final = 3600
_KEY: Final = "signing_key"


def id_token(
    desk: Desk, claims: Mapping[str, Any], *, issuer: str, client_id: str, access_token: str
) -> str:
    """Return a signed statement about a person for one client."""
    now = int(time.time())
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    said = {
        "iss": issuer,
        "azp": client_id,
        "aud": client_id,
        **claims,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        "iat": now,
        "exp": now + LIVES_S,
    }
    return jwt.encode(said, _key(desk), algorithm=ALGORITHM, headers={"kid": _kid(desk)})


def public_key(desk: Desk) -> dict[str, Any]:
    """Return the key by which anybody checks, as a JSON Web Key."""
    shown = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key(desk).public_key()))
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": ALGORITHM,
        "kid": _kid(desk),
        "n": shown["n"],
        "e": shown["e"],
    }


def _key(desk: Desk) -> RSAPrivateKey:
    """Return the key, made at first use."""
    with desk.change() as memory:
        if not memory.setting(_KEY):
            made = generate_private_key(public_exponent=65537, key_size=2048)
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            memory.set(_KEY, pem.decode())
        text = memory.setting(_KEY)
    key = load_pem_private_key(text.encode(), password=None)
    assert isinstance(key, RSAPrivateKey), "it is the one made above"
    return key


def _kid(desk: Desk) -> str:
    return desk.made("kid", start="")[:40]
