"""The process of the sandbox: what the world outside would do, on loopback."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from nummer.config import loop_clock
from nummer.config.announce import announce
from nummer.config.env import Environment, environment
from nummer.kernel import clock
from nummer.suppliers.sandbox import carrier
from nummer.suppliers.sandbox.didww import api as didww
from nummer.suppliers.sandbox.didww.telling import bring
from nummer.suppliers.sandbox.google import api as google
from nummer.suppliers.sandbox.mail import mail_box
from nummer.suppliers.sandbox.payments import api as payments
from nummer.suppliers.sandbox.payments.btcpay import api as btcpay
from nummer.suppliers.sandbox.payments.btcpay.events import btcpay_headers
from nummer.suppliers.sandbox.payments.btcpay.provider import CODE as BTCPAY
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.events import Headers, deliver, stripe_headers
from nummer.suppliers.sandbox.payments.json_server import serve
from nummer.suppliers.sandbox.payments.paypal import api as paypal
from nummer.suppliers.sandbox.payments.paypal.events import paypal_headers
from nummer.suppliers.sandbox.payments.paypal.provider import CODE as PAYPAL
from nummer.suppliers.sandbox.scanner import scanner

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
    desks = _payment_desks(environment())
    numbers = didww.didww_desk(environment().home / "sandbox")
    servers = {
        "payments_port": payments.serve(desks[0].desk),
        "paypal_port": serve(desks[1].desk, paypal.answer),
        "btcpay_port": serve(desks[2].desk, btcpay.answer),
        "google_port": serve(_google_desk(environment()), google.answer),
        "didww_port": serve(numbers, didww.answer, content_type=didww.TYPE),
    }
    telling = asyncio.create_task(_tell_of_payments(desks, stop))
    selling = asyncio.create_task(_sell_numbers(numbers, stop))
    ports = {name: int(server.server_address[1]) for name, server in servers.items()}
    async with await mail_box() as box, await scanner(environment().home / "sandbox") as clamd:
        mail_port: int = box.sockets[0].getsockname()[1]
        ports["clamd_port"] = clamd.sockets[0].getsockname()[1]
        await carrier.run(
            environment().home,
            now=clock.now,
            stop=stop,
            ready=lambda port: announce("sandbox", mail_port=mail_port, carrier_port=port, **ports),
        )
    await telling
    await selling
    for server in servers.values():
        server.shutdown()


@dataclass(frozen=True, slots=True)
class _Telling:
    """A provider's memory, and what it sends with an event."""

    desk: Desk
    headers: Headers


def _payment_desks(env: Environment) -> tuple[_Telling, _Telling, _Telling]:
    """Tell each payment provider where we hear it, and where its page is shown."""
    host = "127.0.0.1" if env.address == "0.0.0.0" else env.address  # noqa: S104 -- compared only
    folder = env.home / "sandbox"
    card, wallet, coins = Desk(folder), paypal.paypal_desk(folder), btcpay.btcpay_desk(folder)
    card.keys()
    paypal.client_keys(wallet)
    btcpay.store_keys(coins)
    for desk, code, page in (
        (card, "sandbox", "pay"),
        (wallet, PAYPAL, "paypal"),
        (coins, BTCPAY, "btcpay"),
    ):
        desk.configure(
            callback_url=f"http://{host}:{env.port}/payments/callback/{code}/",
            page_url=f"{env.public_url}/sandbox/{page}/{{reference}}",
        )
    return (
        _Telling(card, stripe_headers),
        _Telling(wallet, paypal_headers),
        _Telling(coins, btcpay_headers),
    )


def _google_desk(env: Environment) -> Desk:
    """Tell Google where its page is shown; it calls nobody back."""
    desk = google.google_desk(env.home / "sandbox")
    desk.configure(callback_url="", page_url=f"{env.public_url}/sandbox/google/auth")
    return desk


async def _tell_of_payments(desks: Sequence[_Telling], stop: asyncio.Event) -> None:
    """Deliver what happened at the payment providers, again and again, until `stop`."""
    while not stop.is_set():
        try:
            for one in desks:
                await asyncio.to_thread(deliver, one.desk, headers=one.headers)
        except sqlite3.Error as error:
            _log.warning("events of payments wait", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVENTS_EVERY_S)


async def _sell_numbers(desk: Desk, stop: asyncio.Event) -> None:
    """Fulfil orders of numbers, charge their months and tell of them, until `stop`."""
    _, secret = didww.account_keys(desk)
    while not stop.is_set():
        try:
            await asyncio.to_thread(didww.work, desk)
            await asyncio.to_thread(bring, desk, secret=secret)
        except sqlite3.Error as error:
            _log.warning("orders of numbers wait", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVENTS_EVERY_S)
