"""What several write at the same moment: nothing twice where once is meant, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from nummer.apps.incidents import queries
from nummer.apps.incidents.actions import blocks, keys, scopes
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.incidents.actions.notices import Signed, sign, take_notice
from nummer.apps.incidents.errors import NoticeReplayed
from nummer.apps.incidents.models import BalanceBlock, CarrierNotice, Fact
from nummer.apps.refunds.life import Held, happened
from nummer.apps.standing.models import Suspension
from nummer.kernel.ids import new_id
from nummer.policy.refund import decide_plain
from tests import builders
from tests.builders import NOW
from tests.invariants.test_races import Racers

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 8


def together(call: Callable[[int], object]) -> list[object]:
    """Let each of several threads do it at the same moment; return answers and refusals."""
    with Racers(SIZE) as racers:
        return racers.run([lambda n=n: call(n) for n in range(SIZE)])  # type: ignore[misc]


def june(day: int, hour: int = 12) -> datetime:
    return datetime.fromisoformat(f"2026-06-{day:02}T{hour:02}:00:00+02:00")


@pytest.mark.clause("RP-B1")
def test_agents_who_log_the_same_outage_give_its_days_once() -> None:
    account_id, subject = 1_000_000_001, Subject(SubjectKind.RENTAL, new_id())

    def log(agent: int) -> object:
        told = Told(Source.PHONE, f"staff:{agent + 1}", june(10))
        return record(account_id, subject=subject, kind=Kind.PROBLEM, told=told, now=june(10, 13))

    together(log)
    works = Told(Source.STAFF, "staff:1", june(12))
    record(account_id, subject=subject, kind=Kind.WORKS, word="other", told=works, now=june(12, 13))

    assert Fact.objects.filter(kind="problem").count() == SIZE
    start, until = june(1, 10), june(1, 10) + timedelta(days=30)
    rows = queries.known(
        account_id, subject_id=subject.id, place=None, since=start, until=until, now=until
    )
    facts = {
        "now": until.isoformat(),
        "order": {
            "kind": "rental",
            "price": "30.00",
            "period_start": start.isoformat(),
            "period_end": until.isoformat(),
        },
        **happened(rows, held=Held(start, until), now=until),
    }
    assert len(facts["outages"]) == SIZE  # type: ignore[arg-type]
    decided = decide_plain(facts, None)
    assert (decided["decision"], decided["clauses"], decided["amount"]) == (
        "CREDIT",
        ["RP-B1"],
        "2.00",
    )


def test_a_carrier_is_never_given_more_keys_than_it_may_sign_with() -> None:
    together(lambda _: keys.add_key("telco", actor="staff:1", now=NOW))

    assert len(keys.listed_keys()) == len(keys.secrets_of("telco")) == keys.KEYS_MAX


def test_clicks_at_once_are_one_contact() -> None:
    builders.shop()
    builders.numbers(["+4759440001"])
    account_id = builders.customer()
    placed = builders.order(account_id)
    row = scopes.publish(scopes.Scope(country="NO"), began_at=NOW, actor="staff:1", now=NOW)
    link = scopes.affected_link(row.id, account_id=account_id, order_id=placed.order_id)

    told = together(lambda _n: scopes.say_affected(row.id, link=link, now=NOW))

    assert len(set(map(repr, told))) == 1
    assert Fact.objects.count() == 1


def test_notice_that_comes_many_times_at_once_is_taken_once() -> None:
    secret = keys.add_key("sandbox", actor="system:test", now=NOW).secret.encode()
    body = json.dumps({"event": "repair", "happened_at": NOW.isoformat()}).encode()
    nonce, timestamp = "n" * 16, str(int(NOW.timestamp()))
    signature = sign(secret, timestamp=timestamp, nonce=nonce, body=body)
    signed = Signed("sandbox", timestamp, nonce, signature, body)

    told = together(lambda _n: take_notice(signed, received_at=NOW, now=NOW))

    assert sum(isinstance(each, NoticeReplayed) for each in told) == SIZE - 1
    assert CarrierNotice.objects.count() == 1


def test_persons_who_approve_at_once_make_one_block() -> None:
    builders.shop()
    account_id = builders.customer()
    row = blocks.propose_block(
        account_id, reference="R-1", authority="P", actor="staff:99", now=NOW
    )

    together(
        lambda n: blocks.approve_block(account_id, block_id=row.id, actor=f"staff:{n}", now=NOW)
    )

    assert BalanceBlock.objects.count() == 1
    assert Suspension.objects.filter(account_id=account_id).count() == 1
