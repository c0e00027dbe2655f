"""One installation under mixed load that is hurt in many ways, and the books it must agree with."""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psutil

from tests.installation import Installation
from tests.long.carrier import CODE, Carrier, Sms
from tests.long.customers import CODELESS, OPEN_STATES, Customer, Purchase, Worker
from tests.long.inside import Inside

CUSTOMERS: Final = 3
BACK_S_MAX: Final = 90.0
DRAIN_S_MAX: Final = 60.0
BEFORE_ALL: Final = "2000-01-01T00:00:00+00:00"
LEARNT_S: Final = 1.5  # libfaketime reads the machine's clock anew once a second (test_clocks.py)
DOORS_ASKED: Final = 25  # how many messages of a round are looked for at their customer's door


@dataclass(slots=True)
class Books:
    """What the outside world knows of one round: messages sent, numbers bought."""

    sent: list[Sms] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _reference: int = 0

    def sms(self, number: str) -> Sms:
        """Write a message with a code that nothing else has."""
        with self._lock:
            self._reference += 1
            written = Sms(number, f"Your code is {self._reference:08d}", self._reference)
            self.sent.append(written)
        return written

    def acknowledged(self) -> list[Sms]:
        """Return the messages that the platform said it has."""
        return [sms for sms in self.sent if sms.acknowledged_at]


class Laboratory:
    """An installation, its carrier, its customers, and what they know."""

    def __init__(
        self, home: Path, *, seed: int, through: Callable[[int], int] | None = None
    ) -> None:
        """`through` returns the port of a proxy in front of the carrier's port."""
        self.pick = random.Random(seed)
        self.carrier = Carrier()
        self.carrier.start()
        port = through(self.carrier.port) if through is not None else self.carrier.port
        self.installation = Installation(home)
        self.carrier.write_settings(home, port=port)
        self.books = Books()
        self._seed = seed
        self._inside: Inside | None = None
        self._workers: list[Worker] = []
        self.guests: list[Customer] = []  # who hold numbers too, and keep no books
        self._steps: list[tuple[datetime, timedelta]] = []
        self._since = ""

    @property
    def inside(self) -> Inside:
        """Return the look inside."""
        assert self._inside is not None, "it was opened"
        return self._inside

    @property
    def customers(self) -> list[Customer]:
        """Return the customers."""
        return [worker.customer for worker in self._workers]

    def open(self) -> None:
        """Start everything."""
        self.installation.start()
        self._inside = Inside(self.installation)
        for place in range(CUSTOMERS):
            customer = Customer(self.installation, name=f"lab{place}")
            worker = Worker(customer, seed=self._seed + place, on_bought=self._bought, pause_s=0.01)
            self._workers.append(worker)

    def close(self) -> None:
        """Stop everything."""
        for customer in (*self.customers, *self.guests):  # `agree` asks at guests' doors, too
            customer.programs.close()
        if self._inside is not None:
            self._inside.stop()
        self.installation.stop()
        self.installation.remove_database()
        self.carrier.stop()

    def step(self, seconds: float) -> None:
        """Move the installation's clock; nobody sweeps for it."""
        after = datetime.fromisoformat(self.inside.ask("step", seconds=seconds))
        by = timedelta(seconds=seconds)
        self._steps.append((after - by, by))

    def machine_steps(self, seconds: float, *, step: Callable[[], None]) -> None:
        """Move the machine's clock by `step`; return when every process has learnt of it."""
        before = datetime.fromisoformat(self.inside.ask("now"))
        step()
        time.sleep(LEARNT_S)
        self._steps.append((before, timedelta(seconds=seconds)))

    def _bought(self, purchase: Purchase, pick: random.Random) -> None:
        for _ in range(pick.choice((0, 1, 1, 2, 4))):
            self.carrier.send(self.books.sms(purchase.number))

    @contextmanager
    def load(self) -> Iterator[None]:
        """Have the customers at work; at the end every call and every message is answered."""
        self.books.sent.clear()
        self._since = self.inside.ask("now")
        for worker in self._workers:
            worker.start()
        try:
            yield
        finally:
            for worker in self._workers:
                worker.stop()
        assert eventually(lambda: self.carrier.unanswered == 0, DRAIN_S_MAX), (
            f"{self.carrier.unanswered} messages are not answered: {self.installation.tail()}"
        )

    def goes_on(self, *, messages: int = 8, purchases: int = 6) -> bool:
        """Wait until so many more messages are acknowledged and numbers are bought."""
        counts = self.carrier.counts
        enough_sms = counts.acknowledged + messages
        enough_bought = self._bought_so_far() + purchases
        return eventually(
            lambda: (
                (counts.acknowledged >= enough_sms and self._bought_so_far() >= enough_bought)
                or any(worker.failure for worker in self._workers)
            ),
            BACK_S_MAX,
        )

    def _bought_so_far(self) -> int:
        return sum(worker.bought for worker in self._workers)

    def pids(self, part: str) -> list[int]:
        """Return the processes of a part, the one that the supervisor started first."""
        state = json.loads((self.installation.home / "run" / "state.json").read_text())
        if part == "supervisor":
            return [int(state["pid"])]
        first = psutil.Process(state["pids"][part])
        return [first.pid, *(child.pid for child in first.children(recursive=True))]

    # -- the books -------------------------------------------------------------------------------

    def agree(self, *, clock_went_back: bool = False) -> None:
        """Compare the installation with all that was acknowledged, and ask `nummer audit`.

        Where the clock went back, moments say nothing of who held a number when.
        """
        orders = {}
        for customer in self.customers:
            shown = customer.orders()
            _purchases_agree(customer, shown)
            orders[customer.account_id] = shown
        orders |= {guest.account_id: guest.orders() for guest in self.guests}
        since = BEFORE_ALL if clock_went_back else self._since
        stored = self.inside.ask("messages", since=since, carrier=CODE)
        self._stored_once(stored)
        if not clock_went_back:
            self._holders_agree(stored, orders)
        self._doors_agree(stored, orders)
        audit = self.installation.command("audit", "--json", check=False)
        broken = [line for line in json.loads(audit.stdout or "[]") if line["breaches"]]
        assert audit.returncode == 0, broken or audit.stderr

    def _stored_once(self, stored: Sequence[Sequence[Any]]) -> None:
        """Find each acknowledged message once, and no message twice."""
        by_text: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
        for row in stored:
            by_text[row[0]].append(row)
        sent = {sms.text: sms for sms in self.books.sent}
        lost = [sms for sms in self.books.acknowledged() if not by_text[sms.text]]
        assert not lost, (
            f"{len(lost)} of {len(self.books.acknowledged())} acknowledged SMS are lost"
        )
        twice = [text for text, rows in by_text.items() if len(rows) > 1 and text in sent]
        copies = [sent[text].copies for text in twice]
        assert not twice, f"{len(twice)} SMS stand twice; the carrier sent them {copies} times"

    def _holders_agree(
        self, stored: Sequence[Sequence[Any]], orders: dict[int, dict[int, dict[str, Any]]]
    ) -> None:
        """Find each message at whoever held its number at that moment, or else nobody's."""
        sent = {sms.text: sms for sms in self.books.sent}
        for text, number, account, _, outcome, stored_at in stored:
            if text not in sent:
                continue
            assert number == sent[text].number, "it came to the number it was sent to"
            moments = self._moments(datetime.fromisoformat(stored_at))
            found = [_holders(orders, number, moment) for moment in moments]
            if outcome == "shown":
                assert any(account in holders for holders in found), (outcome, account, found)
            else:
                sure = [[h for h, surely in holders.items() if surely] for holders in found]
                assert not all(sure), (outcome, found)

    def _moments(self, at: datetime) -> list[datetime]:
        """Return which moments a written one can be.

        The gateway remembers for 20 ms how far the clock is ahead (ADR 73), so just after a step
        it may write the time before it. Of the machine's clock each process learns within
        LEARNT_S, and who sold the number may have learnt later than who stored the message.
        """
        near = timedelta(seconds=LEARNT_S + 1)
        sooner = [at + by for before, by in self._steps if abs(before - at) <= near]
        later = [at - by for before, by in self._steps if abs(before + by - at) <= near]
        return [at, *sooner, *later]

    def _doors_agree(
        self, stored: Sequence[Sequence[Any]], orders: dict[int, dict[int, dict[str, Any]]]
    ) -> None:
        """Read some of the messages as their customers do."""
        shown = [row for row in stored if row[4] == "shown" and row[2] in orders]
        everybody = [*self.customers, *self.guests]
        by_account = {customer.account_id: customer for customer in everybody}
        for text, number, account, *_ in self.pick.sample(shown, min(DOORS_ASKED, len(shown))):
            ids = [id_ for id_, row in orders[account].items() if row["number"] == number]
            programs = by_account[account].programs
            texts = [programs.activate("getAllSms", id=id_) for id_ in ids]
            assert any(text in one for one in texts), "a customer does not see a stored message"


def _purchases_agree(customer: Customer, shown: dict[int, dict[str, Any]]) -> None:
    """Every purchase answered stands once, nothing else does, and the balance follows."""
    assert shown.keys() == customer.purchases.keys(), (
        f"bought unknowingly: {sorted(shown.keys() - customer.purchases.keys())}, "
        f"gone: {sorted(customer.purchases.keys() - shown.keys())}"
    )
    expected = customer.paid_in
    for id_, row in shown.items():
        purchase = customer.purchases[id_]
        assert (row["number"], Decimal(row["total"])) == (purchase.number, purchase.total)
        refunded = row["refund"] is not None and row["refund"]["decision"] == "CREDIT"
        assert refunded == (row["state"] in CODELESS), (id_, row["state"], row["refund"])
        if refunded:
            assert Decimal(row["refund"]["amount"]) == purchase.total, id_
        else:
            expected -= purchase.total
        assert not (purchase.cancelled and not refunded), f"{id_}: a cancel is forgotten"
        assert not (purchase.code and refunded), f"{id_}: a shown code is paid back"
        purchase.ended = row["state"] not in OPEN_STATES
    seen = customer.balance()
    assert seen == expected, (
        f"a balance of {seen}, but {expected} was acknowledged; {_wrong_lines(customer, shown)}"
    )


def _wrong_lines(customer: Customer, shown: dict[int, dict[str, Any]]) -> str:
    """Say what the statement holds beside what the orders say."""
    status, page = customer.again(lambda: customer.programs.api("GET", "statement?limit=200"))
    moved = sum((Decimal(line["amount"]) for line in page["lines"]), Decimal())
    again = customer.balance()
    changed = [
        (id_, row["state"], now["state"])
        for id_, now in customer.orders().items()
        if (row := shown.get(id_, now))["state"] != now["state"]
    ]
    return f"{status}: {len(page['lines'])} lines move {moved}; now {again}; changed {changed}"


def _holders(
    orders: dict[int, dict[int, dict[str, Any]]], number: str, at: datetime
) -> dict[int, bool]:
    """Return who held a number at a moment, and whether that is sure.

    A moment of doubt: both sides take their time from the same clock, but at two moments.
    """
    doubt = timedelta(seconds=1)
    holders: dict[int, bool] = {}
    for account, rows in orders.items():
        for row in rows.values():
            if row["number"] != number:
                continue
            placed = datetime.fromisoformat(row["placed_at"])
            closed = datetime.fromisoformat(row["closed_at"] or row["window_ends_at"])
            closed = min(closed, datetime.fromisoformat(row["window_ends_at"]))
            if placed - doubt <= at <= closed + doubt:
                surely = placed + doubt <= at <= closed - doubt
                holders[account] = holders.get(account, False) or surely
    return holders


def eventually(check: Callable[[], bool], limit_s: float, *, every_s: float = 0.05) -> bool:
    """Wait until `check` holds."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):  # it is still coming back
            if check():
                return True
        time.sleep(every_s)
    return False


def kill(pids: Sequence[int]) -> None:
    """Kill at once, without a word."""
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).send_signal(signal.SIGKILL)
