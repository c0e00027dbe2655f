"""What becomes of an exception that nobody expected: it is reported, and the links live on."""

from __future__ import annotations

import traceback
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)


def unexpected(what: str, error: Exception, *, count: int = 1) -> None:
    """Log a mistake of ours by type and place; its text may hold what the message was about."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    log.error(
        what,
        count=count,
        error=type(error).__name__,
        at=[f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    )
