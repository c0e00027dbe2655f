"""A program that follows its SMS while they arrive, and commits overtake one another."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction

from nummer.apps.leases.ports import install_suppliers
from nummer.apps.messaging import queries as messaging
from nummer.apps.webhooks import following
from nummer.faces.api import reading
from nummer.kernel.limits import CallLimit
from nummer.kernel.phone import PhoneNumber
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from tests import builders
from tests.dialects.conftest import Program
from tests.dialects.own import call, told

pytestmark = pytest.mark.django_db(transaction=True)

BEGINNING = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def number(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PhoneNumber]:
    monkeypatch.setattr(reading, "PROGRAMS", CallLimit(per_s=10_000, burst=10_000))
    # Here an id is never made before its transaction begins, and the test need not wait.
    monkeypatch.setattr(following, "MADE_BEFORE_MS", 0)
    builders.rentals(["+4759441001"])
    builders.top_up(program.account_id, "50.00")
    install_suppliers([SandboxNumbers(tmp_path / "numbers")])
    yield builders.rented(program.account_id).number
    install_suppliers([])


def followed(program: Program, after: str, *, limit: int = 7) -> tuple[list[str], str]:
    status, page = told(call(program, "GET", "sms", after=after, limit=limit))
    assert status == 200
    return [sms["text"] for sms in page["sms"]], page["next_after"]


def test_a_later_message_waits_for_an_earlier_one_that_is_not_there_yet(
    program: Program, number: PhoneNumber
) -> None:
    began, commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            builders.deliver(number, "earlier", sender="A")
            began.set()
            commit.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    began.wait(20)
    builders.deliver(number, "later", sender="B")
    time.sleep(0.01)

    before, cursor = followed(program, BEGINNING)
    commit.set()
    thread.join()
    after, cursor = followed(program, cursor)

    assert before == []
    assert after == ["earlier", "later"]
    assert followed(program, cursor)[0] == []


def test_a_follower_misses_nothing_and_gets_nothing_twice(
    program: Program, number: PhoneNumber
) -> None:
    failed: list[BaseException] = []

    def write(name: str) -> None:
        try:
            chance = random.Random(name)
            for place in range(12):
                with transaction.atomic():
                    builders.deliver(number, f"{name}{place}", sender=name)
                    time.sleep(chance.random() * 0.03)
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(name,)) for name in "ABCD"]
    for writer in writers:
        writer.start()
    heard: list[str] = []
    cursor = BEGINNING
    until = time.monotonic() + 60
    while len(heard) < 48 and time.monotonic() < until:
        texts, cursor = followed(program, cursor)
        heard += texts
    for writer in writers:
        writer.join()
    heard += followed(program, cursor)[0]

    assert not failed
    assert sorted(heard) == sorted(f"{name}{place}" for name in "ABCD" for place in range(12))
    stored = [row.body for row in messaging.sms_of(program.account_id, limit=100)]
    assert heard == stored[::-1]


def test_a_walk_back_gets_what_was_there_once_while_more_arrives(
    program: Program, number: PhoneNumber
) -> None:
    for place in range(10):
        builders.deliver(number, f"old{place}", sender="A")
    heard: list[str] = []
    query: dict[str, object] = {"limit": 3}
    while True:
        _, page = told(call(program, "GET", "sms", **query))
        heard += [sms["text"] for sms in page["sms"]]
        builders.deliver(number, f"new{len(heard)}", sender="B")
        if page["next_before"] is None:
            break
        query = {"limit": 3, "before": page["next_before"]}

    assert heard == [f"old{place}" for place in reversed(range(10))]


def test_a_cursor_that_is_none_is_refused(program: Program, number: PhoneNumber) -> None:
    for name in ("before", "after"):
        status, refused = told(call(program, "GET", "sms", **{name: "yesterday"}))
        assert (status, refused["data"]) == (400, {"field": name})
    both = {"before": BEGINNING, "after": BEGINNING}
    assert told(call(program, "GET", "sms", **both))[0] == 400
    assert UUID(BEGINNING).version == 7
