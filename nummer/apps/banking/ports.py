"""What banking is told by `config`: the method's code at payments, and where statements lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROVIDER: Final = "bank"  # how payments call us
METHOD: Final = "bank-transfer"


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folder that is looked into for statements; None where there is none."""

    folder: Path | None


_installed: list[Inbox] = []


def install_inbox(inbox: Inbox) -> None:
    """Make `inbox` the one in force; `config` does this once at start."""
    _installed[:] = [inbox]


def inbox() -> Inbox:
    """Return the folder in force."""
    assert _installed, "config installs the folder at start"
    return _installed[0]
