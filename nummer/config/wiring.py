"""Fills the ports of the apps."""

from __future__ import annotations

from nummer.apps.accounts.ports import PhoneRules, install_phone_rules
from nummer.apps.numbers.queries import is_ours
from nummer.apps.vault.ports import install_key_wrapper
from nummer.config.env import environment
from nummer.config.keys import file_key_wrapper


def fill_ports() -> None:
    """Hand every app what it asks for in its `ports`."""
    env = environment()
    install_key_wrapper(file_key_wrapper(env.secrets))
    install_phone_rules(PhoneRules(own_numbers=is_ours, fiction_allowed=env.mode == "sandbox"))
