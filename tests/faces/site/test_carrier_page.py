"""A carrier's page shows its own numbers and notices to whoever has its key, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from nummer.apps.audit.models import Line
from nummer.apps.incidents.actions import keys
from nummer.apps.incidents.models import CarrierNotice
from nummer.apps.numbers.models import Number
from nummer.faces.site.views import carriers
from nummer.kernel.ids import new_id
from tests.builders import NOW
from tests.faces.conftest import StandingClock

PAGE = "/carrier/"


@pytest.fixture
def secret(shop: StandingClock) -> str:
    """Have two carriers with a number and a notice each; return the first one's key."""
    for carrier, e164 in (("telco", "+4759443000"), ("other", "+4759443100")):
        Number.objects.create(
            id=new_id(), e164=e164, country="NO", carrier=carrier, kind="local", sms=True,
            voice=False, added_at=NOW,
        )  # fmt: skip
        CarrierNotice.objects.create(
            id=new_id(), carrier=carrier, event="fault", number=e164, happened_at=NOW,
            received_at=NOW, nonce=carrier * 4, signed_at=NOW, body_sha256="0" * 64,
        )  # fmt: skip
    keys.add_key("other", actor="staff:1", now=NOW)
    carriers.TRIES.allow(per_s=1000, burst=1000)
    return keys.add_key("telco", actor="staff:1", now=NOW).secret


def entered(secret: str, carrier: str = "telco") -> Client:
    browser = Client()
    answer = browser.post(PAGE, {"carrier": carrier, "key": secret})
    assert answer.status_code == 302, answer.content
    return browser


def test_the_key_shows_its_carriers_rows_and_none_of_another(secret: str) -> None:
    text = entered(secret).get(PAGE).text

    assert text.count("59443000") == 2
    assert "59443100" not in text
    assert "does not work" in text
    assert Line.objects.filter(actor="carrier:telco", verb="carrier_signed_in").count() == 1


@pytest.mark.parametrize(
    ("carrier", "key", "status"),
    [("other", None, 403), ("nobody", None, 403), ("telco", "wrong", 403), ("telco", "", 400),
     ("../x", None, 400)],
)  # fmt: skip
def test_another_key_opens_nothing(secret: str, carrier: str, key: str | None, status: int) -> None:
    browser = Client()
    answer = browser.post(PAGE, {"carrier": carrier, "key": secret if key is None else key})
    assert answer.status_code == status
    assert "5944" not in browser.get(PAGE).text


def test_it_ends_with_the_key_with_time_and_by_leaving(secret: str, shop: StandingClock) -> None:
    left, old, stopped = (entered(secret) for _ in range(3))
    left.post("/carrier/leave/")
    (key,) = (row for row in keys.listed_keys() if row.carrier == "telco")
    shop.at = NOW + timedelta(hours=13)
    assert "59443000" not in old.get(PAGE).text
    shop.at = NOW
    assert "59443000" in stopped.get(PAGE).text
    keys.stop_key(key.id, actor="staff:1", now=NOW)

    assert "59443000" not in left.get(PAGE).text
    assert "59443000" not in stopped.get(PAGE).text


def test_guessing_is_slowed(secret: str) -> None:
    carriers.TRIES.allow(per_s=0.001, burst=1)
    statuses = [Client().post(PAGE, {"carrier": "slow", "key": "x"}).status_code for _ in range(3)]
    carriers.TRIES.allow(per_s=0.2, burst=20)
    assert statuses == [403, 429, 429]


def test_a_guesser_keeps_nobody_of_the_carrier_out(secret: str) -> None:
    carriers.TRIES.allow(per_s=0.001, burst=1)
    guesses = [
        Client(REMOTE_ADDR="203.0.113.9").post(PAGE, {"carrier": "telco", "key": "x"}).status_code
        for _ in range(3)
    ]
    right = Client(REMOTE_ADDR="198.51.100.7").post(PAGE, {"carrier": "telco", "key": secret})
    carriers.TRIES.allow(per_s=0.2, burst=20)
    assert guesses == [403, 429, 429]
    assert right.status_code == 302
