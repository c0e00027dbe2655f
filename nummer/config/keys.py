"""The key of keys: a tink keyset in a file that only the operating user reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from nummer.apps.vault.ports import KeyWrapper
from nummer.config.secrets import secret_bytes

KEY_OF_KEYS: Final = "key-of-keys.json"


def file_key_wrapper(folder: Path) -> KeyWrapper:
    """Return the wrapper whose keyset stands in `folder`; the first call makes the keyset.

    The file may hold several keys: the primary one wraps, all of them unwrap.
    Whoever loses it loses everything sealed; docs/operate tells how to keep a copy apart from
    the copies of the database.
    """
    aead.register()
    written = secret_bytes(folder, KEY_OF_KEYS, _new_keyset)
    handle = json_proto_keyset_format.parse(written.decode(), secret_key_access.TOKEN)
    wrapper: KeyWrapper = handle.primitive(aead.Aead)
    return wrapper


def _new_keyset() -> bytes:
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    keyset = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return json.dumps(json.loads(keyset), indent=1).encode()
