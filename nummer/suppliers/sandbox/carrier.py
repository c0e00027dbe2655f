"""The sandbox's carrier: a real SMPP server (SMSC) on loopback, with scripted failures.

It delivers messages on request, keeps and repeats what was not answered when a bind broke, and
writes down what is sent through it. It listens for requests of `carrier_control` beside SMPP.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

from nummer.protocols.smpp.events import Answered, Arrived, BindAsked, Closed, Event, Unanswered
from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.session import Limits, Role, Session
from nummer.protocols.smpp.translate import incoming_sms, short_message
from nummer.protocols.smpp.words import ESM_CLASS_RECEIPT, Status, Tag
from nummer.protocols.sms.inbound import Doubt, decode_text
from nummer.protocols.sms.receipt import Receipt, ReceiptState, receipt_text
from nummer.protocols.sms.segments import split
from nummer.suppliers.sandbox.carrier_state import CarrierState, SentSms
from nummer.suppliers.sandbox.stock import probe_numbers

log = structlog.get_logger(__name__)

CODE: Final = "sandbox"
SYSTEM_ID: Final = "nummer"
PORTS_FILE: Final = "carrier.json"
WINDOW: Final = 100
DELIVER_S_MAX: Final = 60.0  # how long a delivery waits for a bind that is away
TICK_S: Final = 0.5
RECEIPT_AGAIN_S: Final = 1.0
LINE_OCTETS_MAX: Final = 1_000_000
_PROBED: Final = frozenset(number.e164.removeprefix("+") for number in probe_numbers())


@dataclass(slots=True)
class Delivery:
    """One request and what became of its texts."""

    waiting: int
    acknowledged: int = 0
    refused: list[int] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Text:
    """One text on its way in: acknowledged when each of its parts is."""

    delivery: Delivery
    parts_waiting: int
    refused_with: int = Status.ROK

    def settle(self, status: int) -> None:
        """Note the answer to one part."""
        self.refused_with = self.refused_with or status
        self.parts_waiting -= 1
        if self.parts_waiting > 0:
            return
        delivery = self.delivery
        if self.refused_with:
            delivery.refused.append(self.refused_with)
        else:
            delivery.acknowledged += 1
        delivery.waiting -= 1
        if delivery.waiting == 0:
            delivery.done.set()


@dataclass(frozen=True, slots=True)
class Queued:
    """A deliver_sm that has to reach the platform; `text` is None for receipts."""

    message: ShortMessage
    text: Text | None


class SandboxCarrier:
    """Everything the simulated carrier knows; its sockets are in PeerLink and in `run`."""

    def __init__(self, state: CarrierState, *, password: str, now: Callable[[], datetime]) -> None:
        self.state = state
        self.password = password
        self.now = now
        self.links: set[PeerLink] = set()
        self.waiting: deque[Queued] = deque()
        self._reference = 0
        self._message_id = secrets.randbits(40)

    # -- requests ------------------------------------------------------------------------------

    async def deliver(self, to: str, *, sender: str, text: str, count: int) -> dict[str, Any]:
        """Send `count` messages to the platform and wait for the answers."""
        if self.state.blocked(to):
            return {"sent": 0, "acknowledged": 0, "refused": [int(Status.RINVDSTADR)] * count}
        delivery = Delivery(count)
        for _ in range(count):
            parts = self._parts(to, sender, text)
            on_its_way = Text(delivery, len(parts))
            self.waiting.extend(Queued(part, on_its_way) for part in parts)
        self.pump()
        try:
            async with asyncio.timeout(DELIVER_S_MAX):
                await delivery.done.wait()
        except TimeoutError:
            self._give_up(delivery)
        return {
            "sent": count,
            "acknowledged": delivery.acknowledged,
            "refused": delivery.refused,
        }

    def _give_up(self, delivery: Delivery) -> None:
        self.waiting = deque(
            queued
            for queued in self.waiting
            if queued.text is None or queued.text.delivery is not delivery
        )

    def outage(self) -> None:
        """End every bind and let nobody in until `restore`."""
        self.state.set_outage(out=True)
        for link in list(self.links):
            link.unbind()

    def restore(self) -> None:
        """Be back."""
        self.state.set_outage(out=False)

    # -- the platform's side -------------------------------------------------------------------

    def pump(self) -> None:
        """Write what waits to whoever is bound and has room."""
        for link in self.links:
            while self.waiting and link.session.room > 0:
                link.deliver(self.waiting.popleft())
            link.flush()

    def admits(self, system_id: str, password: str) -> Status:
        """Return what a bind is answered with."""
        if self.state.out:
            return Status.RSYSERR
        right = system_id == SYSTEM_ID and secrets.compare_digest(password, self.password)
        return Status.ROK if right else Status.RBINDFAIL

    def submitted(self, message: ShortMessage) -> tuple[Status, str]:
        """Take a text of the platform; answer with status and message id."""
        if self.state.blocked("+" + message.source):
            return Status.RINVSRCADR, ""
        self._message_id += 1
        message_id = f"{self._message_id:x}"
        now = self.now()
        sms = incoming_sms(message, carrier=CODE, doubt=Doubt.NONE, received_at=now)
        self.state.add(
            SentSms(
                to=f"+{sms.destination}",
                sender=message.source,
                text=decode_text(sms),
                part=sms.part,
                sent_at=now.isoformat(),
            )
        )
        if sms.destination in _PROBED and not self.state.blocked("+" + message.destination):
            self.waiting.append(Queued(self._back(message), None))
        if message.registered_delivery:
            self.waiting.append(Queued(self._receipt(message, message_id), None))
        return Status.ROK, message_id

    def _back(self, message: ShortMessage) -> ShortMessage:
        """Return what came for one of the platform's own numbers, as it is delivered there."""
        reference: dict[int, bytes] = {Tag.USER_MESSAGE_REFERENCE: self._next_reference()}
        return replace(message, registered_delivery=0, tlvs=reference)

    def _receipt(self, message: ShortMessage, message_id: str) -> ShortMessage:
        state = ReceiptState.DELIVERED
        if self.state.blocked("+" + message.destination):
            state = ReceiptState.UNDELIVERABLE
        text = receipt_text(Receipt(message_id, state), minute=self.now().strftime("%y%m%d%H%M"))
        return ShortMessage(
            source=message.destination,
            source_ton=message.destination_ton,
            source_npi=message.destination_npi,
            destination=message.source,
            destination_ton=message.source_ton,
            destination_npi=message.source_npi,
            short_message=text.encode("ascii"),
            esm_class=ESM_CLASS_RECEIPT,
            tlvs={
                Tag.RECEIPTED_MESSAGE_ID: message_id.encode("ascii") + b"\0",
                Tag.MESSAGE_STATE: bytes((list(ReceiptState).index(state) + 1,)),
            },
        )

    def _parts(self, to: str, sender: str, text: str) -> list[ShortMessage]:
        """Return the deliver_sm of one text, each with its own user_message_reference."""
        self._reference += 1
        return [
            replace(
                short_message(segment, source=sender, destination=to, receipt=False),
                tlvs={Tag.USER_MESSAGE_REFERENCE: self._next_reference()},
            )
            for segment in split(text, reference=self._reference)
        ]

    def _next_reference(self) -> bytes:
        self.state.reference = (self.state.reference + 1) & 0xFFFF
        return self.state.reference.to_bytes(2, "big")


class PeerLink(asyncio.Protocol):
    """One connection to the carrier."""

    def __init__(self, carrier: SandboxCarrier) -> None:
        self._carrier = carrier
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._written: dict[int, Queued] = {}
        self.session = Session(Role.SMSC, limits=Limits(window_out=WINDOW), now=self._loop.time())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._carrier.links.add(self)
        self._loop.call_later(TICK_S, self._tick)

    def data_received(self, data: bytes) -> None:
        """Pass octets on."""
        self._tell(self.session.receive(data, now=self._loop.time()))

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end."""
        self._tell(self.session.connection_lost())

    def deliver(self, queued: Queued) -> None:
        """Write one deliver_sm; the session has room."""
        sequence = self.session.send_message(queued.message, now=self._loop.time())
        self._written[sequence] = queued

    def unbind(self) -> None:
        """Say good-bye."""
        self._tell(self.session.unbind(now=self._loop.time()))

    def flush(self) -> None:
        """Write what the session has for the peer."""
        octets = self.session.octets_to_send()
        if octets and self._transport is not None and not self._transport.is_closing():
            self._transport.write(octets)

    def _tick(self) -> None:
        self._tell(self.session.tick(now=self._loop.time()))
        if not self.session.closed:
            self._loop.call_later(TICK_S, self._tick)

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            self._on_event(event)
        self.flush()
        self._carrier.pump()

    def _on_event(self, event: Event) -> None:
        match event:
            case BindAsked():
                status = self._carrier.admits(event.request.system_id, event.request.password)
                if status is Status.ROK:
                    self.session.accept_bind(now=self._loop.time())
                else:
                    self._tell(self.session.refuse_bind(status))
            case Arrived():
                status, message_id = self._carrier.submitted(event.message)
                self.session.answer(event.sequence, status, message_id, now=self._loop.time())
            case Answered():
                self._settle(event.sequence, event.status)
            case Unanswered():
                self._repeat([event.sequence])
            case Closed():
                self._closed()
            case _:
                pass

    def _settle(self, sequence: int, status: int) -> None:
        queued = self._written.pop(sequence, None)
        if queued is None:
            return
        if queued.text is not None:
            queued.text.settle(status)
        elif status != Status.ROK:  # a receipt comes again, as carriers do
            self._loop.call_later(RECEIPT_AGAIN_S, self._carrier.waiting.append, queued)

    def _closed(self) -> None:
        self._carrier.links.discard(self)
        self._repeat(sorted(self._written))
        self.flush()
        if self._transport is not None:
            self._transport.close()

    def _repeat(self, sequences: list[int]) -> None:
        """Queue again, in the old order, what was not answered: carriers store and forward."""
        again = [self._written.pop(s) for s in sequences if s in self._written]
        self._carrier.waiting.extendleft(reversed(again))


# -- processes ---------------------------------------------------------------------------------


async def run(
    home: Path, *, now: Callable[[], datetime], stop: asyncio.Event, ready: Callable[[int], None]
) -> None:
    """Run until `stop` is set; `ready` is told the SMPP port.

    Ports and secrets are written to `home`/run/carrier.json, for the gateway and for
    `carrier_control`; a second start takes the same ports again where they are free.
    """
    loop = asyncio.get_running_loop()
    file = home / "run" / PORTS_FILE
    before = read_ports(file)
    ports = Ports(
        smpp=before.smpp if before else 0,
        control=before.control if before else 0,
        password=before.password if before else secrets.token_hex(4),
        token=secrets.token_hex(16),
    )
    carrier = SandboxCarrier(CarrierState(home / "sandbox"), password=ports.password, now=now)
    control = Control(carrier, token=ports.token)
    smpp_server = await _listen(loop, lambda: PeerLink(carrier), ports.smpp)
    control_server = await _listen(loop, lambda: _stream_protocol(control), ports.control)
    write_ports(file, replace(ports, smpp=_port_of(smpp_server), control=_port_of(control_server)))
    log.info("sandbox carrier ready")
    ready(_port_of(smpp_server))
    try:
        await stop.wait()
    finally:
        smpp_server.close()
        control_server.close()
        for link in list(carrier.links):
            link.unbind()
        await asyncio.sleep(0.1)  # for the last octets; whoever is still there sees the end


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the carrier listens, and what opens its doors."""

    smpp: int
    control: int
    password: str = field(repr=False)
    token: str = field(repr=False)


def read_ports(file: Path) -> Ports | None:
    """Return what the carrier wrote, or None where it never ran here."""
    try:
        return Ports(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_ports(file: Path, ports: Ports) -> None:
    """Write it in one step, readable by the operating user only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.touch(mode=0o600)
    content = {name: getattr(ports, name) for name in Ports.__slots__}
    fresh.write_text(json.dumps(content))
    fresh.replace(file)


async def _listen(
    loop: asyncio.AbstractEventLoop, factory: Callable[[], asyncio.Protocol], port: int
) -> asyncio.Server:
    try:
        return await loop.create_server(factory, "127.0.0.1", port)
    except OSError:
        return await loop.create_server(factory, "127.0.0.1", 0)


def _port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


class Control:
    """Answers one JSON object a line: {"token", "verb", …} with {"ok": …} or {"error": …}."""

    def __init__(self, carrier: SandboxCarrier, *, token: str) -> None:
        self._carrier = carrier
        self._token = token

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer until the caller leaves."""
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            log.info("sandbox control connection ended")
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if not secrets.compare_digest(str(request.pop("token")), self._token):
                return {"error": "wrong token"}
            return {"ok": await self._do(request.pop("verb"), request)}
        except (ValueError, TypeError, KeyError, AttributeError):
            return {"error": "not understood"}

    async def _do(self, verb: str, given: dict[str, Any]) -> object:
        carrier = self._carrier
        match verb:
            case "deliver":
                return await carrier.deliver(
                    given["to"],
                    sender=given["sender"],
                    text=given["text"],
                    count=int(given["count"]),
                )
            case "outage":
                carrier.outage()
            case "restore":
                carrier.restore()
            case "block":
                carrier.state.block(given["number"], reason=given["reason"])
            case "bound":
                return sum(link.session.bound for link in carrier.links)
            case _:
                raise KeyError(verb)
        return None


def _stream_protocol(control: Control) -> asyncio.Protocol:
    reader = asyncio.StreamReader(limit=LINE_OCTETS_MAX)
    return asyncio.StreamReaderProtocol(reader, control.serve)
