"""The rest of the house as the gateway sees it, in memory, and a gateway that runs on it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from nummer.gateways.smpp import service
from nummer.gateways.smpp.ports import (
    Actions,
    CarrierLink,
    CarrierReceipt,
    CustomerDoor,
    CustomerText,
    FateKind,
    Holder,
    Lent,
    Owed,
    TextFate,
)
from nummer.gateways.smpp.service import Gateway
from nummer.kernel.errors import Unavailable
from nummer.kernel.phone import PhoneNumber
from nummer.protocols.sms.inbound import IncomingSms, decode_text
from nummer.suppliers.sandbox import carrier
from nummer.suppliers.sandbox.carrier import read_ports

PEERS = Path(__file__).resolve().parents[2] / "peers" / "node"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OURS = "+447700900123"
THEIRS = PhoneNumber("+447700900199")


@dataclass(frozen=True, slots=True)
class Text:
    """An outgoing text."""

    id: UUID
    to: PhoneNumber
    sender: str
    text: str
    carrier: str = ""
    rented: bool = False
    per_s: int = 0


@dataclass
class Platform:
    """What the gateway's actions did; `away` makes them say that the database is away."""

    batches: list[list[IncomingSms]] = field(default_factory=list)
    waiting: list[Text] = field(default_factory=list)
    fates: list[tuple[str, UUID, object]] = field(default_factory=list)
    receipts: list[tuple[str, str, str]] = field(default_factory=list)
    customers: dict[str, tuple[str, int]] = field(default_factory=dict)
    away: bool = False
    networks: dict[str, str] = field(default_factory=dict)  # the one address of a name
    binds_max: int | None = None
    withdrawn: set[str] = field(default_factory=set)
    asked: int = 0
    gate: threading.Event = field(default_factory=threading.Event)
    takes: threading.Event = field(default_factory=threading.Event)
    taking: bool = False
    took: bool = False
    poison: str | None = None
    lost_answers: int = 0  # so many commits break off after they were done
    taken: dict[UUID, Text] = field(default_factory=dict)
    between: list[tuple[str, str]] = field(default_factory=list)
    rerouted: list[list[str]] = field(default_factory=list)
    handed: list[tuple[int, list[CustomerText]]] = field(default_factory=list)
    owed: dict[int, list[Owed]] = field(default_factory=dict)
    direct: bool = False  # what fits is sent as it is accepted
    refusing: dict[str, str] = field(default_factory=dict)  # the code of a refusal, by text

    def __post_init__(self) -> None:
        self.gate.set()
        self.takes.set()

    @property
    def received(self) -> list[IncomingSms]:
        """Return what was committed."""
        return [sms for batch in self.batches for sms in batch]

    @property
    def texts(self) -> list[str]:
        """Return the texts that were committed."""
        return [decode_text(sms) for sms in self.received]

    def queue(self, text: str, *, sender: str = "Nummer", **given: Any) -> UUID:
        """Let a text wait to be sent."""
        row = Text(uuid4(), THEIRS, sender, text, **given)
        self.waiting.append(row)
        return row.id

    def actions(self) -> Actions:
        """Return the actions as the gateway takes them."""
        return Actions(
            now=lambda: NOON,
            lane=lambda: PlatformLane(self),
            take_outgoing=self._take,
            report=self._report,
            record_receipts=self._receipts,
            reroute=self._reroute,
            authenticate=self._authenticate,
            secrets=self._secrets,
            submits=lambda: PlatformSubmits(self),
            owed=self._owed,
            told=self._told,
        )

    def store(self, batch: list[IncomingSms]) -> None:
        """Keep a batch; waits for the gate."""
        assert self.gate.wait(10)
        self.present()
        if self.poison is not None and any(decode_text(sms) == self.poison for sms in batch):
            raise AssertionError("a mistake of ours")
        self.batches.append(batch)
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable("the database broke after its commit")

    def _take(self, rooms: Mapping[str, int], /, *, now: datetime) -> Sequence[Text]:
        self.present()
        self.taking = True
        assert self.takes.wait(10)
        taken: list[Text] = []
        for code, room in rooms.items():
            mine = [text for text in self.waiting if text.carrier in ("", code)][:room]
            self.waiting = [text for text in self.waiting if text not in mine]
            taken += [replace(text, carrier=code) for text in mine]
        self.taken.update((text.id, text) for text in taken)
        self.took = True
        return taken

    def _report(self, fates: Sequence[TextFate], /, *, now: datetime) -> None:
        self.present()
        for fate in fates:
            if fate.kind is FateKind.BACK:
                self.waiting.append(self.taken[fate.id])
                continue
            detail = fate.message_id or fate.status or None
            self.fates.append((fate.kind.value, fate.id, detail))

    def _receipts(self, receipts: Sequence[CarrierReceipt], /, *, now: datetime) -> None:
        self.present()
        self.receipts += [(each.carrier, each.message_id, each.state.value) for each in receipts]
        self.between += [(each.ours, each.theirs) for each in receipts]

    def _reroute(self, bound: Collection[str], /) -> int:
        self.rerouted.append(sorted(bound))
        return 0

    def submit(self, texts: Sequence[tuple[int, CustomerText]]) -> Sequence[UUID | str]:
        """Keep what customers hand in; waits for the gate."""
        self.present()
        assert self.gate.wait(10)
        if self.poison is not None and any(text.body == self.poison for _, text in texts):
            raise AssertionError("a mistake of ours")
        by_account: dict[int, list[CustomerText]] = {}
        for account_id, text in texts:
            by_account.setdefault(account_id, []).append(text)
        self.handed += list(by_account.items())
        return [self.refusing.get(text.body) or uuid4() for _, text in texts]

    def _owed(self, account_id: int, /, *, now: datetime) -> Sequence[Owed]:
        self.present()
        return list(self.owed.get(account_id, ()))

    def _told(self, account_id: int, owed: Owed, /) -> bool:
        self.present()
        self.owed[account_id].remove(owed)
        return True

    def _authenticate(
        self, *, system_id: str, password: str, address: str, now: datetime
    ) -> Holder | None:
        self.present()
        self.asked += 1
        for name, (secret, account_id) in self.customers.items():
            # As accounts.actions.smpp_bind does: the whole or what SMPP's fields hold of it.
            if system_id in (name, name[:15]) and password in (secret, secret[:8]):
                if self.networks.get(name, address) != address:
                    return None
                return Holder(account_id, name, self.binds_max)
        return None

    def _secrets(self, account_ids: Collection[int], /) -> Collection[str]:
        self.present()
        mine = {name for name, (_, account) in self.customers.items() if account in account_ids}
        return mine - self.withdrawn

    def present(self) -> None:
        """Raise Unavailable while the platform is away."""
        if self.away:
            raise Unavailable("the database is away")


class PlatformLane:
    """A way into the platform's memory."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def prepare(self, batch: Sequence[IncomingSms], /, *, now: datetime) -> object:
        """Take the batch as it is."""
        self._platform.present()
        return list(batch)

    async def store(self, prepared: Sequence[list[IncomingSms]], /, *, now: datetime) -> None:
        """Keep the batch, once the gate is open."""
        batch = [sms for part in prepared for sms in part]
        await asyncio.to_thread(self._platform.store, batch)

    async def close(self) -> None:
        """There is nothing open."""


class PlatformSubmits:
    """A way into the platform's memory for what customers hand in."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def submit(
        self, texts: Sequence[tuple[int, CustomerText]], lent: Lent, /, *, now: datetime
    ) -> Sequence[UUID | str | Text]:
        """Keep the texts, once the gate is open; with `direct` those are to be sent that fit."""
        del now
        house = self._platform
        kept = await asyncio.to_thread(house.submit, texts)
        if not house.direct:
            return kept
        answers: list[UUID | str | Text] = list(kept)
        for place, (_, text) in enumerate(texts):
            for code in [code for code, room in lent.rooms.items() if room > 0][:1]:
                lent.rooms[code] -= 1
                lent.tried.append(sms_id := uuid4())
                answers[place] = Text(sms_id, PhoneNumber(text.to), OURS, text.body, carrier=code)
        house.taken.update((one.id, one) for one in answers if isinstance(one, Text))
        if house.lost_answers:
            house.lost_answers -= 1
            raise Unavailable("the database broke after its commit")
        return answers

    async def close(self) -> None:
        """There is nothing open."""


@asynccontextmanager
async def gateway(
    platform: Platform, *links: CarrierLink, door: CustomerDoor | None = None
) -> AsyncIterator[Gateway]:
    """Run the gateway until the block ends, then stop it in order."""
    stop = asyncio.Event()
    ready: asyncio.Future[Gateway] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        service.run(
            links,
            door=door or CustomerDoor(host="127.0.0.1", port=0, wrong_password_delay_s=0),
            actions=platform.actions(),
            stop=stop,
            ready=ready.set_result,
        )
    )
    await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    try:
        yield ready.result()
    finally:
        platform.gate.set()
        stop.set()
        await running


@asynccontextmanager
async def sandbox_carrier(home: Path) -> AsyncIterator[CarrierLink]:
    """Run the sandbox's carrier and return how it is reached."""
    stop = asyncio.Event()
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(
        carrier.run(home, now=lambda: NOON, stop=stop, ready=ready.set_result)
    )
    port = await ready
    ports = read_ports(home / "run" / carrier.PORTS_FILE)
    assert ports is not None
    try:
        yield link(port, code="sandbox", system_id=carrier.SYSTEM_ID, password=ports.password)
    finally:
        stop.set()
        await running


def link(port: int, **given: Any) -> CarrierLink:
    """Return a link to a carrier on loopback, quick to try again."""
    settings: dict[str, Any] = {
        "code": "test",
        "host": "127.0.0.1",
        "port": port,
        "system_id": "nummer",
        "password": "secret",
        "reconnect_s_min": 0.02,
        "reconnect_s_max": 0.1,
    }
    return CarrierLink(**{**settings, **given})


async def until(condition: Callable[[], object], *, what: str = "it", within_s: float = 8) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 -- conditions of every kind
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"{what} did not happen") from None


class NodePeer:
    """A process of an npm `smpp` peer, which speaks JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.events: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, script: str, *arguments: str) -> NodePeer:
        """Start one of the scripts in tests/peers/node."""
        process = await asyncio.create_subprocess_exec(
            "node",
            str(PEERS / script),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return cls(process)

    def tell(self, verb: str, **given: object) -> None:
        """Ask it to do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"verb": verb, **given}).encode() + b"\n")

    def of(self, event: str) -> list[dict[str, Any]]:
        """Return what it said of one kind."""
        return [said for said in self.events if said["event"] == event]

    async def said(self, event: str, *, count: int = 1) -> dict[str, Any]:
        """Wait until it said something `count` times, and return the last."""
        await until(lambda: len(self.of(event)) >= count, what=f"{count} times {event}")
        return self.of(event)[count - 1]

    async def end(self) -> None:
        """Let it go."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), 5)
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.events.append(json.loads(line))


@asynccontextmanager
async def node_smsc() -> AsyncIterator[tuple[NodePeer, CarrierLink]]:
    """Run an SMSC by npm `smpp`."""
    peer = await NodePeer.start("smsc.js")
    try:
        listening = await peer.said("listening")
        yield peer, link(listening["port"])
    finally:
        await peer.end()


def install_node_peers() -> None:
    """Install what package-lock.json names, unless it is there."""
    lock = PEERS / "package-lock.json"
    installed = PEERS / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=PEERS,
        check=True,
        capture_output=True,
        timeout=120,
        env={**os.environ, "npm_config_update_notifier": "false"},
    )


def together(scene: Callable[[], Awaitable[None]]) -> None:
    """Run an asynchronous test."""
    asyncio.run(asyncio.wait_for(_awaited(scene), 30))


async def _awaited(scene: Callable[[], Awaitable[None]]) -> None:
    await scene()
