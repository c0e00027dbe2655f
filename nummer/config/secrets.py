"""Secrets that the installation makes for itself at first use, as files only its user reads."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def secret_text(folder: Path, name: str) -> str:
    """Return the secret `name`, made once and kept; safe when two processes start together."""
    return secret_bytes(folder, name, lambda: secrets.token_urlsafe(48).encode()).decode()


def secret_bytes(folder: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """Return the content of `folder/name`; where it is missing, `make` gives it first."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_bytes(make())
        try:
            os.link(draft, path)  # the first process wins, the others read its secret
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
