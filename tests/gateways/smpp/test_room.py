"""A batch of texts waits a moment for its carrier's room, and not for a carrier that is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

from nummer.gateways.smpp import outbox as outboxes
from nummer.gateways.smpp.outbox import Outbox, Reports
from tests.gateways.smpp.platform import together

CODE = "north"


class _NothingWaits:
    """Reports of a platform where no text waits."""

    async def take(self, rooms: Mapping[str, int]) -> list[Any]:
        return []

    async def reroute(self, bound: object) -> int:
        return 0


async def _looked(rooms: Mapping[str, int]) -> tuple[Outbox, asyncio.Task[None]]:
    """Return an outbox that has looked, while there was room, and found nothing."""
    outbox = Outbox(
        cast(Reports, _NothingWaits()), rooms=lambda: rooms, present=lambda: [CODE], send=bool
    )
    running = asyncio.create_task(outbox.run())
    await asyncio.sleep(0.01)
    assert outbox.lend(1).rooms == {CODE: 1}
    outbox.redeem({CODE: 1}, [])
    return outbox, running


def _waits(outbox: Outbox) -> bool:
    """Whether a batch of one text waits at all."""
    waiting = outbox.room_for(1)
    try:
        waiting.send(None)
    except StopIteration:
        return False
    waiting.close()
    return True


def test_a_batch_waits_until_its_texts_may_leave_as_they_are_accepted() -> None:
    async def scene() -> None:
        rooms = {CODE: 100}
        outbox, running = await _looked(rooms)
        rooms[CODE] = 3
        asyncio.get_running_loop().call_later(0.01, rooms.update, {CODE: 60})
        await outbox.room_for(50)
        assert outbox.lend(50).rooms == {CODE: 50}
        running.cancel()

    together(scene)


def test_a_slow_carrier_holds_a_batch_up_once_in_a_while_only() -> None:
    async def scene() -> None:
        rooms = {CODE: 100}
        outbox, running = await _looked(rooms)
        rooms[CODE] = 0
        assert _waits(outbox)
        await outbox.room_for(1)  # for nothing
        assert not _waits(outbox)
        await asyncio.sleep(outboxes.ROOM_WAITED_AGAIN_S)
        assert _waits(outbox)
        running.cancel()

    together(scene)
