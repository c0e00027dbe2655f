"""To customers who are bound: receipts of their texts, and SMS that came to their numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import structlog

from nummer.gateways.smpp.edge import unexpected
from nummer.gateways.smpp.link import Link
from nummer.gateways.smpp.ports import Actions, Owed
from nummer.kernel.errors import Unavailable
from nummer.protocols.smpp.events import Answered, Unanswered
from nummer.protocols.smpp.pdu import ShortMessage
from nummer.protocols.smpp.translate import delivery_receipt, short_message
from nummer.protocols.smpp.words import Status
from nummer.protocols.sms.receipt import Receipt
from nummer.protocols.sms.segments import split

log = structlog.get_logger(__name__)

POLL_S: Final = 1.0
_Result = TypeVar("_Result")


class Deliveries:
    """Tells bound customers what they are owed, in order, until they say that they have it.

    What is not acknowledged, or was while the link broke, comes again at the next bind.
    """

    def __init__(
        self, actions: Actions, *, links: Callable[[], Mapping[int, Sequence[Link]]]
    ) -> None:
        self._actions = actions
        self._links = links
        self._loop = asyncio.get_running_loop()
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="smpp-deliveries")
        self._waiting: dict[tuple[Link, int], asyncio.Future[bool]] = {}
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._reference = 0

    async def run(self) -> None:
        """Look for what is owed, and deliver it, until cancelled.

        Each account is served for itself: one that does not answer holds up no other.
        """
        try:
            while True:
                for account_id, links in self._links().items():
                    link = _receiving(links)
                    if link is not None and account_id not in self._serving:
                        self._serve(account_id, link)
                await asyncio.sleep(POLL_S)
        finally:
            for task in self._serving.values():
                task.cancel()
            self._lane.shutdown(wait=False)

    def _serve(self, account_id: int, link: Link) -> None:
        task = self._loop.create_task(self._all_of(account_id, link))
        self._serving[account_id] = task
        task.add_done_callback(lambda _: self._serving.pop(account_id, None))

    async def _all_of(self, account_id: int, link: Link) -> None:
        try:
            while await self._one_account(account_id, link):
                pass
        except Exception as error:  # noqa: BLE001 -- the edge: the other accounts must be served
            unexpected("deliveries to a customer stopped", error)

    def answered(self, link: Link, event: Answered | Unanswered) -> None:
        """Note what a customer says to a deliver_sm."""
        waiting = self._waiting.pop((link, event.sequence), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(isinstance(event, Answered) and event.status == Status.ROK)

    def closed(self, link: Link) -> None:
        """Note that a link is gone: what was on its way comes again."""
        for key in [key for key in self._waiting if key[0] is link]:
            waiting = self._waiting.pop(key)
            if not waiting.done():
                waiting.set_result(False)

    async def _one_account(self, account_id: int, link: Link) -> int:
        """Deliver what one account is owed; return how much of it arrived."""
        owed = await self._asked(partial(self._actions.owed, account_id, now=self._actions.now()))
        taken = 0
        for each in owed or ():
            if not await self._delivered(link, each):
                break  # in order: the rest comes after it
            if await self._asked(partial(self._actions.told, account_id, each)) is None:
                break
            taken += 1
        return taken

    async def _delivered(self, link: Link, owed: Owed) -> bool:
        try:
            messages = self._messages(owed)
        except ValueError:  # it takes too many parts; on the page it can be read
            log.warning("text too long to be delivered", id=str(owed.id))
            return True
        return all([await self._sent(link, message) for message in messages])

    def _messages(self, owed: Owed) -> list[ShortMessage]:
        if owed.state is not None:
            return [
                delivery_receipt(
                    Receipt(owed.id.hex, owed.state),
                    source=owed.theirs,
                    destination=owed.ours.e164,
                    minute=f"{owed.at:%y%m%d%H%M}",
                )
            ]
        self._reference = (self._reference + 1) & 0xFF
        return [
            short_message(segment, source=owed.theirs, destination=owed.ours.e164, receipt=False)
            for segment in split(owed.body, reference=self._reference)
        ]

    async def _sent(self, link: Link, message: ShortMessage) -> bool:
        if link.session.closed or link.room < 1:
            return False
        waiting: asyncio.Future[bool] = self._loop.create_future()
        self._waiting[link, link.send_message(message)] = waiting
        return await waiting

    async def _asked(self, call: Callable[[], _Result]) -> _Result | None:
        """Ask the database; None while it is away."""
        try:
            return await self._loop.run_in_executor(self._lane, call)
        except Unavailable:
            await asyncio.sleep(POLL_S)
        except Exception as error:  # noqa: BLE001 -- the edge: the other links must live on
            unexpected("deliveries to a customer not read", error)
        return None


def _receiving(links: Sequence[Link]) -> Link | None:
    """Return the bind with the most room of those that receive."""
    able = [link for link in links if link.room > 0]
    return max(able, key=lambda link: link.room, default=None)
