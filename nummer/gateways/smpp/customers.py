"""The server half: customers bind with the credentials of their account."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from nummer.gateways.smpp.deliveries import Deliveries
from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.link import Link
from nummer.gateways.smpp.outbox import Outbox
from nummer.gateways.smpp.ports import Actions, CustomerDoor, Holder
from nummer.gateways.smpp.submits import SubmitCounter
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.events import Answered, Arrived, BindAsked, Closed, Event, Unanswered
from nummer.protocols.smpp.session import Limits, Role
from nummer.protocols.smpp.words import Status

log = structlog.get_logger(__name__)

MINUTE_S: Final = 60.0
# Nobody's credentials are longer; a search for them would only cost time.
CREDENTIAL_CHARACTERS_MAX: Final = 64
ADDRESSES_MAX: Final = 10_000
# At the stop; together less than a step of it may take (service.py).
ANSWERED_S: Final = 2.5
QUIET_S: Final = 0.5
QUIET_S_MAX: Final = 1.5


class CustomerServer:
    """Listens, lets the right ones in, and keeps one peer's trouble on its own link."""

    def __init__(
        self,
        door: CustomerDoor,
        *,
        actions: Actions,
        outbox: Outbox,
        limits: Limits | None = None,
    ) -> None:
        self._door = door
        self._actions = actions
        self._counter = SubmitCounter(actions, outbox=outbox, texts_per_s_max=door.texts_per_s_max)
        self._limits = replace(limits or Limits(), window_in=door.window)
        self._loop = asyncio.get_running_loop()
        self._lane = ThreadPoolExecutor(2, thread_name_prefix="smpp-customers")
        self._deliveries = Deliveries(actions, links=self._bound_links)
        self._lasting: list[asyncio.Task[None]] = []
        self._links: set[Link] = set()
        self._addresses: Counter[str] = Counter()
        self._holder_of: dict[Link, Holder] = {}
        self._guesses = Guesses(door.wrong_passwords_per_minute_max)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen, and return the port."""
        self._lasting = [
            self._loop.create_task(self._deliveries.run()),
            self._loop.create_task(self._watch_secrets()),
        ]
        self._server = await self._loop.create_server(
            lambda: _CustomerLink(self, limits=self._limits),
            self._door.host,
            self._door.port,
            ssl=self._door.tls,
            ssl_handshake_timeout=None if self._door.tls is None else self._limits.bind_s,
            reuse_address=True,
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Listen no more and say good-bye to all who are bound."""
        if self._server is not None:
            self._server.close()
        await self._counter.finish(within_s=ANSWERED_S)
        if self._holder_of:
            await self._counter.quiet(for_s=QUIET_S, within_s=QUIET_S_MAX)
        links = list(self._links)
        for link in links:
            link.unbind()
        if links:
            await asyncio.wait([link.closed for link in links], timeout=self._limits.response_s)
        for link in list(self._links):
            link.drop()
        await self._counter.stop()
        for task in self._lasting:
            task.cancel()
        self._lane.shutdown(wait=False, cancel_futures=True)

    def bound(self, account_id: int) -> list[Link]:
        """Return the links of an account."""
        return [link for link, each in self._holder_of.items() if each.account_id == account_id]

    def _bound_links(self) -> dict[int, list[Link]]:
        found: dict[int, list[Link]] = {}
        for link, holder in self._holder_of.items():
            found.setdefault(holder.account_id, []).append(link)
        return found

    @property
    def connections(self) -> int:
        """How many connections there are, bound or not: for metrics."""
        return len(self._links)

    # -- links ---------------------------------------------------------------------------------

    def opened(self, link: Link) -> bool:
        """Note a new connection; False where there are too many."""
        door = self._door
        if (
            len(self._links) >= door.connections_max
            or self._addresses[link.peer_host] >= door.connections_per_address_max
        ):
            log.warning("customer link refused: too many connections")
            return False
        self._links.add(link)
        self._addresses[link.peer_host] += 1
        return True

    def on_event(self, link: Link, event: Event) -> None:
        """Answer what a customer's session says."""
        match event:
            case BindAsked():
                task = self._loop.create_task(self._bind_asked(link, event))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case Arrived():
                self._counter.take(link, event, account_id=self._holder_of[link].account_id)
            case Answered() | Unanswered():
                self._deliveries.answered(link, event)
            case Closed():
                self._deliveries.closed(link)
                self._closed(link)
            case _:
                pass

    def _closed(self, link: Link) -> None:
        holder = self._holder_of.pop(link, None)
        if holder is not None:
            log.info("customer unbound", account_id=holder.account_id)
        if link in self._links:
            self._links.discard(link)
            self._addresses[link.peer_host] -= 1
            if self._addresses[link.peer_host] <= 0:
                del self._addresses[link.peer_host]

    # -- binds ---------------------------------------------------------------------------------

    async def _bind_asked(self, link: Link, event: BindAsked) -> None:
        system_id, password = event.request.system_id, event.request.password
        now = self._loop.time()
        if self._guesses.too_many(link.peer_host, now=now):
            await self._refuse(link, Status.RTHROTTLED)
            return
        holder, status = await self._look_up(system_id, password, address=link.peer_host)
        if status is Status.RBINDFAIL:
            self._guesses.note(link.peer_host, now=now)
        if holder is None:
            await self._refuse(link, status)
        elif self._full(holder):
            await self._refuse(link, Status.RALYBND)
        else:
            self._let_in(link, holder)

    def _full(self, holder: Holder) -> bool:
        """Whether the account, or its secret, has as many binds as it may."""
        if len(self.bound(holder.account_id)) >= self._door.binds_per_account_max:
            return True
        by_secret = sum(each.secret == holder.secret for each in self._holder_of.values())
        return holder.binds_max is not None and by_secret >= holder.binds_max

    def _let_in(self, link: Link, holder: Holder) -> None:
        link.accept_bind()
        if link.session.bound:
            self._holder_of[link] = holder
            log.info("customer bound", account_id=holder.account_id)

    async def _watch_secrets(self) -> None:
        """Unbind whose secret was withdrawn or changed; who may still bind binds again."""
        while True:
            await asyncio.sleep(self._door.secrets_asked_every_s)
            if not self._holder_of:
                continue
            bound = dict(self._holder_of)
            ids = {holder.account_id for holder in bound.values()}
            try:
                call = partial(self._actions.secrets, ids)
                living = await self._loop.run_in_executor(self._lane, call)
            except Unavailable:
                continue
            except Exception as error:  # noqa: BLE001 -- the edge: the links must live on
                unexpected("secrets not looked up", error)
                continue
            for link, holder in bound.items():
                if holder.secret not in living:
                    log.info("customer's secret is over", account_id=holder.account_id)
                    link.unbind()

    async def _refuse(self, link: Link, status: Status) -> None:
        """Answer late: guessing must be slow, and must not tell a name from a password."""
        log.info("customer bind refused", status=status.value)
        await asyncio.sleep(self._door.wrong_password_delay_s)
        link.refuse_bind(status)

    async def _look_up(
        self, system_id: str, password: str, *, address: str
    ) -> tuple[Holder | None, Status]:
        if not (system_id and password):
            return None, Status.RBINDFAIL
        if max(len(system_id), len(password)) > CREDENTIAL_CHARACTERS_MAX:
            return None, Status.RBINDFAIL
        call = partial(
            self._actions.authenticate,
            system_id=system_id,
            password=password,
            address=address,
            now=self._actions.now(),
        )
        try:
            holder = await self._loop.run_in_executor(self._lane, call)
        except Unavailable:
            return None, Status.RSYSERR
        except Exception as error:  # noqa: BLE001 -- the edge: the other links must live on
            unexpected("bind not looked up", error)
            return None, Status.RSYSERR
        return holder, Status.RBINDFAIL if holder is None else Status.ROK


class _CustomerLink(Link):
    """A link that is counted before its first octet is read."""

    def __init__(self, server: CustomerServer, *, limits: Limits) -> None:
        super().__init__(Role.SMSC, limits=limits, on_event=server.on_event)
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or end at once where there are too many."""
        super().connection_made(transport)
        if not self._server.opened(self):
            self.drop()


class Guesses:
    """Wrong passwords of the last minute, by address. `now` is monotonic seconds.

    Names are slowed down where they are known, in `accounts`; here a stranger's guesses must
    not keep the owner of a name out.
    """

    def __init__(self, per_minute_max: int) -> None:
        self._per_minute_max = per_minute_max
        self._times: dict[str, deque[float]] = {}

    def note(self, address: str, *, now: float) -> None:
        """Count one; the oldest address goes when there are too many."""
        times = self._times.setdefault(address, deque(maxlen=self._per_minute_max))
        times.append(now)
        if len(self._times) > ADDRESSES_MAX:
            del self._times[next(iter(self._times))]

    def too_many(self, address: str, *, now: float) -> bool:
        """Whether the minute is full."""
        times = self._times.get(address)
        return (
            times is not None and len(times) == self._per_minute_max and now - times[0] < MINUTE_S
        )
