"""A customer who has one of everything that has a page of its own, as his program made it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Final
from uuid import uuid4

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor

ANSWER_S: Final = 30
WORKS_S: Final = 60


@dataclass(frozen=True, slots=True)
class Program:
    """A program with a key of his."""

    installation: Installation
    key: str

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Make a call of our own interface, and return what it answers."""
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        }
        sent = None if body is None else json.dumps(body)
        with closing(
            HTTPConnection("127.0.0.1", self.installation.port, timeout=ANSWER_S)
        ) as connection:
            connection.request(method, f"/api/v1/{path}", body=sent, headers=headers)
            with connection.getresponse() as answer:
                said = answer.read()
        assert answer.status < 300, (path, said)
        return json.loads(said) if said else None


@dataclass(frozen=True, slots=True)
class Settled:
    """A customer who is signed in, addresses that are his, and those that the staff have of him.

    These are addresses that no page links to, or not for long.
    """

    person: Visitor
    his: list[str]
    of_staff: list[str]


def settled(visitor: Visit, *, language: str) -> Settled:
    """Bring a customer who ordered, rented, wrote, asked, paid in and wants some money back."""
    installation = visitor.installation
    who = installation.json(
        "sandbox",
        "customer",
        *("--email", f"w{time.time_ns()}@example.com", "--balance", "150.00"),
        *("--locale", language),
    )
    program = Program(installation, who["api_key"])
    _order(program)
    leases = _rent(program, who["phone"])
    his = [
        f"/my-numbers/{leases[0]}/",
        f"/my-numbers/{leases[0]}/port-out/",
        f"/inbox/{leases[0]}/settings/",
        f"/orders/of/{leases[0]}/",
        *_others(program),
    ]
    account = who["account_id"]
    of_staff = [
        f"/staff/letters/{account}/",
        f"/staff/payments/{account}/",
        f"/staff/standing/{account}/",
        f"/staff/leases/{account}/{leases[0]}/",
    ]
    person = visitor(language)
    person.sign_in(who["email"], who["password"])
    return Settled(person, his, of_staff)


def _order(program: Program) -> None:
    """Have one order that waits, one that was cancelled and one with a code."""
    for way in ("waiting", "cancelled", "code"):
        placed = program.ask("POST", "orders", {"service": "tg", "country": "NO"})
        if way == "cancelled":
            program.ask("POST", f"orders/{placed['id']}/cancel", {})
        if way == "code":
            _deliver(program, placed["number"], sender="Telegram", text="Telegram code: 48213")
            program.ask("POST", f"orders/{placed['id']}/finish", {})


def _rent(program: Program, phone: str) -> list[str]:
    """Rent two numbers, give one of them up, and talk by the other."""
    wish = {"country": "NO", "kind": "local"}
    leases = [program.ask("POST", "leases", wish)["id"] for _ in range(2)]
    rows = [_working(program, lease) for lease in leases]
    program.ask("POST", f"leases/{leases[1]}/notice", {})
    _deliver(program, rows[0]["number"], sender="PostNord", text="Your parcel is here.")
    program.ask("POST", "sms", {"lease": leases[0], "to": phone, "text": "I am on my way"})
    return leases


def _working(program: Program, lease: str) -> Mapping[str, Any]:
    ends = time.monotonic() + WORKS_S
    while (row := program.ask("GET", f"leases/{lease}"))["state"] != "active":
        assert time.monotonic() < ends, row
        time.sleep(0.2)
    found: Mapping[str, Any] = row
    return found


def _others(program: Program) -> list[str]:
    program.ask(
        "POST", "cases", {"kind": "question", "subject": "How", "text": "How does this work?"}
    )
    hook = program.ask("POST", "webhooks", {"url": f"{program.installation.url}/healthz"})
    program.ask("POST", f"webhooks/{hook['id']}/test", {})
    method = program.ask("GET", "top-ups/methods")["methods"][0]["code"]
    top_up = program.ask("POST", "top-ups", {"amount": "10.00", "method": method})
    program.ask("POST", "payouts", {"amount": "5.00", "reason": "unused_balance"})
    return [f"/balance/top-up/{top_up['id']}/"]


def _deliver(program: Program, to: str, *, sender: str, text: str) -> None:
    done = program.installation.json("sandbox", "sms", "--to", to, "--from", sender, "--text", text)
    assert done["acknowledged"] == 1
