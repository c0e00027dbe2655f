"""A carrier reads its own numbers and notices, signed, and nothing of another's."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from nummer.apps.incidents.actions import keys
from nummer.apps.incidents.actions.notices import sign
from nummer.apps.incidents.models import CarrierNotice
from nummer.apps.numbers.models import Number
from nummer.kernel.ids import new_id
from tests import builders
from tests.builders import NOW

NUMBERS = "/agent/api/carrier/numbers"
NOTICES = "/agent/api/carrier/notices"


@pytest.fixture
def carriers(db: None) -> dict[str, bytes]:
    """Have two carriers with three numbers and two notices each, and a key for both."""
    builders.shop()
    for place, carrier in enumerate(("telco", "other")):
        for n in range(3):
            Number.objects.create(
                id=new_id(),
                e164=f"+4759443{place}0{n}",
                country="NO",
                carrier=carrier,
                kind="local",
                sms=True,
                voice=False,
                status="blocked" if n == 2 else "active",
                added_at=NOW,
                blocked_at=NOW if n == 2 else None,
            )
        for n in range(2):
            CarrierNotice.objects.create(
                id=new_id(),
                carrier=carrier,
                event="fault",
                number=f"+4759443{place}00",
                happened_at=NOW + timedelta(hours=n),
                received_at=NOW + timedelta(hours=n),
                nonce=secrets.token_hex(10),
                signed_at=NOW,
                body_sha256="0" * 64,
            )
    return {
        carrier: keys.add_key(carrier, actor="staff:1", now=NOW).secret.encode()
        for carrier in ("telco", "other")
    }


def headers(secret: bytes, path: str, *, carrier: str = "telco", at: int = 0) -> dict[str, str]:
    timestamp, nonce = str(int(time.time()) + at), secrets.token_hex(16)
    body = f"GET {path}".encode()
    return {
        "X-Nummer-Carrier": carrier,
        "X-Nummer-Timestamp": timestamp,
        "X-Nummer-Nonce": nonce,
        "X-Nummer-Signature": sign(secret, timestamp=timestamp, nonce=nonce, body=body),
    }


def read(client: Client, secret: bytes, path: str, **how: Any) -> Any:
    answer = client.get(path, headers=headers(secret, path, **how))
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_pages_hold_each_own_number_once_and_none_of_another(
    client: Client, carriers: dict[str, bytes]
) -> None:
    found, path = [], f"{NUMBERS}?limit=2"
    while path:
        page = read(client, carriers["telco"], path)
        found += [row["number"] for row in page["numbers"]]
        after = page["next"]
        path = f"{NUMBERS}?limit=2&after=%2B{after[1:]}" if after else ""

    assert found == ["+4759443000", "+4759443001", "+4759443002"]
    (blocked,) = read(client, carriers["telco"], f"{NUMBERS}?status=blocked")["numbers"]
    assert (blocked["number"], blocked["blocked_at"]) == ("+4759443002", NOW.isoformat())
    assert set(blocked) == {
        "number", "country", "kind", "sms", "voice", "status", "blocked_at",
    }  # fmt: skip


def test_notices_come_newest_first_and_only_its_own(
    client: Client, carriers: dict[str, bytes]
) -> None:
    first = read(client, carriers["telco"], f"{NOTICES}?limit=1")
    second = read(client, carriers["telco"], f"{NOTICES}?limit=1&before={first['next']}")
    rows = [*first["notices"], *second["notices"]]

    assert [row["happened_at"] for row in rows] == [
        (NOW + timedelta(hours=1)).isoformat(),
        NOW.isoformat(),
    ]
    assert {row["number"] for row in rows} == {"+4759443000"}
    foreign = CarrierNotice.objects.filter(carrier="other").latest("id").id
    mixed = read(client, carriers["telco"], f"{NOTICES}?before={foreign}")["notices"]
    assert {row["number"] for row in mixed} <= {"+4759443000"}


def test_a_key_opens_nothing_of_another_carrier(client: Client, carriers: dict[str, bytes]) -> None:
    answer = client.get(NUMBERS, headers=headers(carriers["other"], NUMBERS, carrier="telco"))
    assert (answer.status_code, answer.json()) == (401, {"error": "notice_not_genuine"})


def test_what_was_signed_opens_that_page_once(client: Client, carriers: dict[str, bytes]) -> None:
    once = headers(carriers["telco"], NUMBERS)

    assert client.get(f"{NUMBERS}?limit=1", headers=once).status_code == 401
    assert client.get(NOTICES, headers=once).status_code == 401
    assert client.get(NUMBERS, headers=once).status_code == 200
    assert client.get(NUMBERS, headers=once).status_code == 409
    assert client.get(NUMBERS).status_code == 401
    old = headers(carriers["telco"], NUMBERS, at=-301)
    assert client.get(NUMBERS, headers=old).json() == {"error": "notice_stale"}
    assert client.post(NUMBERS, headers=once).status_code == 405


@pytest.mark.parametrize(
    "path",
    [f"{NUMBERS}?limit=0", f"{NUMBERS}?limit=501", f"{NUMBERS}?limit=٣", f"{NUMBERS}?status=mine",
     f"{NOTICES}?before=x"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(
    client: Client, carriers: dict[str, bytes], path: str
) -> None:
    request = client.get(path).wsgi_request
    asked = request.get_full_path()
    answer = client.get(path, headers=headers(carriers["telco"], asked))
    assert (answer.status_code, answer.json()) == (400, {"error": "notice_malformed"})


def test_a_key_that_was_stopped_reads_nothing(client: Client, carriers: dict[str, bytes]) -> None:
    (key,) = (row for row in keys.listed_keys() if row.carrier == "telco")
    keys.stop_key(key.id, actor="staff:1", now=NOW)
    answer = client.get(NUMBERS, headers=headers(carriers["telco"], NUMBERS))
    assert answer.status_code == 401
