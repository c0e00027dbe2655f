"""Sealed papers at the sandbox's DIDWW: its two keys, the files, and a real opening of one."""

from __future__ import annotations

import base64
import hashlib
from email import message_from_bytes
from email.policy import HTTP
from typing import Any, Final
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from nummer.suppliers.sandbox.didww.objects import Wrong
from nummer.suppliers.sandbox.payments.desk import Memory

BITS: Final = 2048  # half of what DIDWW has, made in a tenth of the time
NAMES: Final = ("paper_key_a", "paper_key_b")
_KEY_OCTETS: Final = 32
_IV_OCTETS: Final = 16


def public_keys(memory: Memory) -> list[dict[str, Any]]:
    """Return the two keys that papers are encrypted for, made at first use, for good."""
    return [
        {"id": name, "object": "public_keys", "attributes": {"key": _public(key)}, "rel": {}}
        for name in NAMES
        if (key := _private(memory, name))
    ]


def take(memory: Memory, content_type: str, octets: bytes) -> dict[str, Any]:
    """Keep a file that was sealed for our keys. Raises Wrong."""
    parts = _parts(content_type, octets)
    expected = ":::".join(_fingerprint(_private(memory, name)) for name in NAMES)
    if parts.get("encrypted_files[encryption_fingerprint]", b"").decode() != expected:
        raise Wrong("encryption_fingerprint is invalid")
    sealed = parts.get("encrypted_files[file]", b"")
    if not sealed:
        raise Wrong("file can't be blank")
    made = {"id": str(uuid4()), "object": "encrypted_files", "attributes": {}, "rel": {}}
    memory.keep(made, hidden={"file": base64.b64encode(sealed).decode()})
    return made


def opened(memory: Memory, name: str, *, by: int = 0) -> bytes:
    """Return what is in a file, opened by one of the two keys. Raises ValueError."""
    sealed = base64.b64decode(memory.hidden(name)["file"])
    size = BITS // 8
    oaep = rsa_padding.OAEP(rsa_padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    secret = _private(memory, NAMES[by]).decrypt(sealed[by * size : (by + 1) * size], oaep)
    key, start = secret[:_KEY_OCTETS], secret[_KEY_OCTETS : _KEY_OCTETS + _IV_OCTETS]
    opening = Cipher(algorithms.AES(key), modes.CBC(start)).decryptor()
    padded = opening.update(sealed[2 * size :]) + opening.finalize()
    unpadding = padding.PKCS7(128).unpadder()
    return bytes(unpadding.update(padded) + unpadding.finalize())


def _private(memory: Memory, name: str) -> rsa.RSAPrivateKey:
    if not memory.setting(name):
        key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        written = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        memory.set(name, written.decode())
    loaded = serialization.load_pem_private_key(memory.setting(name).encode(), password=None)
    assert isinstance(loaded, rsa.RSAPrivateKey), "it was made here"
    return loaded


def _public(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def _fingerprint(key: rsa.RSAPrivateKey) -> str:
    written = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha1(written).hexdigest()  # noqa: S324 -- DIDWW's form of a fingerprint


def _parts(content_type: str, octets: bytes) -> dict[str, bytes]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + octets, policy=HTTP)
    if not message.is_multipart():
        raise Wrong("file can't be blank")
    return {
        str(part.get_param("name", header="content-disposition")): bytes(
            part.get_payload(decode=True) or b""
        )
        for part in message.iter_parts()
    }
