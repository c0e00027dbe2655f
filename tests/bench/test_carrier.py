"""The benchmarks' carrier sends what it says, keeps its window and loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from bench import world
from bench.carrier import Carrier
from bench.texts import SAMPLES, code_of
from nummer.apps.catalogue.files import patterns
from nummer.protocols.codes import extract_code
from nummer.protocols.smpp.events import Arrived, Bound
from nummer.protocols.smpp.pdu import BindRequest, ShortMessage, decode
from nummer.protocols.smpp.session import Limits, Role, Session
from nummer.protocols.smpp.translate import incoming_sms
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.inbound import Doubt, decode_text

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Client(asyncio.Protocol):
    """A gateway that answers as it is told: a status for each message, None for silence."""

    def __init__(self, answer: Callable[[int], Status | None]) -> None:
        self._answer = answer
        self._session = Session(Role.ESME, limits=Limits(), now=0.0)
        self.transport: asyncio.Transport | None = None
        self.arrived: list[tuple[str, bytes]] = []
        self.bursts: list[int] = []
        self.bound = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._session.bind(BindRequest("bench", "bench"), now=0.0)
        transport.write(self._session.octets_to_send())

    def data_received(self, data: bytes) -> None:
        waiting = 0
        for event in self._session.receive(data, now=0.0):
            self.bound = self.bound or isinstance(event, Bound)
            if isinstance(event, Arrived):
                waiting += 1
                self.arrived.append((event.message.destination, event.message.content))
                status = self._answer(len(self.arrived))
                if status is not None:
                    self._session.answer(event.sequence, status, now=0.0)
        self.bursts.append(waiting)
        assert self.transport is not None
        self.transport.write(self._session.octets_to_send())


async def bind(carrier: Carrier, answer: Callable[[int], Status | None]) -> Client:
    loop = asyncio.get_running_loop()
    client = Client(answer)
    await loop.create_connection(lambda: client, "127.0.0.1", carrier.port)
    await asyncio.wait_for(carrier.bound.wait(), 5)
    return client


async def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


def test_every_message_is_sent_once_and_counted_when_it_is_acknowledged() -> None:
    async def story() -> None:
        carrier = Carrier()
        await carrier.listen()
        client = await bind(carrier, lambda _: Status.ROK)
        sent = await carrier.drive(world.pool(first=0, count=500), window=10, seconds=10)
        await carrier.close()
        assert sent.acked == len(client.arrived) == len(set(client.arrived)) == 500
        assert max(client.bursts) <= 10
        assert 0 < sent.wait_ms(0.5) <= sent.wait_ms(0.99)

    asyncio.run(story())


def test_a_refused_message_goes_again_and_counts_once() -> None:
    async def story() -> None:
        carrier = Carrier()
        await carrier.listen()
        client = await bind(carrier, lambda n: Status.RTHROTTLED if n == 1 else Status.ROK)
        sent = await carrier.drive(world.pool(first=0, count=50), window=10, seconds=10)
        await carrier.close()
        assert (sent.acked, sent.refused) == (50, 1)
        assert len(client.arrived) == 51
        assert len(set(client.arrived)) == 50

    asyncio.run(story())


def test_what_a_broken_bind_left_unanswered_goes_first_on_the_next() -> None:
    async def story() -> None:
        carrier = Carrier()
        await carrier.listen()
        silent = await bind(carrier, lambda n: Status.ROK if n <= 3 else None)
        carrier.begin(world.pool(first=0, count=20), window=5)
        await until(lambda: len(silent.arrived) == 8)
        assert silent.transport is not None
        silent.transport.abort()
        await until(lambda: not carrier.bound.is_set())
        client = await bind(carrier, lambda _: Status.ROK)
        run = carrier.round
        assert run is not None
        await asyncio.wait_for(run.over.wait(), 5)
        await carrier.close()
        assert client.arrived[:5] == silent.arrived[3:8]
        assert sum(run.acked) == 20
        assert len(set(silent.arrived) | set(client.arrived)) == 20

    asyncio.run(story())


def test_no_two_messages_of_a_run_are_the_same() -> None:
    pool = world.pool(first=0, count=5_000)
    bodies = []
    for place, (start, end) in enumerate(zip(pool.starts, pool.starts[1:], strict=False)):
        pdu = decode(pool.octets[start:end])
        assert pdu.sequence == place + 1
        assert isinstance(pdu.body, ShortMessage)
        bodies.append((pdu.body.destination, pdu.body.content))
    assert len(set(bodies)) == 5_000


def test_a_message_reads_as_it_was_meant() -> None:
    pool = world.pool(first=0, count=len(SAMPLES))
    for place, (start, end) in enumerate(zip(pool.starts, pool.starts[1:], strict=False)):
        body = decode(pool.octets[start:end]).body
        assert isinstance(body, ShortMessage)
        sms = incoming_sms(body, carrier="bench", doubt=Doubt.NONE, received_at=NOON)
        assert decode_text(sms, "gsm7") == world.text_of(place)


def test_the_codes_that_are_sent_are_codes_that_we_find() -> None:
    for sample in SAMPLES:
        code = code_of(sample, number=7, turn=3)
        text = sample.text.format(code)
        found = extract_code(
            sender=sample.sender, text=text, pattern=patterns().get(sample.service)
        )
        assert (found or "").removeprefix("G-").removeprefix("FB-") == (
            code if sample.digits else ""
        ), sample
