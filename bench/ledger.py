"""The ledger's verbs beside pgbench's TPC-B, all driven by pgbench on one durable cluster.

A verb is one call by which pgbench's client moves money, as a process of ours would. The ids come
from client and counter; making a uuid of them costs the server a little more, which counts
against us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bench.cluster import Cluster, Load, durable_cluster, load_of, machine
from bench.harness import Bar, Measure, Report, Workload, in_turns, require_count

CLIENTS: Final = 16
SCALE: Final = 20  # TPC-B's branches: more than clients, or they wait for one another
WALLETS: Final = 100_000
BATCH: Final = 50
YARDSTICK: Final = "pgbench TPC-B"

BARS: Final = (
    Bar("post", YARDSTICK, must=1.5, aim=2),
    Bar("authorise + settle", YARDSTICK, must=0.5, aim=1),
    Bar("post, one operator account", "post", must=0.6, aim=0.9),
    Bar("post_many", "post", must=3, aim=10),
)

_NOW: Final = "'2026-01-01 00:00:00+00'"
_UUID: Final = "lpad(({number})::text, 32, '0')::uuid"
_HEAD: Final = rf"""
\set n :n + 1
\set id (:run * 100 + :client_id) * 1000000000000 + :n * 100
\set account random(1, {WALLETS})
"""
_ID: Final = _UUID.format(number=":id")
_POST: Final = f"""
SELECT 1 / (outcome = 'done')::int FROM ledger.post(:account, {_ID}, 2::smallint, 'EUR',
  ARRAY[:book]::smallint[], ARRAY[-1000]::bigint[], 1::smallint, {_ID}, NULL, NULL, {_NOW});
"""  # noqa: S608 -- our own words


@dataclass(frozen=True, slots=True)
class Script:
    """One workload: what pgbench runs, and the table that grows by `rows` for each of it."""

    text: str
    table: str = "ledger.transfer"
    rows: int = 1


SCRIPTS: Final[Mapping[str, Script]] = {
    "post": Script(rf"{_HEAD}\set book random(1, 7){_POST}"),
    "post, one operator account": Script(rf"{_HEAD}\set book 1{_POST}"),
    "authorise + settle": Script(
        f"""{_HEAD}
SELECT 1 / (outcome = 'done')::int FROM ledger.authorise(:account, {_ID}, 9::smallint, 'EUR',
  2000, {_ID}, NULL, '2026-01-02 00:00:00+00', {_NOW});
SELECT 1 / (outcome = 'done')::int FROM ledger.settle(:account, {_ID}, 'EUR',
  ARRAY[1]::smallint[], ARRAY[-1000]::bigint[], NULL, {_NOW});
"""  # noqa: S608 -- our own words
    ),
    "post_many": Script(
        f"""{_HEAD}
SELECT 1 / (count(*) = {BATCH})::int
  FROM (SELECT array_agg((:account::bigint + i * 7919) % {WALLETS} + 1) AS accounts,
               array_agg({_UUID.format(number=":id::bigint + i")}) AS ids,
               array_agg(i) AS places
          FROM generate_series(1, {BATCH}) AS i) AS batch,
       LATERAL ledger.post_many(accounts, ids, array_fill(2::smallint, ARRAY[{BATCH}]),
         array_fill('EUR'::text, ARRAY[{BATCH}]), array_fill(1::smallint, ARRAY[{BATCH}]), ids,
         array_fill(NULL::text, ARRAY[{BATCH}]), places,
         array_fill(1::smallint, ARRAY[{BATCH}]), array_fill(-1000::bigint, ARRAY[{BATCH}]),
         {_NOW}) AS answer
 WHERE answer.outcome = 'done';
""",  # noqa: S608 -- our own words
        rows=BATCH,
    ),
}

HOW: Final = (
    f"{CLIENTS} clients of pgbench with prepared statements drive both sides. TPC-B has scale "
    f"{SCALE} ({SCALE * 100_000:,} accounts), the ledger {WALLETS:,} wallets; both fit in memory. "
    "A posting has one leg; a pair of authorise and settle is two transactions and counts once; "
    f"post_many takes {BATCH} postings in one transaction and counts {BATCH}."
)


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it: `rounds` rounds of `seconds` for each workload. Raises CountError."""
    with durable_cluster() as cluster:
        facts = machine(cluster)
        _fill(cluster)
        workloads: dict[str, Workload] = {YARDSTICK: _Tpcb(cluster, seconds)}
        for place, (name, script) in enumerate(SCRIPTS.items()):
            workloads[name] = _Verb(cluster, seconds, name=name, script=script, place=place)
        reached = in_turns(workloads, rounds=rounds)
    units = {YARDSTICK: "transactions/s", "authorise + settle": "pairs/s"}
    return Report(
        name="ledger",
        title="Ledger",
        measures={
            name: Measure(unit=units.get(name, "postings/s"), rounds=values)
            for name, values in reached.items()
        },
        yardstick=YARDSTICK,
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def _fill(cluster: Cluster) -> None:
    """Make TPC-B's tables and wallets with money in them."""
    cluster.pgbench(["--initialize", "--quiet", f"--scale={SCALE}"])
    with cluster.connect() as link:
        link.execute(
            f"SELECT count(ledger.open_wallet(a, 'EUR', {_NOW}))"  # noqa: S608 -- our own words
            f" FROM generate_series(1, {WALLETS}) AS a"
        )
        topped = link.execute(
            "SELECT count(*) FILTER (WHERE (ledger.post("  # noqa: S608 -- our own words
            f"a, {_UUID.format(number='a')}, 1::smallint, 'EUR', ARRAY[3]::smallint[],"
            f" ARRAY[1000000000000], 1::smallint, {_UUID.format(number='a')}, NULL, NULL, {_NOW})"
            f").outcome = 'done') FROM generate_series(1, {WALLETS}) AS a"
        ).fetchone()
        assert topped == (WALLETS,), "every wallet has money"
        link.execute("VACUUM ANALYZE ledger.wallet, ledger.transfer")


@dataclass(frozen=True, slots=True)
class _Tpcb:
    cluster: Cluster
    seconds: int

    def __call__(self, number: int) -> float:
        del number
        before = self.cluster.count("pgbench_history")
        load = _drive(self.cluster, self.seconds, ["--no-vacuum", "--builtin=tpcb-like"])
        found = self.cluster.count("pgbench_history") - before
        require_count(YARDSTICK, said=load.transactions, found=found)
        return load.per_s


@dataclass(frozen=True, slots=True)
class _Verb:
    cluster: Cluster
    seconds: int
    name: str
    script: Script
    place: int

    def __call__(self, number: int) -> float:
        path = self.cluster.folder / f"script-{self.place}.sql"
        path.write_text(self.script.text)
        go = 1 + number * len(SCRIPTS) + self.place  # no id comes twice in a run
        before = self.cluster.count(self.script.table)
        words = ["--no-vacuum", f"--file={path}", f"--define=run={go}", "--define=n=0"]
        load = _drive(self.cluster, self.seconds, words, as_application=True)
        found = self.cluster.count(self.script.table) - before
        require_count(self.name, said=load.transactions * self.script.rows, found=found)
        return load.per_s * self.script.rows


def _drive(
    cluster: Cluster, seconds: int, words: list[str], *, as_application: bool = False
) -> Load:
    usual = [f"--client={CLIENTS}", "--jobs=2", "--protocol=prepared", f"--time={seconds}"]
    return load_of(cluster.pgbench([*usual, *words], as_application=as_application))
