"""Where a page of everybody's rows begins."""

from __future__ import annotations

from typing import TypeAlias
from uuid import UUID

Seen: TypeAlias = tuple[int, UUID]  # account and id of the last row of the page before
