"""Secrets of programs: how they look, how they are kept, what short clients send of them."""

from __future__ import annotations

import hashlib
import secrets
import string
from typing import Final

from nummer.apps.vault.actions import keyed_digest

# SMPP 3.4, section 5.2: system_id holds 15 characters, password 8; clients cut silently.
SMPP_SYSTEM_ID_MAX: Final = 15
SMPP_PASSWORD_MAX: Final = 8
# 62^32 is 190 bits for the whole and 62^8 is 47 bits for the 8 characters that SMPP carries.
_LETTERS: Final = string.ascii_letters + string.digits
_KEY_LENGTH: Final = 32


def new_sid() -> str:
    """Return a new account sid: AC and 32 hexadecimal digits."""
    return "AC" + secrets.token_hex(16)


def new_auth_token() -> str:
    """Return a new token: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_key_secret() -> str:
    """Return a new key: 32 letters and digits, the form that sms-activate clients know."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_KEY_LENGTH))


def secret_sha256(secret: str) -> bytes:
    """Return the hash by which a whole secret is found; it has too many bits to be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def short_index(secret: str) -> bytes:
    """Return the index of what a short client sends of a secret.

    Eight characters could be guessed from a bare hash, so the digest needs the vault's secret.
    """
    return keyed_digest("smpp-password", secret[:SMPP_PASSWORD_MAX])
