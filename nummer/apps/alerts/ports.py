"""Who looks for troubles, and where alerts are told; filled by `config`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nummer.apps.outbound.actions import Cleared


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong now; `subject` tells it from others of its kind."""

    subject: str
    said: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks for one kind of trouble, every so often."""

    look: Callable[[datetime], Sequence[Trouble]]
    every: timedelta


@dataclass(frozen=True, slots=True)
class Channels:
    """Where alerts go; `call` takes a message's id and what may leave, or raises Unavailable."""

    mail_to: str
    repeat_after: timedelta
    call: Callable[[str, Cleared], None] | None = field(default=None, repr=False)


_watches: dict[str, Watch] = {}
_channels: list[Channels] = []


def install(watches: Mapping[str, Watch], channels: Channels) -> None:
    """Make these the watches, by kind, and the channels; `config` does this once at start."""
    _watches.clear()
    _watches.update(watches)
    _channels[:] = [channels]


def watches() -> Mapping[str, Watch]:
    """Return all watches by kind."""
    return _watches


def channels() -> Channels:
    """Return where alerts are told."""
    return _channels[0]
