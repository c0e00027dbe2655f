"""No page asks the database more often because there is more to show.

A page is opened where there are two of everything and again where there are eight: its rows grow,
the number of its statements must not. What the staff see grows by customers, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver

from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.apps.cases.actions import open_case
from nummer.apps.cases.models import Channel, Kind, Proof
from nummer.apps.messaging.actions.sending import send_sms
from nummer.apps.messaging.queries import conversation_id
from nummer.apps.refunds.actions import cancel_activation
from nummer.apps.webhooks.actions import create_endpoint
from nummer.faces.backoffice import urls as of_staff
from nummer.faces.site import urls as of_site
from nummer.kernel.ids import new_id
from tests import builders
from tests.apps.leases.conftest import supplier
from tests.builders import NOW, customer, deliver, order, rented
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter, StandingClock

__all__ = ["supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("supplier")]
FEW, MANY = 2, 8
SENDER: Final = "Sender0"


class Life:
    """A customer, and how much of everything he has."""

    def __init__(self, name: int) -> None:
        self.account_id = customer(balance="5000.00")
        builders.lift_limits(self.account_id)
        self.leases: list[UUID] = []
        self.activations: list[int] = []
        self.endpoints: list[UUID] = []
        self.cases: list[int] = []
        self._name, self._count = name, 0

    def grow(self, until: int) -> None:
        """Have one more of each until there are so many."""
        while self._count < until:
            self._count += 1
            self._one_more()

    def _one_more(self) -> None:
        of, place = self.account_id, self._name * 100 + self._count
        builders.top_up(of, "10.00")
        e164 = f"+4759{place:06d}"
        builders.rentals([e164])
        lease = rented(of, e164)
        self.leases.append(lease.id)
        for sender in range(self._count):  # conversations grow with their numbers
            deliver(e164, f"hello {place}", sender=f"Sender{sender}", at=NOW)
        send_sms(of, wish=builders.sms_wish(lease, to=f"+47912{place:05d}"), now=NOW)
        builders.numbers([f"+47594{place:05d}"])
        placed = order(of)
        deliver(placed.number, "Telegram code: 48213", sender="Telegram")
        self.activations.append(placed.activation_id)
        builders.numbers([f"+47595{place:05d}"])
        cancelled = order(of).activation_id
        cancel_activation(of, activation_id=cancelled, surface="test", now=NOW)
        self._asked(place)
        self._programs(place)

    def _asked(self, place: int) -> None:
        row = open_case(
            self.account_id,
            key=new_id(),
            kind=Kind.QUESTION,
            channel=Channel.PAGE,
            text=f"How does this work? {place}",
            subject=f"Question {place}",
            proof=Proof.SIGNED_IN,
            actor=f"customer:{self.account_id}",
            received_at=NOW,
            now=NOW,
        )
        self.cases.append(row.head.number)

    def _programs(self, place: int) -> None:
        of = self.account_id
        accepted = [
            text.as_accepted()
            for text in texts.texts_to_accept(texts.KEY_DOCUMENTS, language="en", now=NOW)
        ]
        agreements.create_key(
            account_id=of, label="shop", accepted=accepted, surface="test", now=NOW
        )
        url = f"http://127.0.0.1:34567/{place}"
        opened = create_endpoint(of, url=url, kinds=(), actor="system:test", now=NOW)
        self.endpoints.append(opened.endpoint_id)


def plain(patterns: list[URLPattern | URLResolver], *, below: str) -> list[str]:
    """Return the addresses that name nothing."""
    routes = [str(each.pattern) for each in patterns if isinstance(each, URLPattern)]
    return [f"{below}{route}" for route in routes if "<" not in route]


def of_things(life: Life) -> Iterator[str]:
    """Yield the pages about one thing that has many others in it."""
    talk = conversation_id(life.account_id, theirs=SENDER)
    yield f"/inbox/{life.leases[0]}/{talk}/"
    yield f"/my-numbers/{life.leases[0]}/"
    yield f"/orders/{life.activations[0]}/"
    yield f"/cases/{life.cases[0]}/"
    yield f"/webhooks/{life.endpoints[0]}/"
    yield "/numbers/no/"
    yield "/services/tg/"
    yield "/services/tg/no/"


def asked(browser: Client, address: str) -> int | None:
    """Return how many statements a page makes in a warm process; None where there is no page.

    Reads of keys are left out: a process remembers them, but no key of a test's transaction.
    """
    if browser.get(address).status_code != 200:
        return None
    with CaptureQueriesContext(connection) as made:
        browser.get(address)
    return sum("vault_subject_key" not in each["sql"] for each in made.captured_queries)


def counted(browser: Client, addresses: list[str]) -> dict[str, int]:
    """Return the statements of each page that there is."""
    found = {address: asked(browser, address) for address in addresses}
    return {address: many for address, many in found.items() if many is not None}


@pytest.fixture
def lives(shop: StandingClock) -> list[Life]:
    """Return a customer to look at and others whom only the staff see."""
    builders.sms_rates({"47": "0.05"})
    return [Life(name) for name in range(MANY)]


def test_a_customers_pages_ask_as_often_for_many_things_as_for_few(
    lives: list[Life], enter: Enter
) -> None:
    life = lives[0]
    life.grow(FEW)
    browser = enter(life.account_id)
    addresses = [*plain(of_site.urlpatterns, below="/"), *of_things(life)]
    few = counted(browser, addresses)
    life.grow(MANY)

    many = counted(browser, addresses)

    assert len(few) > 30
    assert {one: (few[one], many[one]) for one in few if many[one] > few[one]} == {}


def test_the_staffs_pages_ask_as_often_for_many_customers_as_for_few(lives: list[Life]) -> None:
    for life in lives[:FEW]:
        life.grow(FEW)
    browser = at_work("owner")
    addresses = plain(of_staff.urlpatterns, below="/staff/")
    few = counted(browser, addresses)
    for life in lives:
        life.grow(FEW)
    lives[0].grow(MANY)

    many = counted(browser, addresses)

    assert len(few) > 30
    assert {one: (few[one], many[one]) for one in few if many[one] > few[one]} == {}
