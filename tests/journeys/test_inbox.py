"""A rented number's inbox in a real browser: it moves by itself, and everybody can use it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor
from tests.journeys.test_accessible import axe, violations

__all__ = ["axe"]
RENTED_WITHIN_S = 60


def person_with_number(visitor: Visit, installation: Installation) -> tuple[Visitor, str]:
    """Bring a customer who rents a number, as his program ordered it."""
    email = f"i{time.time_ns()}@example.com"
    who = installation.json(
        "sandbox", "customer", "--email", email, "--balance", "90.00", "--locale", "en"
    )
    account = f"/2010-04-01/Accounts/{who['account_sid']}"
    login = f"{who['account_sid']}:{who['auth_token']}".encode()
    free = asked(installation, "GET", f"{account}/AvailablePhoneNumbers/NO/Local.json", login)
    number = free["available_phone_numbers"][0]["phone_number"]
    asked(
        installation,
        "POST",
        f"{account}/IncomingPhoneNumbers.json",
        login,
        body=urlencode({"PhoneNumber": number}),
    )
    person = visitor("en")
    person.sign_in(who["email"], who["password"])
    return person, number


def asked(
    installation: Installation, method: str, path: str, login: bytes, *, body: str = ""
) -> Mapping[str, list[Mapping[str, str]]]:
    headers = {
        "Authorization": f"Basic {base64.b64encode(login).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with closing(
        HTTPConnection("127.0.0.1", installation.port, timeout=RENTED_WITHIN_S)
    ) as connection:
        connection.request(method, path, body=body, headers=headers)
        with connection.getresponse() as answer:
            said = answer.read()
    assert answer.status < 300, said
    found: Mapping[str, list[Mapping[str, str]]] = json.loads(said)
    return found


def deliver(installation: Installation, number: str, *, sender: str, text: str) -> None:
    done = installation.json("sandbox", "sms", "--to", number, "--from", sender, "--text", text)
    assert done["acknowledged"] == 1


def test_sms_appear_in_the_open_inbox_and_in_the_open_conversation(
    visitor: Visit, installation: Installation
) -> None:
    person, number = person_with_number(visitor, installation)
    page = person.page
    person.go("/inbox/")
    address = page.url

    deliver(installation, number, sender="PostNord", text="Your parcel is here.")
    expect(page.get_by_role("link", name="PostNord")).to_be_visible()
    assert page.url == address, "the page was not loaded again"

    page.get_by_role("link", name="PostNord").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your parcel is here.")).to_be_visible()
    deliver(installation, number, sender="PostNord", text="It waits until Friday.")
    expect(page.get_by_text("It waits until Friday.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_inbox_are_accessible_and_fit_a_phone(
    visitor: Visit, installation: Installation, axe: str, scheme: str
) -> None:
    person, number = person_with_number(visitor, installation)
    page = person.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = []

    def look(at: str) -> None:
        found.extend((at, *row) for row in violations(page, axe))

    person.go("/inbox/")
    look("the empty inbox")
    deliver(installation, number, sender="PostNord", text="https://example.com/" + "x" * 90)
    expect(page.get_by_role("link", name="PostNord")).to_be_visible()
    look("the inbox")
    page.get_by_role("link", name="PostNord").click()
    page.wait_for_load_state("load")
    look("a conversation")
    deliver(installation, number, sender="4790011222", text="Hello")
    person.go("/inbox/")
    page.get_by_role("link", name="+4790011222").click()
    page.wait_for_load_state("load")
    page.fill("textarea", "Hei \N{PARTY POPPER} " * 20)
    expect(page.locator("#sms-price strong")).to_be_visible()
    look("an answer that is written")
    person.go("/inbox/new/")
    look("a new SMS")
    person.go("/inbox/?q=example")
    look("a search")
    page.select_option("select[name=number]", index=1)
    page.wait_for_load_state("load")
    page.get_by_role("link", name="Settings of this number").click()
    page.wait_for_load_state("load")
    look("the settings")
    assert found == []
