"""The process of the SMPP gateway: its ports filled with the apps' actions."""

from __future__ import annotations

import asyncio
import functools
import gc
import signal
import ssl
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection

from nummer.apps.accounts import actions as accounts_actions
from nummer.apps.accounts import queries as accounts
from nummer.apps.alerts.links import saw_bound
from nummer.apps.messaging import actions as messaging
from nummer.config import logs, loop_clock, metrics
from nummer.config.announce import announce
from nummer.config.database import session_parameters
from nummer.config.env import Environment, environment
from nummer.config.figures import MinuteFigures
from nummer.config.processes import Trouble
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
    Outgoing,
    Owed,
    TextFate,
)
from nummer.kernel import clock
from nummer.kernel.errors import Refusal, Unavailable
from nummer.protocols.sms.inbound import IncomingSms
from nummer.protocols.sms.receipt import ReceiptState

OUTGOING_CHANNEL: Final = "nummer_outgoing"
CARRIERS_FILE: Final = "carriers.toml"
LISTEN_AGAIN_S: Final = 1.0
FIGURES_EVERY_S: Final = 2.0
# A thread that has an answer of the database waits at most so long for one that computes; with
# Python's 5 ms, a batch would wait longer for its turn than for its commit.
SWITCH_S: Final = 0.0005
KEYS: Final = frozenset(
    {
        "code",
        "host",
        "port",
        "system_id",
        "password",
        "system_type",
        "window",
        "tls",
        "enquire_s",
        "response_s",
        "texts_per_s",
    }
)
SEEN_EVERY_S: Final = 20.0  # far below the time after which a carrier counts as down
FINAL: Final = frozenset(
    {
        ReceiptState.DELIVERED,
        ReceiptState.EXPIRED,
        ReceiptState.DELETED,
        ReceiptState.UNDELIVERABLE,
        ReceiptState.REJECTED,
    }
)

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger(__name__)


def smpp() -> None:
    """Carry SMS between carriers, customers and the database until SIGTERM."""
    env = environment()
    sys.setswitchinterval(SWITCH_S)
    loop_clock.install_where_needed(env)
    _patient(messaging.recover_taken)(now=clock.now())
    gc.collect()
    gc.freeze()  # what the start has made stays; looking at it again would hold up a batch
    asyncio.run(_carry(env))


async def _carry(env: Environment) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    waking: list[asyncio.Task[None]] = []
    figures = MinuteFigures(clock.now)

    def ready(gateway: service.Gateway) -> None:
        waking.append(loop.create_task(_wake_on_notice(gateway.wake)))
        waking.append(loop.create_task(_write_down(figures)))
        announce("gateway-smpp", port=gateway.port)

    try:
        await service.run(
            carrier_links(env),
            door=customer_door(env),
            actions=_actions(figures),
            stop=stop,
            ready=ready,
        )
    finally:
        for task in waking:
            task.cancel()
        _write(figures)


async def _write_down(figures: MinuteFigures) -> None:
    """Write the counts of minutes down every few seconds; what a kill loses is a figure."""
    while True:
        await asyncio.sleep(FIGURES_EVERY_S)
        await asyncio.to_thread(_write, figures)


def _write(figures: MinuteFigures) -> None:
    try:
        _patient(figures.write)()
    except Unavailable:
        _log.warning("figures wait for the database")


def customer_door(env: Environment) -> CustomerDoor:
    """Return where customers bind; with a certificate, by TLS alone."""
    tls = None
    if env.smpp_certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        tls.load_cert_chain(env.smpp_certificate, env.smpp_key)
    return CustomerDoor(
        host=env.smpp_address,
        port=env.smpp_port,
        tls=tls,
        texts_per_s_max=env.smpp_texts_per_s,
        window=env.smpp_window,
        binds_per_account_max=env.smpp_binds,
    )


def carrier_links(env: Environment) -> list[CarrierLink]:
    """Return the carriers of NUMMER_HOME/carriers.toml, in the sandbox the simulated one first.

    A sandbox may bind a carrier's test system, too. Raises Trouble for a file that cannot be
    understood.
    """
    if env.mode == "sandbox":
        return [_sandbox_link(env), *_written_links(env)]
    links = _written_links(env)
    if not links:
        _log.warning("no carriers are set")
    return links


def _written_links(env: Environment) -> list[CarrierLink]:
    path = env.home / CARRIERS_FILE
    if not path.exists():
        return []
    try:
        written = tomllib.loads(path.read_text()).get("carrier", [])
    except tomllib.TOMLDecodeError as wrong:
        raise Trouble(f"{path} is not TOML: {wrong}") from wrong
    return [_link(path, given) for given in written]


def _link(path: Path, given: dict[str, Any]) -> CarrierLink:
    unknown = given.keys() - KEYS
    missing = {"code", "host", "port", "system_id", "password"} - given.keys()
    if unknown or missing:
        wrong = ", ".join(sorted(unknown | missing))
        raise Trouble(f"{path}: unknown or missing in a [[carrier]]: {wrong}")
    tls = ssl.create_default_context() if given.pop("tls", True) else None
    return CarrierLink(**given, tls=tls)


def _sandbox_link(env: Environment) -> CarrierLink:
    from nummer.suppliers.sandbox import carrier  # noqa: PLC0415 -- production never loads it

    ports = carrier.read_ports(env.run / carrier.PORTS_FILE)
    if ports is None:
        raise Trouble("The sandbox's carrier is not there yet.")
    return CarrierLink(
        code=carrier.CODE,
        host="127.0.0.1",
        port=ports.smpp,
        system_id=carrier.SYSTEM_ID,
        password=ports.password,
    )


def _actions(figures: MinuteFigures) -> Actions:
    fates = _Fates(figures)
    return Actions(
        now=clock.now,
        lane=_Lane,
        take_outgoing=_patient(fates.take),
        report=_patient(fates.report),
        record_receipts=_patient(fates.receipts),
        reroute=_patient(_reroute),
        authenticate=_patient(_authenticate),
        secrets=_patient(_secrets),
        submits=functools.partial(_Submits, fates, asyncio.Lock()),
        owed=_patient(_owed),
        told=_patient(_told),
        counted=lambda what, count: figures.add(messaging.Counted(what), count),
    )


def _authenticate(*, system_id: str, password: str, address: str, now: datetime) -> Holder | None:
    with structlog.contextvars.bound_contextvars(request_id=logs.request_id(None)):
        found = accounts_actions.smpp_bind(
            system_id=system_id, password=password, address=address, now=now
        )
    if found is None:
        return None
    return Holder(found.account_id, found.secret, found.binds_max)


def _secrets(account_ids: Collection[int], /) -> Collection[str]:
    return accounts.smpp_secrets(account_ids, now=clock.now())


class _Seen:
    """Notes which carriers are bound, at most every SEEN_EVERY_S."""

    def __init__(self) -> None:
        self._noted_s = float("-inf")

    def note(self, bound: Collection[str]) -> None:
        """Note it where the last note is old enough."""
        if time.monotonic() - self._noted_s >= SEEN_EVERY_S:
            saw_bound(bound, now=clock.now())
            self._noted_s = time.monotonic()


_seen: Final = _Seen()


def _reroute(bound: Collection[str], /) -> int:
    _seen.note(bound)
    return messaging.reroute(bound)


_TOLD_AS: Final = {
    "delivered": ReceiptState.DELIVERED,
    "undelivered": ReceiptState.UNDELIVERABLE,
    "failed": ReceiptState.REJECTED,
}


def _owed(account_id: int, /, *, now: datetime) -> Sequence[Owed]:
    receipts = [
        Owed(each.id, each.ours, each.theirs, each.done_at or now, state=_TOLD_AS[each.state])
        for each in messaging.owed_receipts([account_id])
    ]
    came = messaging.owed_sms(account_id, now=now)
    return [*receipts, *(Owed(e.id, e.ours, e.theirs, now, body=e.body) for e in came)]


def _told(account_id: int, owed: Owed, /) -> bool:
    if owed.state is None:
        messaging.sms_told(account_id, upto=owed.id)
    else:
        messaging.receipt_told(account_id, sms_ids=[owed.id])
    return True


class _Lane:
    """A lane of the messages' own; its batches have a request id, as a request of the web has."""

    def __init__(self) -> None:
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="smpp-aside")
        self._lane = messaging.Lane(session_parameters(), aside=self._aside)

    async def prepare(self, batch: Sequence[IncomingSms], /, *, now: datetime) -> object:
        return await self._lane.run(messaging.preparing(batch, now=now))

    async def store(self, prepared: Sequence[messaging.Prepared], /, *, now: datetime) -> None:
        with structlog.contextvars.bound_contextvars(request_id=logs.request_id(None)):
            await self._lane.run(messaging.storing(prepared, now=now))
        count = sum(len(batch.rows) + len(batch.parts) for batch in prepared)
        metrics.SMS.labels(way="in", outcome="stored").inc(count)

    async def close(self) -> None:
        await self._lane.close()
        self._aside.shutdown(wait=False)


class _Submits:
    """A lane for what customers hand in; those that share a turn ask one after another."""

    def __init__(self, fates: _Fates, turn: asyncio.Lock) -> None:
        self._fates = fates
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="smpp-submits")
        self._lane = messaging.Lane(session_parameters(), aside=self._aside, turn=turn)

    async def submit(
        self, texts: Sequence[tuple[int, CustomerText]], lent: Lent, /, *, now: datetime
    ) -> Sequence[UUID | str | Outgoing]:
        handed = [
            (account_id, messaging.Handed(text.ours, text.to, text.body, text.receipt))
            for account_id, text in texts
        ]
        leaving = messaging.Leaving(lent.rooms)
        try:
            with structlog.contextvars.bound_contextvars(request_id=logs.request_id(None)):
                answers = await self._lane.run(
                    messaging.handing_in(handed, surface="smpp", now=now, leaving=leaving)
                )
        except BaseException:
            self._fates.expect(leaving.tried)
            lent.tried += [sms_id for _, sms_id in leaving.tried]
            raise
        self._fates.expect(
            (each.leaving.account_id, each.id)
            for each in answers
            if not isinstance(each, Refusal) and each.leaving is not None
        )
        return [
            each.code if isinstance(each, Refusal) else each.leaving or each.id for each in answers
        ]

    async def close(self) -> None:
        await self._lane.close()
        self._aside.shutdown(wait=False)


class _Fates:
    """Says whose text it was when the gateway reports a fate; the gateway knows no accounts."""

    def __init__(self, figures: MinuteFigures) -> None:
        self._owners: dict[UUID, int] = {}
        self._figures = figures

    def take(self, rooms: Mapping[str, int], /, *, now: datetime) -> Sequence[Outgoing]:
        texts = messaging.take_outgoing(rooms=rooms, now=now)
        self.expect((text.account_id, text.id) for text in texts)
        return texts

    def expect(self, taken: Iterable[tuple[int, UUID]]) -> None:
        """Remember whose texts the gateway has now."""
        self._owners.update((sms_id, account_id) for account_id, sms_id in taken)

    def report(self, fates: Sequence[TextFate], /, *, now: datetime) -> None:
        messaging.report([self._told(fate) for fate in fates], now=now)
        for fate in fates:
            self._owners.pop(fate.id, None)
        for kind, count in Counter(fate.kind for fate in fates).items():
            metrics.SMS.labels(way="out", outcome=_OUTCOMES[kind]).inc(count)
            if kind in _COUNTED:
                self._figures.add(_COUNTED[kind], count)

    def _told(self, fate: TextFate) -> messaging.Fate:
        refused = fate.kind in (FateKind.FAILED, FateKind.NEXT)
        return messaging.Fate(
            self._owners[fate.id],
            fate.id,
            messaging.Kind(fate.kind.value),
            carrier=fate.carrier,
            message_id=fate.message_id,
            status=fate.status,
            reason=messaging.REFUSED_BY_CARRIER if refused else "",
        )

    def receipts(self, receipts: Sequence[CarrierReceipt], /, *, now: datetime) -> None:
        told = [
            messaging.Told(
                receipt.carrier,
                receipt.message_id,
                receipt.state is ReceiptState.DELIVERED,
                ours=receipt.ours,
                theirs=receipt.theirs,
            )
            for receipt in receipts
            if receipt.state in FINAL
        ]
        messaging.record_receipts(told, now=now)


_OUTCOMES: Final = {
    FateKind.SENT: "sent",
    FateKind.BACK: "back",
    FateKind.NEXT: "next",
    FateKind.FAILED: "refused",
    FateKind.UNKNOWN: "unknown",
}
_COUNTED: Final = {
    FateKind.SENT: messaging.Counted.LEFT,
    FateKind.NEXT: messaging.Counted.DECLINED,
    FateKind.FAILED: messaging.Counted.DECLINED,
}


def _patient(action: Callable[P, T]) -> Callable[P, T]:
    """Say that waiting may help when the database is away, and connect anew the next time."""

    @functools.wraps(action)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return action(*args, **kwargs)
        except (OperationalError, InterfaceError) as away:
            connection.close()
            raise Unavailable("database") from away
        except Unavailable:
            connection.close()
            raise

    return attempt


async def _wake_on_notice(wake: Callable[[], None]) -> None:
    """Call `wake` for each notice that a text waits; connects again for ever."""
    while True:
        try:
            link = await psycopg.AsyncConnection.connect(**session_parameters(), autocommit=True)
            async with link:
                await link.execute(f"LISTEN {OUTGOING_CHANNEL}")
                wake()
                async for _ in link.notifies():
                    wake()
        except psycopg.OperationalError:
            _log.warning("listening starts anew")
        await asyncio.sleep(LISTEN_AGAIN_S)
