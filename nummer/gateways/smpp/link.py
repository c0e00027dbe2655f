"""One socket with its session: carries octets, keeps the timers, has no rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from nummer.protocols.smpp.events import Closed, Event
from nummer.protocols.smpp.pdu import BindRequest, ShortMessage
from nummer.protocols.smpp.session import Limits, Role, Session
from nummer.protocols.smpp.words import Status

TICK_S_MAX: Final = 1.0
CLOSE_S_MAX: Final = 5.0  # a peer that reads nothing must not keep a closed socket


class Link(asyncio.Protocol):
    """An asyncio protocol around a Session; `on_event` is called for every event of it."""

    def __init__(
        self,
        role: Role,
        *,
        limits: Limits,
        on_event: Callable[[Link, Event], None],
        bind: BindRequest | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_event = on_event
        self._bind = bind
        self._transport: asyncio.Transport | None = None
        self._flush_due = False
        self._ticker: asyncio.TimerHandle | None = None
        shortest = min(limits.bind_s, limits.enquire_s, limits.response_s)
        self._tick_s = min(TICK_S_MAX, shortest / 4)
        self.session = Session(role, limits=limits, now=self._loop.time())
        self.closed = self._loop.create_future()
        self.peer_host = ""

    # -- for the owner -------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """How many messages may be sent now."""
        return self.session.room

    def send_message(self, message: ShortMessage) -> int:
        """Send a message; needs `room`."""
        sequence = self.session.send_message(message, now=self._loop.time())
        self._flush_soon()
        return sequence

    def answer(self, sequence: int, status: Status, message_id: str = "") -> bool:
        """Answer a message; False where the peer is gone."""
        written = self.session.answer(sequence, status, message_id, now=self._loop.time())
        if written:
            self._flush_soon()
        return written

    def accept_bind(self) -> None:
        """Let the peer in."""
        self.session.accept_bind(now=self._loop.time())
        self._flush_soon()

    def refuse_bind(self, status: Status) -> None:
        """Turn the peer away."""
        self._tell(self.session.refuse_bind(status))

    def unbind(self) -> None:
        """Say good-bye; `closed` is done when the peer has answered or its time is over."""
        self._tell(self.session.unbind(now=self._loop.time()))

    def drop(self) -> None:
        """End without a word."""
        self._tell(self.session.connection_lost())

    # -- for asyncio ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the side that binds does so at once."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.peer_host = peer[0] if isinstance(peer, tuple) else ""
        if self._bind is not None:
            self.session.bind(self._bind, now=self._loop.time())
        self._bind = None
        self._tell([])
        self._ticker = self._loop.call_later(self._tick_s, self._tick)

    def data_received(self, data: bytes) -> None:
        """Pass octets on."""
        self._tell(self.session.receive(data, now=self._loop.time()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self._tell(self.session.connection_lost())
        self._transport = None
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        """Read nothing from a peer that reads nothing: its answers would fill our memory."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # -- within --------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._tell(self.session.tick(now=self._loop.time()))
        if not self.session.closed:
            self._ticker = self._loop.call_later(self._tick_s, self._tick)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Closed):
                self._end()
            self._on_event(self, event)
        self._flush()

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_due = False
        octets = self.session.octets_to_send()
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def _end(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
        transport = self._transport
        if transport is None:
            return
        self._flush()
        transport.close()
        self._loop.call_later(CLOSE_S_MAX, transport.abort)
