"""The process of the sandbox: what the world outside would do, on loopback."""

from __future__ import annotations

import asyncio
import signal

from nummer.config import loop_clock
from nummer.config.announce import announce
from nummer.config.env import environment
from nummer.kernel import clock
from nummer.suppliers.sandbox import carrier
from nummer.suppliers.sandbox.mail import mail_box


def sandbox() -> None:
    """Run the sandbox's parts until SIGTERM."""
    loop_clock.install_where_needed(environment())
    asyncio.run(_run_parts())


async def _run_parts() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with await mail_box() as box:
        mail_port: int = box.sockets[0].getsockname()[1]
        await carrier.run(
            environment().home,
            now=clock.now,
            stop=stop,
            ready=lambda port: announce("sandbox", mail_port=mail_port, carrier_port=port),
        )
