"""What the vault needs from outside: somebody who keeps the key of keys."""

from __future__ import annotations

from typing import Protocol


class KeyWrapper(Protocol):
    """Wraps keys with the installation's key of keys (a file, or a key management service).

    Its two methods are those of tink's Aead; both raise an exception where data and associated
    data do not belong together.
    """

    def encrypt(self, plaintext: bytes, associated_data: bytes) -> bytes:
        """Return `plaintext` wrapped, bound to `associated_data`."""

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Return what `encrypt` was given."""


_installed: list[KeyWrapper] = []


def install_key_wrapper(wrapper: KeyWrapper) -> None:
    """Make `wrapper` the one in use; `config` does this once at start."""
    _installed[:] = [wrapper]


def key_wrapper() -> KeyWrapper:
    """Return the wrapper in use."""
    assert _installed, "config installs a key wrapper before a key is used"
    return _installed[0]
