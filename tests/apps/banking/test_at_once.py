"""Many at once, and killed in the middle: each entry once, whoever comes first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from nummer.apps.banking import actions, queries
from nummer.apps.banking.models import Deed, Entry, EntryState, Reason, Statement, Why
from nummer.apps.ledger import queries as wallets
from nummer.apps.notify.models import Letter
from nummer.config.env import environment
from nummer.kernel.errors import Refusal
from tests import builders
from tests.apps.banking.conftest import NOW, STAFF, take, wish
from tests.apps.banking.paper import Paper, file_of, statement
from tests.apps.payments.test_racing import at_once
from tests.invariants.proofs import breaches

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def account_id() -> int:
    builders.shop()
    return builders.customer(balance="0.00")


def total(account_id: int) -> str:
    return wallets.balance(account_id).total.decimal_text()


def test_one_statement_read_by_eight_at_once_is_credited_once(account_id: int) -> None:
    words = [wish(account_id, f"{amount}.00")[1] for amount in (1, 2, 3, 4, 5)]
    papers = [Paper(f"{at}.00", word) for at, word in enumerate(words, start=1)]
    text = statement(*papers, Paper("9.00"))

    def read() -> actions.Taken:
        return actions.import_statements(file_of(text), actor=STAFF, now=NOW)

    answers = at_once(8, [read] * 8)

    assert all(isinstance(answer, actions.Taken) for answer in answers)
    taken = [answer for answer in answers if isinstance(answer, actions.Taken)]
    assert sum(answer.credited for answer in taken) == 5
    assert sum(answer.suspense for answer in taken) == 1
    assert total(account_id) == "15.00"
    assert (Entry.objects.count(), Statement.objects.count()) == (6, 1)
    assert Letter.objects.filter(letter="top-up-received").count() == 5
    assert breaches() == []


def test_one_reference_in_eight_statements_at_once_is_credited_once(account_id: int) -> None:
    _, word = wish(account_id)
    texts = [statement(Paper("20.00", word), number=f"N{at}") for at in range(8)]

    at_once(
        8,
        [
            lambda text=text: actions.import_statements(file_of(text), actor=STAFF, now=NOW)
            for text in texts
        ],
    )

    assert total(account_id) == "20.00"
    assert [row.reason for row in queries.suspense()] == [Reason.PAID_BEFORE] * 7
    assert breaches() == []


def test_eight_who_decide_on_one_entry_decide_once(account_id: int) -> None:
    take(Paper("19.50"))
    (row,) = queries.suspense()

    def give(at: int) -> bool:
        return actions.decide(
            row.id,
            deed=Deed.GIVE,
            why=Why.PROVEN,
            account_id=account_id,
            actor=f"staff:{at}",
            now=NOW,
        )

    answers = at_once(8, [lambda at=at: give(at) for at in range(8)])

    assert sum(answer is True for answer in answers) == 1
    assert sum(isinstance(answer, Refusal) for answer in answers) == 7
    assert total(account_id) == "19.50"
    assert breaches() == []


@pytest.mark.parametrize("stage", ["credited", "between"])
def test_killed_in_the_middle_it_goes_on_where_it_was(
    account_id: int, tmp_path: Path, stage: str
) -> None:
    words = [wish(account_id, f"{amount}.00")[1] for amount in (1, 2, 3)]
    file = tmp_path / "statement.xml"
    file.write_bytes(
        statement(*(Paper(f"{at}.00", word) for at, word in enumerate(words, start=1)))
    )
    mark = tmp_path / "mark"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.apps.banking.child", str(file), str(mark), stage],
        cwd=ROOT,
        env={
            **os.environ,
            "NUMMER_HOME": str(environment().home),
            "DJANGO_SETTINGS_MODULE": "nummer.config.settings",
            "TEST_DATABASE": connection.settings_dict["NAME"],
        },
    )
    try:
        until = time.monotonic() + 90
        while not mark.exists() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert mark.exists(), "it has come to the place"
        assert child.poll() is None
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    before = Entry.objects.filter(state=EntryState.CREDITED).count()
    assert before == (1 if stage == "credited" else 2)
    assert Statement.objects.get().finished_at is None

    with file.open("rb") as again:
        taken = actions.import_statements(again, actor=STAFF, now=NOW)

    assert (taken.known, taken.credited) == (before, 3 - before)
    assert total(account_id) == "6.00"
    assert Statement.objects.get().finished_at == NOW
    assert breaches() == []
