"""A member sees no link and no button that his role does not open, on pages of content, too."""

from __future__ import annotations

import re

import pytest
from django.urls import resolve

from nummer.apps.messaging import queries as messaging
from nummer.faces.site import rights
from tests import builders
from tests.apps.leases.conftest import rentals, supplier
from tests.faces.conftest import StandingClock
from tests.faces.site.test_members import browser_of, member_of

__all__ = ["rentals", "supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rentals")]
NUMBER = "+4759441001"
SENDER = "+4790011222"


@pytest.fixture
def pages(shop: StandingClock) -> tuple[int, list[str]]:
    """Return an account with an order, a rented number and an SMS, and the pages about them."""
    account = builders.customer(balance="100.00")
    lease = builders.rented(account, NUMBER)
    builders.numbers(["+4759440777"])
    placed = builders.order(account)
    builders.deliver(placed.number, "Telegram code: 48213")
    builders.deliver(NUMBER, "Hello there", sender=SENDER)
    thread = messaging.conversation_id(account, theirs=SENDER)
    return account, [
        *("/orders/", f"/orders/{placed.activation_id}/", "/inbox/", f"/inbox/?number={lease.id}"),
        *(f"/inbox/{lease.id}/{thread}/", f"/inbox/{lease.id}/settings/"),
        *("/my-numbers/", f"/my-numbers/{lease.id}/", "/balance/", "/invoices/"),
        *("/services/tg/no/", "/account/"),
    ]


@pytest.mark.parametrize("role", rights.ROLES)
def test_no_link_and_no_button_of_a_page_leads_to_a_closed_door(
    pages: tuple[int, list[str]], role: str
) -> None:
    account, addresses = pages
    browser = browser_of(member_of(account, role=role))
    seen, closed, dead = 0, set(), set()
    for address in addresses:
        answer = browser.get(address)
        if answer.status_code == 403:
            continue
        assert answer.status_code == 200, address
        seen += 1
        links = set(re.findall(r'href="(/[^"#]*)"', answer.text))
        closed |= {(address, link) for link in links if browser.get(link).status_code == 403}
        for action in re.findall(r'action="(/[^"]*)"', answer.text):
            match = resolve(action)
            if match.namespace == "site" and not rights.may(
                role, match.url_name or "", reading=False
            ):
                dead.add((address, action))
    assert seen > 3
    assert closed == set()
    assert dead == set()


def test_who_may_not_order_or_write_reads_why_and_who_may_is_offered_it(
    pages: tuple[int, list[str]],
) -> None:
    account, addresses = pages
    reader = browser_of(member_of(account, role="reader"))
    developer = browser_of(member_of(account, role="developer"))
    thread = addresses[4]

    assert "does not let you order" in reader.get("/services/tg/no/").text
    assert "obligation to pay" not in reader.get("/services/tg/no/").text
    assert "does not let you send" in reader.get(thread).text
    assert "obligation to pay" in developer.get("/services/tg/no/").text
    assert "Send SMS" in developer.get(thread).text
    assert "/cancel/" not in reader.get("/orders/").text
