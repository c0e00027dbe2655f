"""Customer programs of the laboratory: they buy, poll, cancel and finish, and keep their own books.

A program that gets no answer asks again with the same key until it has one, as the documentation
tells it to. So each book knows exactly what was bought, and the installation must agree.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

from tests.installation import Installation

SERVICES: Final = ("ot", "wa", "tg", "fb", "ig", "go", "vk", "mm")
COUNTRIES: tuple[tuple[str, int], ...] = (("NO", 174), ("DE", 43), ("GB", 16), ("US", 187))
OPEN_STATES: Final = ("waiting", "shown")
CODELESS: Final = ("cancelled", "expired", "failed")
ANSWER_S_MAX: Final = 20.0
GIVE_UP_S: Final = 120.0
PAUSE_S: Final = 0.2


class NoAnswerError(Exception):
    """Nobody answered; whether the call was done is not known."""


@dataclass(slots=True)
class Purchase:
    """One order as its buyer knows it."""

    id: int
    number: str
    total: Decimal
    cancelled: bool = False  # we were told so
    code: str = ""  # we were shown it
    ended: bool = False  # we know that nothing more will happen to it


@dataclass(slots=True)
class Programs:
    """One connection for calls of our own API and of the sms-activate protocol."""

    port: int
    key: str
    _link: http.client.HTTPConnection | None = None

    def api(
        self, method: str, path: str, *, body: object = None, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Call `/api/v1/PATH` and return status and JSON. Raises NoAnswerError."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        sent = None if body is None else json.dumps(body).encode()
        status, read = self._ask(method, f"/api/v1/{path}", sent, headers)
        try:
            return status, json.loads(read)
        except ValueError as error:
            raise NoAnswerError from error

    def activate(self, action: str, **parameters: object) -> str:
        """Call the sms-activate protocol and return its text. Raises NoAnswerError."""
        query = urlencode({"api_key": self.key, "action": action, **parameters})
        status, read = self._ask("GET", f"/stubs/handler_api.php?{query}", None, {})
        answer = read.decode()
        if status != http.client.OK or answer == "SERVER_ERROR":
            raise NoAnswerError
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._link is None:
            self._link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_S_MAX)
        try:
            self._link.request(method, path, body, headers)
            with self._link.getresponse() as answer:
                read = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswerError from error
        if answer.status >= http.client.INTERNAL_SERVER_ERROR:
            raise NoAnswerError
        return answer.status, read


class Customer:
    """One customer with one program; its methods are for one thread."""

    def __init__(self, installation: Installation, *, name: str, balance: str = "50000.00") -> None:
        command = ("sandbox", "customer", "--email", f"{name}@example.com", "--balance", balance)
        made = installation.json(*command)
        self.account_id = int(made["account_id"])
        self.paid_in = Decimal(balance)
        self.programs = Programs(installation.port, str(made["api_key"]))
        self.purchases: dict[int, Purchase] = {}
        self.unanswered = 0  # calls that had to be made again
        self.answer_times_s: list[float] = []
        self._keys = count(1)
        self._name = name

    def again(self, call: Callable[[], Any], *, stop: threading.Event | None = None) -> Any:
        """Make a call until it is answered; every call here may be made twice."""
        give_up_at = time.monotonic() + GIVE_UP_S
        while True:
            began = time.monotonic()
            try:
                answer = call()
            except NoAnswerError:
                self.unanswered += 1
                if stop is not None and stop.is_set():
                    raise
                assert time.monotonic() < give_up_at, "nobody answers for two minutes"
                time.sleep(PAUSE_S)
            else:
                self.answer_times_s.append(time.monotonic() - began)
                return answer

    def buy(self, pick: random.Random) -> Purchase | None:
        """Buy a number; None where there is none for what was picked."""
        service, (country, code) = pick.choice(SERVICES), pick.choice(COUNTRIES)
        key = f"{self._name}-{next(self._keys)}"
        if pick.random() < 0.5:
            return self._buy_by_api(key, service, country)
        answer = self.again(
            lambda: self.programs.activate(
                "getNumberV2", service=service, country=code, orderId=key
            )
        )
        if answer == "NO_NUMBERS":
            return None
        assert answer.startswith("{"), answer
        read = json.loads(answer)
        return self._bought(
            int(read["activationId"]), f"+{read['phoneNumber']}", read["activationCost"]
        )

    def _buy_by_api(self, key: str, service: str, country: str) -> Purchase | None:
        wish = {"service": service, "country": country}
        status, read = self.again(lambda: self.programs.api("POST", "orders", body=wish, key=key))
        if status not in (200, 201):
            assert read.get("code") == "out_of_stock", (status, read)
            return None
        return self._bought(read["id"], read["number"], read["total"])

    def _bought(self, id_: int, number: str, total: str) -> Purchase:
        assert id_ not in self.purchases, "two keys never share an order"
        bought = Purchase(id_, number, Decimal(total))
        self.purchases[id_] = bought
        return bought

    def cancel(self, purchase: Purchase) -> None:
        """Cancel by our API; a code that came first is no failure."""
        status, read = self.again(lambda: self.programs.api("POST", f"orders/{purchase.id}/cancel"))
        if status == http.client.OK:
            assert read["state"] in CODELESS, read["state"]
            assert Decimal(read["refund"]["amount"]) == purchase.total, read["refund"]
            purchase.cancelled = purchase.ended = True
        else:
            self.look(purchase)

    def finish(self, purchase: Purchase) -> None:
        """Finish by the old protocol, where a code was seen."""
        answer = self.again(lambda: self.programs.activate("setStatus", id=purchase.id, status=6))
        assert answer in ("ACCESS_ACTIVATION", "BAD_STATUS", "NO_ACTIVATION"), answer
        purchase.ended = True

    def look(self, purchase: Purchase) -> None:
        """Poll the stage by the old protocol."""
        answer = self.again(lambda: self.programs.activate("getStatus", id=purchase.id))
        if answer.startswith("STATUS_OK:"):
            purchase.code = answer.partition(":")[2]
        elif answer == "STATUS_CANCEL":
            assert not purchase.code, "what showed a code never ends as cancelled"
            purchase.cancelled = purchase.ended = True

    def orders(self) -> dict[int, dict[str, Any]]:
        """Return all orders as our API shows them."""
        found: dict[int, dict[str, Any]] = {}
        before = ""
        while True:
            path = f"orders?limit=200{before}"
            status, page = self.again(lambda path=path: self.programs.api("GET", path))
            assert status == http.client.OK, page
            found |= {row["id"]: row for row in page["orders"]}
            if page["next_before"] is None:
                return found
            before = f"&before={page['next_before']}"

    def balance(self) -> Decimal:
        """Return what can be spent."""
        answer = self.again(lambda: self.programs.activate("getBalance"))
        assert answer.startswith("ACCESS_BALANCE:"), answer
        return Decimal(answer.partition(":")[2])


@dataclass(slots=True)
class Worker:
    """One customer at work in a thread of its own, until told to stop."""

    customer: Customer
    seed: int
    on_bought: Callable[[Purchase, random.Random], None]
    pause_s: float = 0.0
    bought: int = 0
    open: list[Purchase] = field(default_factory=list)
    failure: BaseException | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._work, name="customer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, with every call that was begun answered. Raises what went wrong."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(GIVE_UP_S + 30)
            assert not self._thread.is_alive(), "a customer hangs"
        if self.failure is not None:
            raise self.failure

    def _work(self) -> None:
        pick = random.Random(self.seed)
        self.seed += 1_000
        try:
            while not self._stop.is_set():
                self._one(pick)
                time.sleep(self.pause_s)
        except BaseException as failure:  # noqa: BLE001 -- the thread's edge: `stop` raises it
            self.failure = failure

    def _one(self, pick: random.Random) -> None:
        """Do one thing that a program does; what it bought last is used the most."""
        self.open = [purchase for purchase in self.open[-200:] if not purchase.ended]
        what = pick.random()
        if what < 0.4 or not self.open:
            bought = self.customer.buy(pick)
            if bought is None:
                return
            self.bought += 1
            self.open.append(bought)
            self.on_bought(bought, pick)
            return
        purchase = pick.choice(self.open)
        if what < 0.5:
            self.customer.cancel(purchase)
        elif what < 0.6 and purchase.code:
            self.customer.finish(purchase)
        else:
            self.customer.look(purchase)
