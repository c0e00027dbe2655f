"""A device with a passkey, as a browser speaks for it (WebAuthn, ES256, no attestation)."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

ORIGIN: Final = "http://localhost:8000"
_PRESENT_AND_VERIFIED: Final = 0x01 | 0x04
_WITH_CREDENTIAL: Final = 0x40


class Device:
    """Holds one passkey; `origin` is where its browser stands."""

    def __init__(self, *, origin: str = ORIGIN, rp_id: str = "localhost") -> None:
        self.origin, self.rp_id = origin, rp_id
        self.id = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.user_handle = ""

    def create(self, options: Mapping[str, Any]) -> str:
        """Make the passkey that a page asks for."""
        wanted = options["publicKey"]
        self.user_handle = wanted["user"]["id"]
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        data = (
            self._head(_PRESENT_AND_VERIFIED | _WITH_CREDENTIAL)
            + bytes(16)
            + struct.pack(">H", len(self.id))
            + self.id
            + public
        )
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._said(
            {
                "clientDataJSON": self._client("webauthn.create", wanted["challenge"]),
                "attestationObject": websafe_encode(statement),
            },
            clientExtensionResults={"credProps": {"rk": True}},
        )

    def get(self, options: Mapping[str, Any], **changes: str) -> str:
        """Sign what a page asks for."""
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        data = self._head(_PRESENT_AND_VERIFIED)
        digest = hashlib.sha256(websafe_decode(client)).digest()
        signature = self.key.sign(data + digest, ec.ECDSA(hashes.SHA256()))
        said = {
            "clientDataJSON": client,
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": self.user_handle,
        }
        return self._said(said | changes, clientExtensionResults={})

    def _head(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, 0)

    def _client(self, kind: str, challenge: str) -> str:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return websafe_encode(json.dumps(said).encode())

    def _said(self, response: Mapping[str, str], **more: Any) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {"type": "public-key", "id": name, "rawId": name, "response": response, **more}
        )
