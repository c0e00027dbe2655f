"""DIDWW's library at the sandbox's server, with short waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

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

    def all_of(self, kind: str) -> list[dict[str, object]]:
        """Return everything of a kind that the server knows."""
        with self.desk.change() as memory:
            return memory.all_of(kind)

    def work(self) -> None:
        """Let time do its work."""
        api.work(self.desk)


Open = Callable[..., Account]


@pytest.fixture
def open_account(tmp_path: Path) -> Iterator[Open]:
    """Return a way to open an account; `answerer` may stand between."""
    servers = []

    def opened(
        *, answerer: Answerer = api.answer, answer_limit_s: float = 5.0, folder: Path = tmp_path
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

    yield opened
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def account(open_account: Open) -> Account:
    """Open an account whose orders are fulfilled at once."""
    return open_account()
