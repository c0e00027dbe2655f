"""Places in a text."""

from __future__ import annotations

from typing import Final

Span = tuple[int, int]  # of the first letter, and behind the last

NOWHERE: Final[Span] = (0, 0)
