"""An account at the sandbox's DIDWW, over real HTTP, with short waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nummer.suppliers.didww.provider import DidwwNumbers
from nummer.suppliers.sandbox.didww import api
from nummer.suppliers.sandbox.didww.provider import sandbox_didww
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.json_server import Answerer, serve

CALLBACK = "http://127.0.0.1:9/suppliers/callback/sandbox-didww/"


@dataclass(frozen=True, slots=True)
class Let:
    """What the gate let through."""

    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the sandbox's DIDWW, from both sides."""

    numbers: DidwwNumbers
    desk: Desk

    def set(self, name: str, value: str) -> None:
        """Set a thing of the script."""
        with self.desk.change() as memory:
            memory.set(name, value)

    def fulfil(self) -> None:
        """Let every order that waits be settled now."""
        with self.desk.change() as memory:
            for order in memory.all_of("orders"):
                memory.hide(order["id"], {**memory.hidden(order["id"]), "due": 0})
        self.work()

    def told(self) -> list[list[dict[str, object]]]:
        """Return what was said about each number that was bought, in order."""
        with self.desk.change() as memory:
            return [memory.hidden(did["id"])["history"] for did in reversed(memory.all_of("dids"))]

    def all_of(self, kind: str) -> list[dict[str, Any]]:
        """Return everything of a kind that the server knows."""
        with self.desk.change() as memory:
            return memory.all_of(kind)

    def work(self) -> None:
        """Let time do its work."""
        api.work(self.desk)


Open = Callable[..., Account]


@contextmanager
def desks(usual: Path) -> Iterator[Open]:
    """Give a way to open accounts; `answerer` may stand between, `folder` keeps the memory."""
    servers = []

    def opened(
        *, answerer: Answerer = api.answer, answer_limit_s: float = 5.0, folder: Path = usual
    ) -> Account:
        desk = api.didww_desk(folder)
        server = serve(desk, answerer, content_type=api.TYPE)
        servers.append(server)
        port = int(server.server_address[1])
        numbers = sandbox_didww(
            folder, port=lambda: port, callback_url=CALLBACK, answer_limit_s=answer_limit_s
        )
        account = Account(numbers, desk)
        account.set("complete_after_s", "0")
        return account

    try:
        yield opened
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
