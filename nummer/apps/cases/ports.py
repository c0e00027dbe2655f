"""What cases need of the outside: somebody who draws a stranger's file anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Redrawn:
    """A file drawn anew: it looks as what came and has nothing else of it."""

    media: str
    content: bytes = field(repr=False)


Redraw = Callable[[int, bytes], Redrawn]

_redraw: list[Redraw] = []


def install_redraw(redraw: Redraw) -> None:
    """Make this what draws files anew; `config` does this once at start."""
    _redraw[:] = [redraw]


def redrawn(account_id: int, content: bytes) -> Redrawn:
    """Return an account's file drawn anew. Refuses what is no picture and no PDF, or not just now.

    It takes seconds, so never in a transaction.
    """
    assert _redraw, "config installs what draws files anew at start"
    return _redraw[0](account_id, content)
