"""Every list is walked while rows arrive: what was there comes once, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.cases import actions as cases
from nummer.apps.cases import queries as case_queries
from nummer.apps.cases.actions import Channel, Kind, Proof
from nummer.apps.payments.models import TopUp
from nummer.apps.payouts.models import Payout
from nummer.apps.refunds import actions as refunds
from nummer.apps.webhooks import actions as webhooks
from nummer.apps.webhooks.actions import repeating
from nummer.faces.api import reading
from nummer.kernel.ids import new_id
from nummer.kernel.limits import CallLimit
from nummer.kernel.phone import PhoneNumber
from nummer.policy.tax import TaxMonth
from tests import builders
from tests.apps.invoices.world import sell, write_all
from tests.dialects.conftest import Moment, Program
from tests.dialects.own import call, told
from tests.hooks import Receiver

pytestmark = pytest.mark.django_db

EXAMPLES = 6
FIRST = 7  # rows that are there when a walk begins
_serial = count(1)


@dataclass
class World:
    """A customer with something in every list, and ways to add to each."""

    program: Program
    moment: Moment
    lease_number: PhoneNumber
    endpoint_id: str = ""
    case: tuple[int, object] = (0, None)
    months: Iterator[TaxMonth] = field(default_factory=lambda: map(_month, count()))

    def statement(self) -> None:
        """Book something."""
        builders.top_up(self.program.account_id, "1.00", now=self.moment.now())

    def orders(self) -> None:
        """Buy a number."""
        wish = {"service": "tg", "country": "NO"}
        assert told(call(self.program, "POST", "orders", wish, key=str(next(_serial))))[0] == 201

    def refunds(self) -> None:
        """Buy a number and give it back."""
        placed = builders.order(self.program.account_id, now=self.moment.now())
        refunds.cancel_activation(
            self.program.account_id,
            activation_id=placed.activation_id,
            surface="test",
            now=self.moment.now(),
        )

    def leases(self) -> None:
        """Rent a number."""
        builders.rented(self.program.account_id, now=self.moment.now())

    def sms(self) -> None:
        """Let an SMS come."""
        builders.deliver(self.lease_number, "Hello", sender="Somebody")

    def conversations(self) -> None:
        """Let an SMS come of somebody new, and one of somebody known."""
        serial = next(_serial)
        builders.deliver(self.lease_number, "New", sender=f"+47900{serial:05d}")
        if serial % 2:
            builders.deliver(self.lease_number, "Again", sender=f"+47900{max(1, serial - 4):05d}")

    def deliveries(self) -> None:
        """Send a test event."""
        endpoint_id = UUID(self.endpoint_id)
        webhooks.send_test(self.program.account_id, endpoint_id=endpoint_id, now=self.moment.now())

    def top_ups(self) -> None:
        """Begin to pay in."""
        TopUp.objects.create(
            account_id=self.program.account_id,
            id=new_id(),
            amount_micro=1_000_000,
            currency="EUR",
            provider="sandbox",
            method="sandbox-card",
            refundable=True,
            started_at=self.moment.now(),
        )

    def payouts(self) -> None:
        """Ask for money."""
        Payout.objects.create(
            account_id=self.program.account_id,
            id=new_id(),
            subject="top_up",
            subject_id=new_id(),
            currency="EUR",
            channel="page",
            actor="test",
            received_at=self.moment.now(),
        )

    def invoices(self) -> None:
        """Sell something in a month and write its invoice."""
        month = next(self.months)
        sell(self.program.account_id, at=_in(month))
        write_all(month, now=_in(month.next))

    def cases(self) -> None:
        """Open a case."""
        cases.open_case(
            self.program.account_id,
            key=new_id(),
            kind=Kind.QUESTION,
            channel=Channel.PHONE,
            text="How?",
            subject="A question",
            proof=Proof.SIGNED_IN,
            actor="test",
            received_at=self.moment.now(),
            now=self.moment.now(),
        )

    def messages(self) -> None:
        """Write in the case."""
        cases.write_message(
            self.program.account_id,
            case_id=UUID(str(self.case[1])),
            key=new_id(),
            channel=Channel.PAGE,
            text="And?",
            proof=Proof.SIGNED_IN,
            actor="test",
            now=self.moment.now(),
        )


def _in(month: TaxMonth) -> datetime:
    return datetime(month.year, month.month, 3, 12, tzinfo=UTC)


def _month(place: int) -> TaxMonth:
    return TaxMonth(2026 + (10 + place) // 12, (10 + place) % 12 + 1)


@pytest.fixture
def world(
    program: Program, rental_supplier: None, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=100_000, burst=100_000))
    monkeypatch.setattr(repeating, "REPEATS", CallLimit(per_s=100_000, burst=100_000))
    builders.numbers([f"+47594{n:05d}" for n in range(60)])
    builders.lift_limits(program.account_id)
    builders.rentals([f"+4759441{n:03d}" for n in range(60)])
    builders.top_up(program.account_id, "5000.00")
    lease = builders.rented(program.account_id)
    made = World(program, moment, lease.number)
    with Receiver() as receiver:
        _, hook = told(call(program, "POST", "webhooks", {"url": receiver.url()}, key="1"))
        made.endpoint_id = hook["id"]
        wish = {"kind": "question", "subject": "One", "text": "How?"}
        _, case = told(call(program, "POST", "cases", wish, key="1"))
        row = case_queries.case_of_customer(program.account_id, number=case["number"])
        made.case = (case["number"], row.head.id)
        yield made


# the address, the name of its rows, what names a row, and what adds one
LISTS: list[tuple[str, str, str, Callable[[World], None]]] = [
    ("statement", "lines", "line", World.statement),
    ("orders", "orders", "id", World.orders),
    ("refunds", "refunds", "id", World.refunds),
    ("leases", "leases", "id", World.leases),
    ("sms", "sms", "id", World.sms),
    ("conversations", "conversations", "id", World.conversations),
    ("webhooks/{endpoint}/deliveries", "deliveries", "event", World.deliveries),
    ("top-ups", "top_ups", "id", World.top_ups),
    ("payouts", "payouts", "id", World.payouts),
    ("invoices", "invoices", "id", World.invoices),
    ("cases", "cases", "number", World.cases),
    ("cases/{case}/messages", "messages", "id", World.messages),
]


@pytest.mark.parametrize("listed", LISTS, ids=[row[0] for row in LISTS])
def test_a_walk_misses_nothing_and_doubles_nothing_while_rows_arrive(
    world: World, listed: tuple[str, str, str, Callable[[World], None]]
) -> None:
    path, name, key, add = listed
    address = path.format(endpoint=world.endpoint_id, case=world.case[0])

    def page(**query: object) -> tuple[list[object], object]:
        status, answer = told(call(world.program, "GET", address, **query))
        assert status == 200, answer
        return [row[key] for row in answer[name]], answer["next_before"]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        limit=st.integers(1, 4),
        arriving=st.lists(st.integers(0, 2), min_size=3, max_size=3),
        still=st.booleans(),
    )
    def walk(limit: int, arriving: list[int], still: bool) -> None:  # noqa: FBT001 -- hypothesis gives it
        with transaction.atomic():
            for _ in range(FIRST):
                add(world)
                if not still:
                    world.moment.advance(seconds=1)
            there, _ = page(limit=200)
            seen, before = page(limit=limit)
            for at in count():
                if before is None:
                    break
                for _ in range(arriving[at % 3] if at < 6 else 0):
                    add(world)
                rows, before = page(limit=limit, before=before)
                seen += rows
            # what came meanwhile may be among it, where its moment was that of a row before
            assert len(set(seen)) == len(seen)
            assert [one for one in seen if one in there] == there
            transaction.set_rollback(True)
        world.months = map(_month, count())

    walk()


def test_an_unknown_cursor_is_refused_or_begins_before_everything(world: World) -> None:
    for path, name, _, _ in LISTS:
        address = path.format(endpoint=world.endpoint_id, case=world.case[0])
        status, answer = told(call(world.program, "GET", address, before="yesterday"))
        assert (status, answer["data"]) == (400, {"field": "before"}), name
