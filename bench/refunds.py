"""Decisions on refunds from facts, in memory and from stored records, beside reading their JSON.

`python -m bench.refunds --records 1000000 --url postgresql://…` only fills the table of
decisions of an installation whose documents are published, to try a replay on it by hand.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import psycopg
import yaml

from bench.cluster import Cluster, durable_cluster, machine
from bench.harness import Bar, Measure, Report, Workload, in_turns, progress, require_count
from nummer.policy.refund import decide, decision_plain, facts_json, request_json
from nummer.policy.refund.form import Read, read

SECONDS: Final = 3
RECORDS: Final = 20_000
YARDSTICK: Final = "json"
DECIDE, FROM_FACTS, REPLAY = "decide", "decide from facts", "replay"
BARS: Final = (
    Bar(FROM_FACTS, None, must=2_000, aim=10_000),
    Bar(REPLAY, None, must=1_000, aim=5_000),
)
SCENARIOS: Final = Path(__file__).resolve().parents[1] / "tests" / "policy" / "scenarios"
HOW: Final = (
    "The facts are those of our scenarios at the boundaries (tests/policy/scenarios) that can be "
    "read, in turn, in one process of Python. json reads their text and does nothing more; decide "
    "answers facts that are read already; decide from facts does all of it: text, reading and "
    "checking, decision, answer as plain data. replay is `nummer refunds replay` over "
    f"{RECORDS:,} stored decisions made of the same facts, on a durable server: read, hashed, "
    "computed anew and compared, progress kept every thousand, from the run's beginning to its end "
    "as its row tells them. Each must be counted, and none may differ."
)
_ROWS: Final = """
INSERT INTO refunds_decision (account_id, id, order_id, claim_key, decision, clauses, amount_micro,
                              currency, facts, facts_sha256, policy_version, calendar_version,
                              actor, surface, transfer_id, credited_micro, claim_id, request,
                              outcome, by_people, decided_at, notified_at)
SELECT n / 20 + 1, made.id, made.id, made.id::text, f.decision, f.clauses, f.amount_micro,
       f.currency, f.facts, f.facts_sha256,
       (SELECT version FROM agreements_published WHERE document = 'refund-policy' LIMIT 1),
       f.calendar_version, 'system:refunds', 'api', CASE WHEN f.credited_micro > 0 THEN made.id END,
       f.credited_micro, NULL, f.request, f.outcome, false,
       '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00'
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
  JOIN form f ON f.place = n %% %(forms)s,
       LATERAL (SELECT lpad(n::text, 32, '0')::uuid) AS made (id)
"""
_FORM: Final = """
CREATE TEMPORARY TABLE form (place bigint, decision text, clauses text[], amount_micro bigint,
                             currency text, facts jsonb, facts_sha256 text, calendar_version text,
                             credited_micro bigint, request jsonb, outcome jsonb)
"""
_STEP: Final = 100_000


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it: `rounds` rounds of `seconds` for what is in memory. Raises CountError."""
    cases = _cases()
    with durable_cluster() as cluster:
        facts = machine(cluster)
        _nummer(cluster, "documents", "publish")
        with cluster.connect() as link:
            fill(link, records=RECORDS)
        workloads: dict[str, Workload] = {
            YARDSTICK: _Steady(seconds, [case.text for case in cases], json.loads),
            DECIDE: _Steady(seconds, [case.given for case in cases], _decided),
            FROM_FACTS: _Steady(seconds, [case.text for case in cases], _answered),
            REPLAY: _Replay(cluster),
        }
        reached = in_turns(workloads, rounds=rounds)
    units = {YARDSTICK: "facts/s", REPLAY: "records/s"}
    return Report(
        name="refunds",
        title="Decisions on refunds",
        measures={
            name: Measure(unit=units.get(name, "decisions/s"), rounds=values)
            for name, values in reached.items()
        },
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def fill(link: psycopg.Connection[Any], *, records: int) -> None:
    """Write stored decisions of our scenarios' facts, twenty to an account, oldest first."""
    link.execute(_FORM)
    forms = [_form(case) for case in _cases()]
    with link.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO form VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(place, *form) for place, form in enumerate(forms)],
        )
    for first in range(0, records, _STEP):
        last = min(first + _STEP, records) - 1
        link.execute(_ROWS, {"first": first, "last": last, "forms": len(forms)})
        progress(f"{last + 1:,} decisions written")
    link.execute("VACUUM ANALYZE refunds_decision")


@dataclass(frozen=True, slots=True)
class _Case:
    given: Read
    text: str


def _cases() -> list[_Case]:
    """Return the scenarios that can be read, facts and request as the text of a record."""
    found = []
    for file in sorted(SCENARIOS.glob("*.yaml")):
        for scenario in yaml.safe_load(file.read_text(encoding="utf-8"))["scenarios"]:
            given = read(scenario["facts"], scenario.get("request"))
            if isinstance(given, Read):
                found.append(_Case(given, json.dumps(_stored(given))))
    return found


def _stored(given: Read) -> dict[str, object]:
    request = None if given.request is None else request_json(given.request)
    return {"facts": facts_json(given.facts), "request": request}


def _form(case: _Case) -> tuple[object, ...]:
    """Return what is the same in every record made of one case, as `refunds` would write it."""
    stored = json.loads(case.text)
    answer = decide(case.given.facts, case.given.request)
    facts = json.dumps(stored["facts"], sort_keys=True)
    outcome = {
        **decision_plain(answer),
        "considered": list(answer.considered),
        "ground": answer.ground,
    }
    return (
        answer.decision.value,
        list(answer.clauses),
        answer.amount.micro,
        answer.currency,
        facts,
        hashlib.sha256(facts.encode()).hexdigest(),
        answer.calendar_version,
        answer.credited.money(answer.currency).micro,
        None if stored["request"] is None else json.dumps(stored["request"]),
        json.dumps(outcome),
    )


def _decided(given: Read) -> object:
    return decide(given.facts, given.request)


def _answered(text: str) -> object:
    stored = json.loads(text)
    given = read(stored["facts"], stored["request"])
    assert isinstance(given, Read), "a record can be read"
    return decision_plain(decide(given.facts, given.request))


@dataclass(frozen=True, slots=True)
class _Steady:
    """Do one thing to each of many, again and again."""

    seconds: int
    things: Sequence[Any]
    do: Callable[[Any], object]

    def __call__(self, number: int) -> float:
        del number
        return _per_s(cycle(self.things), self.do, batch=len(self.things), seconds=self.seconds)


def _per_s(
    things: Iterator[Any], do: Callable[[Any], object], *, batch: int, seconds: int
) -> float:
    began = time.perf_counter()
    done = 0
    while (took := time.perf_counter() - began) < seconds:
        for _ in range(batch):
            do(next(things))
        done += batch
    return done / took


@dataclass(frozen=True, slots=True)
class _Replay:
    """The command on the records of a server; how long it took is in the row of its run."""

    cluster: Cluster

    def __call__(self, number: int) -> float:
        del number
        told = json.loads(_nummer(self.cluster, "refunds", "replay", "--json"))
        require_count("decisions computed anew", said=told["decisions"], found=RECORDS)
        require_count("decisions that differ", said=told["differing"], found=0)
        with self.cluster.connect() as link:
            found = link.execute(
                "SELECT extract(epoch FROM finished_at - created_at) FROM refunds_replayrun"
                " WHERE id = %s",
                [told["run"]],
            ).fetchone()
        assert found is not None, "the run has a row"
        return RECORDS / float(found[0])


def _nummer(cluster: Cluster, *words: str) -> str:
    """Run a command of ours on a server and return what it printed. Raises RuntimeError."""
    done = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-m", "nummer.config", *words],
        env={
            "NUMMER_HOME": str(cluster.home),
            "NUMMER_DATABASE_URL": cluster.url,
            "PATH": os.defpath,
        },
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    if not done.stdout:
        raise RuntimeError(f"{' '.join(words)} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def main() -> None:
    """Fill a database by hand."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--url", required=True)
    words = parser.parse_args()
    with psycopg.connect(words.url, autocommit=True) as link:
        fill(link, records=words.records)


if __name__ == "__main__":
    main()
