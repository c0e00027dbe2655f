"""A customer of the journeys who rents a number, as his program ordered it."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlencode

from tests.installation import Installation
from tests.journeys.conftest import Visit, Visitor

RENTED_WITHIN_S = 60


def person_with_number(
    visitor: Visit, installation: Installation, *, language: str = "en"
) -> tuple[Visitor, str]:
    """Bring a customer who rents a number, as his program ordered it."""
    who = hired(installation, language)
    number = rents(installation, who)
    person = visitor(language)
    person.sign_in(who["email"], who["password"])
    return person, number


def hired(
    installation: Installation, language: str, *, balance: str = "90.00", company: bool = False
) -> Mapping[str, str]:
    """Return a customer with money who was not here before."""
    who: Mapping[str, str] = installation.json(
        *("sandbox", "customer", "--email", f"i{time.time_ns()}@example.com"),
        *("--balance", balance, "--locale", language),
        *["--company"] * company,
    )
    return who


def rents(installation: Installation, who: Mapping[str, str]) -> str:
    """Let a customer's program rent the first Norwegian number that is free, and return it."""
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
    return number


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
