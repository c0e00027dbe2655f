"""Opens the doors for mail and holds them open until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from nummer.gateways.mail.door import smtp_connection
from nummer.gateways.mail.ports import Actions, MailDoor
from nummer.gateways.mail.visitors import Visitors

WRITERS: Final = 4  # mails that are read and stored at the same time, each with a session
LINGER_S: Final = 20.0  # how long mails that are being stored may take at the end


async def run(
    door: MailDoor,
    *,
    actions: Actions,
    stop: asyncio.Event,
    ready: Callable[[dict[str, int]], None],
    visitors: Visitors | None = None,
) -> None:
    """Take mail until `stop`; `ready` is told the ports. What is being stored is finished."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd names senders in lower ones
    loop = asyncio.get_running_loop()
    writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="mail")
    loop.set_default_executor(writers)
    counted = visitors or Visitors()
    servers = {
        name: await loop.create_server(
            lambda lmtp=lmtp: smtp_connection(door, actions, counted, lmtp=lmtp),  # type: ignore[misc]  # bound early
            host="127.0.0.1" if lmtp else door.host,
            port=port,
        )
        for name, port, lmtp in (
            ("port", door.smtp_port, False),
            ("lmtp_port", door.lmtp_port, True),
        )
        if port is not None
    }
    try:
        ready({name: server.sockets[0].getsockname()[1] for name, server in servers.items()})
        await stop.wait()
    finally:
        for server in servers.values():
            server.close()
        with contextlib.suppress(TimeoutError):  # unacknowledged, so it comes again
            await asyncio.wait_for(loop.shutdown_default_executor(), LINGER_S)
