"""Networks break in every way: what was acknowledged is there once, as is what was bought."""

from __future__ import annotations

import json
import random
import socket
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import count

import pytest

from tests.long.customers import Customer, Purchase
from tests.long.laboratory import Laboratory, eventually
from tests.long.network import Proxy, Weather

pytestmark = pytest.mark.long
BACK_S_MAX = 40.0
_round = count(1)


@pytest.fixture(scope="module")
def between() -> Iterator[list[Proxy]]:
    made: list[Proxy] = []
    yield made
    for proxy in made:
        proxy.stop()


@pytest.fixture(scope="module")
def laboratory(
    tmp_path_factory: pytest.TempPathFactory, between: list[Proxy]
) -> Iterator[Laboratory]:
    def through(port: int) -> int:
        between.append(Proxy(port))
        return between[0].start()

    made = Laboratory(tmp_path_factory.mktemp("network"), seed=1, through=through)
    made.open()
    yield made
    made.close()


@pytest.fixture
def proxy(laboratory: Laboratory, between: list[Proxy]) -> Iterator[Proxy]:
    assert eventually(lambda: laboratory.carrier.bound, 30)
    yield between[0]
    between[0].weather, between[0].cut_after = Weather.FINE, None


def test_a_carrier_that_vanishes_without_a_word_comes_back(
    laboratory: Laboratory, proxy: Proxy
) -> None:
    with laboratory.load():
        assert laboratory.goes_on(), laboratory.installation.tail()
        sessions = laboratory.carrier.counts.sessions
        proxy.weather = Weather.SILENT
        time.sleep(8)  # longer than the gateway and the carrier wait for an answer
        proxy.weather = Weather.FINE
        assert eventually(lambda: laboratory.carrier.counts.sessions > sessions, BACK_S_MAX)
        assert laboratory.goes_on(), laboratory.installation.tail()
    laboratory.agree()


def test_a_slow_line_loses_nothing(laboratory: Laboratory, proxy: Proxy) -> None:
    with laboratory.load():
        assert laboratory.goes_on()
        proxy.weather = Weather.TRICKLE
        assert laboratory.goes_on(messages=20), laboratory.installation.tail()
        proxy.weather = Weather.FINE
    laboratory.agree()


def test_a_line_cut_in_the_middle_of_a_pdu_loses_nothing(
    laboratory: Laboratory, proxy: Proxy
) -> None:
    pick = random.Random(7)
    with laboratory.load():
        for _ in range(5):
            cuts = proxy.cuts
            assert laboratory.goes_on(messages=3, purchases=2), laboratory.installation.tail()
            proxy.cut_after = pick.randrange(50, 400)
            assert eventually(lambda cuts=cuts: proxy.cuts > cuts, BACK_S_MAX)  # type: ignore[misc]
        assert laboratory.goes_on(), laboratory.installation.tail()
    laboratory.agree()


def test_messages_whose_acknowledgement_was_lost_are_stored_once(
    laboratory: Laboratory, proxy: Proxy
) -> None:
    with laboratory.load():
        assert laboratory.goes_on()
        lost = proxy.lost_octets
        proxy.weather = Weather.ONE_WAY
        assert eventually(lambda: proxy.lost_octets > lost + 100, BACK_S_MAX), "nothing was lost"
        time.sleep(0.5)
        repeated = laboratory.carrier.counts.repeated
        proxy.reset()
        proxy.weather = Weather.FINE
        assert eventually(lambda: laboratory.carrier.counts.repeated > repeated, BACK_S_MAX)
        assert laboratory.goes_on(), laboratory.installation.tail()
    laboratory.agree()


@pytest.fixture
def customer(laboratory: Laboratory) -> Iterator[Customer]:
    made = Customer(laboratory.installation, name=f"network{next(_round)}", balance="20.00")
    laboratory.guests.append(made)
    yield made
    made.programs.close()


@pytest.fixture
def line(laboratory: Laboratory) -> Iterator[Proxy]:
    made = Proxy(laboratory.installation.port)
    made.start()
    yield made
    made.stop()


def _order(key: str, customer: Customer) -> bytes:
    body = json.dumps({"service": "ot", "country": "GB"}).encode()
    head = (
        "POST /api/v1/orders HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {customer.programs.key}\r\nIdempotency-Key: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _read_all(program: socket.socket) -> None:
    while program.recv(4096):
        pass


def _buy_again(customer: Customer, key: str) -> Purchase:
    wish = {"service": "ot", "country": "GB"}
    status, read = customer.programs.api("POST", "orders", body=wish, key=key)
    assert status in (200, 201), read
    return Purchase(read["id"], read["number"], Decimal(read["total"]))


def test_a_purchase_whose_answer_was_cut_is_bought_once(customer: Customer, line: Proxy) -> None:
    for octets in (0, 1, 40, 200):
        before = customer.balance()
        line.cut_after = max(1, octets)
        key = f"cut-{octets}"
        with socket.create_connection(("127.0.0.1", line.port), 20) as program:
            program.sendall(_order(key, customer))
            with pytest.raises(ConnectionResetError):
                _read_all(program)
        first, second = _buy_again(customer, key), _buy_again(customer, key)
        assert first == second
        assert customer.balance() == before - first.total


def test_a_purchase_that_did_not_arrive_whole_buys_nothing(customer: Customer, line: Proxy) -> None:
    before = customer.balance()
    whole = _order("half", customer)
    for length in (10, 120, len(whole) - 1):
        with socket.create_connection(("127.0.0.1", line.port), 20) as program:
            program.sendall(whole[:length])
            time.sleep(0.2)
            line.reset()
            time.sleep(0.1)
    assert customer.orders() == {}
    assert customer.balance() == before


def test_a_slow_program_buys_once(customer: Customer, line: Proxy) -> None:
    line.weather = Weather.TRICKLE
    with socket.create_connection(("127.0.0.1", line.port), 30) as program:
        program.sendall(_order("slow", customer))
        with program.makefile("rb") as answer:
            assert answer.read(12) == b"HTTP/1.1 201"
    assert len(customer.orders()) == 1


def test_programs_that_vanish_hold_nobody_up(customer: Customer, line: Proxy) -> None:
    programs = [socket.create_connection(("127.0.0.1", line.port), 20) for _ in range(50)]
    for number, program in enumerate(programs):
        program.sendall(_order(f"gone-{number}", customer)[: 30 + number * 4])
    line.weather = Weather.SILENT
    began = time.monotonic()
    bought = _buy_again(customer, "beside")
    assert time.monotonic() - began < 5
    assert customer.orders().keys() == {bought.id}
    for program in programs:
        program.close()
    line.weather = Weather.FINE
