"""Our questions to a partner's server, which is a real one on loopback with its own bookkeeping."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from grizzly_sms import (
    PartnerFinishActivationRequest,
    PartnerGetNumberRequest,
    PartnerGetServicesRequest,
)

from nummer.apps.catalogue import partners
from nummer.apps.catalogue.errors import NoSuchPartner
from nummer.apps.outbound.errors import NotCleared
from nummer.apps.outbound.queries import passages
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money
from nummer.protocols.partner import End, PartnerStock
from nummer.suppliers.partner import server as adapter
from tests.builders import NOW, shop

CARRIER = "sims"
QUESTIONS: dict[str, Any] = {
    "GET_SERVICES": PartnerGetServicesRequest,
    "GET_NUMBER": PartnerGetNumberRequest,
    "FINISH_ACTIVATION": PartnerFinishActivationRequest,
}


@dataclass
class SimOwner:
    """A partner: two SIM cards, one of them kept at a time; it answers as the protocol has it."""

    url: str = ""
    key: str = ""
    free: list[int] = field(default_factory=lambda: [4759440200, 4759450201])
    kept: dict[int, int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    says_instead: bytes | None = None
    status: int = 200
    waits_s: float = 0
    drips_s: float = 0

    def answer(self, said: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(said)
        form = QUESTIONS[said["action"]]
        assert set(said) - {"currency"} >= form.__required_keys__
        assert set(said) - {"currency"} <= set(form.__annotations__)
        if said["key"] != self.key:
            return {"status": "ERROR", "error": "BAD_KEY"}
        match said["action"]:
            case "GET_SERVICES":
                stock = {"any": {"tg": len(self.free), "wa": 0}}
                country = {"country": 174, "operatorMap": stock}
                return {"status": "SUCCESS", "countryList": [country]}
            case "GET_NUMBER":
                return self._keep(said.get("exceptionPhoneSet", []))
            case _:
                self.ended.setdefault(said["activationId"], said["status"])
                return {"status": "SUCCESS"}

    def _keep(self, excluded: list[str]) -> dict[str, Any]:
        for number in self.free:
            if not str(number).startswith(tuple(excluded)):
                self.free.remove(number)
                self.kept[len(self.kept) + 1] = number
                return {"status": "SUCCESS", "number": number, "activationId": len(self.kept)}
        return {"status": "NO_NUMBERS"}


def _drops(body: bytes) -> Iterator[bytes]:
    return (body[at : at + 1] for at in range(len(body)))


@pytest.fixture
def owner(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimOwner]:
    """Run a partner's server and add him."""
    shop()
    running = SimOwner()

    class Questions(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(running.answer(said)).encode()
            time.sleep(running.waits_s)
            self.send_response(running.status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            body = answer if running.says_instead is None else running.says_instead
            with suppress(OSError):  # who is tired of drips has hung up
                for piece in _drops(body) if running.drips_s else [body]:
                    time.sleep(running.drips_s)
                    self.wfile.write(piece)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Questions) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        running.url = f"http://127.0.0.1:{server.server_port}/agent"
        running.key = partners.add_partner(
            CARRIER, url=running.url, loopback=True, actor="staff:0", now=NOW
        ).key
        yield running
        server.shutdown()
        thread.join()


def take(**other: Any) -> Any:
    return partners.take_number(
        CARRIER,
        **{
            "country": "NO",
            "service": "tg",
            "price": Money.parse("0.25", "EUR"),
            "currency_number": 978,
            "now": NOW,
            **other,
        },
    )


def test_a_partner_says_what_he_has(owner: SimOwner) -> None:
    found = partners.ask_services(CARRIER, now=NOW)

    assert found == [PartnerStock("174", "any", "tg", 2), PartnerStock("174", "any", "wa", 0)]


def test_a_number_is_kept_and_its_end_is_told(owner: SimOwner) -> None:
    kept = take(excluded_prefixes=["475944"])
    for _ in range(2):
        partners.finish_use(CARRIER, activation_id=kept.activation_id, end=End.SOLD, now=NOW)

    assert (kept.number.e164, kept.activation_id) == ("+4759450201", 1)
    assert owner.ended == {1: 3}
    assert owner.asked[0] == {
        "action": "GET_NUMBER",
        "key": owner.key,
        "country": 174,
        "operator": "any",
        "service": "tg",
        "sum": 0.25,
        "currency": 978,
        "exceptionPhoneSet": ["475944"],
    }


def test_a_partner_without_numbers_has_none(owner: SimOwner) -> None:
    owner.free.clear()

    assert take() is None


def test_each_question_passes_the_gate(owner: SimOwner) -> None:
    partners.ask_services(CARRIER, now=NOW)
    take()
    partners.finish_use(CARRIER, activation_id=1, end=End.RETURNED, now=NOW)

    assert [(row.recipient, row.purpose, sorted(row.fields)) for row in passages(0)] == [
        ("partner", "end-of-use", ["activation", "end"]),
        (
            "partner",
            "number",
            ["country", "currency", "excluded", "operator", "price", "service"],
        ),
        ("partner", "stock", []),
    ]


OTHER_STOCK = b'{"status":"SUCCESS","countryList":[{"country":1,"operatorMap":{"any":{"tg":"x"}}}]}'
COMMANDS_FOR_A_TERMINAL = OTHER_STOCK.replace(b'"tg":"x"', b'"\\u001b]0;tg":1')
BROKEN: list[tuple[int, bytes | None]] = [
    (500, None),
    (302, None),
    (200, b""),
    (200, b"<html>"),
    (200, b"[]"),
    (200, b"[" * 60_000),
    (200, b'{"status":"ERROR","error":"BAD_KEY"}'),
    (200, b'{"status":"SUCCESS"}'),
    (200, b'{"status":"SUCCESS","countryList":[1],"number":"x","activationId":1}'),
    (200, OTHER_STOCK),
    (200, COMMANDS_FOR_A_TERMINAL),
    (200, b" " * 6_000_000),
]


@pytest.mark.parametrize(("status", "body"), BROKEN)
def test_an_answer_that_is_none_is_a_partner_who_is_away(
    owner: SimOwner, status: int, body: bytes | None
) -> None:
    owner.status, owner.says_instead = status, body

    with pytest.raises(Unavailable) as away:
        partners.ask_services(CARRIER, now=NOW)
    with pytest.raises(Unavailable) as unknown:
        take()

    assert away.value.retry_after_s is not None
    assert unknown.value.retry_after_s is None
    assert [said["action"] for said in owner.asked] == ["GET_SERVICES", "GET_NUMBER"]


def test_a_number_is_asked_for_once_when_the_answer_stays_away(
    owner: SimOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpx

    monkeypatch.setattr(adapter, "_LIMITS", httpx.Timeout(0.2))
    owner.waits_s = 0.6

    with pytest.raises(Unavailable) as unknown:
        take()

    assert unknown.value.retry_after_s is None
    assert len(owner.asked) == 1


def test_an_answer_that_drips_is_left_to_itself(
    owner: SimOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "ANSWER_LIMIT_S", 0.3)
    owner.says_instead, owner.drips_s = b" " * 100, 0.1

    began_at = time.monotonic()
    with pytest.raises(Unavailable):
        partners.ask_services(CARRIER, now=NOW)

    assert time.monotonic() - began_at < 5


@pytest.mark.usefixtures("db")
def test_a_partner_without_a_server_is_not_asked() -> None:
    partners.add_partner(CARRIER, loopback=True, actor="staff:0", now=NOW)

    with pytest.raises(NoSuchPartner):
        partners.ask_services(CARRIER, now=NOW)
    with pytest.raises(NoSuchPartner):
        partners.ask_services("nobody", now=NOW)


@pytest.mark.usefixtures("db")
def test_nothing_else_leaves_for_a_partner() -> None:
    from nummer.apps.outbound.actions import clear

    with pytest.raises(NotCleared):
        clear("partner", "number", {"email": "x"}, account_id=None, now=NOW)
