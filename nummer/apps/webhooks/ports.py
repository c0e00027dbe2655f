"""What webhooks ask of the outside: what to say, in which dialect, and somebody who says it.

`config` installs a renderer for each dialect and the caller. A renderer stands above this app,
since it reads subjects of all apps; the caller stands at the rim and guards whom it calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event as a renderer gets it: ids to read its subject with."""

    account_id: int
    event_id: UUID
    kind: str
    subject_id: UUID
    lease_id: UUID | None
    word: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """The address that is called; `secrets` are those that sign, the newest first."""

    endpoint_id: UUID
    purpose: str
    method: str
    url: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A request ready to be made; what of it is about a person stands in `body` or `url`."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Failure(StrEnum):
    """Why no answer came, or none that counts."""

    ADDRESS_REFUSED = "address_refused"  # it leads to where we do not call
    NOT_FOUND = "not_found"  # its name does not resolve
    NOT_CONNECTED = "not_connected"
    NOT_TRUSTED = "not_trusted"  # TLS
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    BROKEN = "broken"  # not HTTP, or cut off
    OURS = "ours"  # we could not say it; the server was not called


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from a call, within bounds; `failure` None where an answer came whole."""

    status: int | None
    failure: Failure | None
    duration_ms: int
    size: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    retry_after_s: int | None = None

    @property
    def good(self) -> bool:
        """Tell whether the server took it: any 2xx, redirects are not followed."""
        return self.failure is None and self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 -- RFC 9110, section 15.3


class Renderer(Protocol):
    """Speaks one dialect."""

    def render(self, occasion: Occasion, *, target: Target, now: datetime) -> Call | None:
        """Return the signed request; None where nothing may be said: the subject is gone.

        May be asked again for each attempt. Signs with the real clock, since receivers do.
        """

    def heard(self, occasion: Occasion, *, target: Target, answer: Answer, now: datetime) -> None:
        """Do what a good answer asks for, as a reply does; may come twice for one event."""


class ClearedCall(Protocol):
    """What the outgoing gate let through: `method`, `url`, `headers` as JSON, and `body`."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the fields that may leave."""


class Caller(Protocol):
    """Makes calls, many at a time, each within limits of time and size."""

    def refused(self, url: str, *, look_up: bool = False) -> str:
        """Return why an address is not called, in a word; empty where it may be.

        With `look_up` its name is asked for, too, which takes time.
        """

    def call(self, calls: Sequence[ClearedCall]) -> list[Answer]:
        """Make the calls, some of them at a time, and return their answers in that order."""


_renderers: dict[str, Renderer] = {}
_callers: list[Caller] = []


def install_renderers(renderers: Mapping[str, Renderer]) -> None:
    """Make these the dialects, by code; `config` does this once at start."""
    _renderers.clear()
    _renderers.update(renderers)


def renderer_of(dialect: str) -> Renderer:
    """Return who speaks a dialect."""
    return _renderers[dialect]


def dialects() -> frozenset[str]:
    """Return the codes of the dialects that are spoken."""
    return frozenset(_renderers)


def install_caller(caller: Caller) -> None:
    """Make this the way out; `config` does this once at start."""
    _callers[:] = [caller]


def caller() -> Caller:
    """Return the way out."""
    assert _callers, "config installs the caller at start"
    return _callers[0]
