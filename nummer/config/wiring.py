"""Fills the ports of the apps."""

from __future__ import annotations

from nummer.apps.vault.ports import install_key_wrapper
from nummer.config.env import environment
from nummer.config.keys import file_key_wrapper


def fill_ports() -> None:
    """Hand every app what it asks for in its `ports`."""
    install_key_wrapper(file_key_wrapper(environment().secrets))
