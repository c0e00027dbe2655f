"""Files that nobody else may read, and keys that are for playing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nummer.config.checks.finding import Finding, error, good, warning
from nummer.config.env import Environment
from nummer.config.keys import KEY_OF_KEYS

ABOUT: Final = "secrets"
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_TEST_KEYS: Final = ("sk_test_", "rk_test_")  # Stripe's, for play money


def secrets(env: Environment) -> list[Finding]:
    """Look at the modes of every file that holds a secret and, in production, at the keys."""
    found = [*_modes(env)]
    if env.mode == "production":
        found += _play(env)
    if not (env.secrets / KEY_OF_KEYS).exists():
        found.append(
            error(
                ABOUT,
                "The key of keys is missing; nothing that is sealed can be read.",
                todo=f"Bring {KEY_OF_KEYS} back from your copy into NUMMER_HOME/secrets.",
            )
        )
    return found or [good(ABOUT, "Nobody else reads them, and none is for playing.")]


def _modes(env: Environment) -> Iterator[Finding]:
    for path in _secret_files(env):
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            continue
        if mode & OTHERS:
            right = "700" if path.is_dir() else "600"
            yield error(
                ABOUT,
                f"{path.name} can be read by other users of this machine.",
                todo=f"chmod {right} {path}",
            )


def _secret_files(env: Environment) -> Iterator[Path]:
    yield env.secrets
    if env.secrets.is_dir():
        yield from sorted(path for path in env.secrets.iterdir() if path.is_file())
    yield env.home / "carriers.toml"  # holds the passwords of our binds
    yield from (path for path in (env.smpp_key, env.mail_key) if path is not None)


def _play(env: Environment) -> Iterator[Finding]:
    if (env.stripe_key or "").startswith(_TEST_KEYS):
        yield error(
            ABOUT,
            "NUMMER_STRIPE_KEY is a key for play money.",
            todo="Take the live key (sk_live_…) and the secret of its own webhook from Stripe.",
        )
    if env.stripe_key and env.stripe_api != "https://api.stripe.com":
        yield error(
            ABOUT,
            "NUMMER_STRIPE_API does not lead to Stripe.",
            todo="Leave NUMMER_STRIPE_API out.",
        )
    if (env.home / "sandbox").exists():
        yield warning(
            ABOUT,
            "This home was a sandbox: its keys, and perhaps its customers, are for playing.",
            todo="Begin production with a home and a database of their own.",
        )
