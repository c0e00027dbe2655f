"""What papers tell the outside: that an account's papers were judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Approved = Callable[[int, datetime], None]

_approved: list[Approved] = []


def install_approved(told: Approved) -> None:
    """Make this what is called when papers were approved; `config` does this once at start."""
    _approved[:] = [told]


def tell_approved(account_id: int, *, now: datetime) -> None:
    """Tell inside the judgement's transaction that an account has papers that count."""
    assert _approved, "config installs what waits for papers at start"
    _approved[0](account_id, now)
