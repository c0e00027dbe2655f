"""The process of the sandbox: what the world outside would do, on loopback."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import suppress
from typing import Final

import structlog

from nummer.config import loop_clock
from nummer.config.announce import announce
from nummer.config.env import Environment, environment
from nummer.kernel import clock
from nummer.suppliers.sandbox import carrier
from nummer.suppliers.sandbox.mail import mail_box
from nummer.suppliers.sandbox.payments import api as payments
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.events import deliver

EVENTS_EVERY_S: Final = 0.25

_log = structlog.get_logger(__name__)


def sandbox() -> None:
    """Run the sandbox's parts until SIGTERM."""
    loop_clock.install_where_needed(environment())
    asyncio.run(_run_parts())


async def _run_parts() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    desk = _payment_desk(environment())
    provider = payments.serve(desk)
    telling = asyncio.create_task(_tell_of_payments(desk, stop))
    payments_port = int(provider.server_address[1])
    async with await mail_box() as box:
        mail_port: int = box.sockets[0].getsockname()[1]
        await carrier.run(
            environment().home,
            now=clock.now,
            stop=stop,
            ready=lambda port: announce(
                "sandbox", mail_port=mail_port, carrier_port=port, payments_port=payments_port
            ),
        )
    await telling
    provider.shutdown()


def _payment_desk(env: Environment) -> Desk:
    """Tell the payment provider where we hear it, and where its page is shown."""
    host = "127.0.0.1" if env.address == "0.0.0.0" else env.address  # noqa: S104 -- compared only
    desk = Desk(env.home / "sandbox")
    desk.keys()
    desk.configure(
        callback_url=f"http://{host}:{env.port}/payments/callback/sandbox/",
        page_url=f"{env.public_url}/sandbox/pay/{{reference}}",
    )
    return desk


async def _tell_of_payments(desk: Desk, stop: asyncio.Event) -> None:
    """Deliver what happened at the payment provider, again and again, until `stop`."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(deliver, desk)
        except sqlite3.Error as error:
            _log.warning("events of payments wait", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVENTS_EVERY_S)
