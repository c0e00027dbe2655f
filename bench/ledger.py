"""The ledger's verbs beside pgbench's TPC-B, all driven by pgbench on one durable cluster.

A verb is one call by which pgbench's client moves money, as a process of ours would. The ids come
from client and counter; making a uuid of them costs the server a little more, which counts
against us.

The same verbs also run on a second server whose journal is a hundred times as long. Both are
measured in turns in one run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bench.cluster import Cluster, Load, durable_cluster, load_of, machine
from bench.harness import (
    Bar,
    Measure,
    Report,
    Workload,
    in_turns,
    progress,
    require_count,
)

CLIENTS: Final = 16
SCALE: Final = 20  # TPC-B's branches: more than clients, or they wait for one another
WALLETS: Final = 100_000
GROWN: Final = 100  # journal rows of each wallet on the second server; the first begins with one
BATCH: Final = 50
YARDSTICK: Final = "pgbench TPC-B"

BARS: Final = (
    Bar("post", YARDSTICK, must=1.5, aim=2),
    Bar("authorise + settle", YARDSTICK, must=0.5, aim=1),
    Bar("post, one operator account", "post", must=0.6, aim=0.9),
    Bar("post_many", "post", must=3, aim=10),
)
GROWTH_MUST: Final = 1.3
GROWTH_AIM: Final = 1.0

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
    """One workload: what pgbench runs, and how many rows of the journal each of it writes."""

    text: str
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

SMALL_AND_GROWN: Final = ("post", "authorise + settle", "post_many")

HOW: Final = (
    f"{CLIENTS} clients of pgbench with prepared statements drive both sides. TPC-B has scale "
    f"{SCALE} ({SCALE * 100_000:,} accounts), the ledger {WALLETS:,} wallets; both fit in memory. "
    "A posting has one leg; a pair of authorise and settle is two transactions and counts once; "
    f"post_many takes {BATCH} postings in one transaction and counts {BATCH}. "
    f"{GROWN} x rows is a second server of the same settings, whose journal begins with "
    f"{GROWN * WALLETS:,} rows of these wallets instead of {WALLETS:,}, in order of time, every "
    "tenth a captured hold; its tables and indexes are larger than shared_buffers. Each of its "
    "wallets was written to once since the last checkpoint, which is how it is half a minute into "
    "the thirty between two; until then PostgreSQL logs whole pages. A ratio of growth says how "
    "many times slower the grown one is."
)


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it: `rounds` rounds of `seconds` for each workload. Raises CountError."""
    with durable_cluster() as cluster, durable_cluster() as grown:
        facts = machine(cluster)
        _fill(grown)
        _grow(grown)
        cluster.pgbench(["--initialize", "--quiet", f"--scale={SCALE}"])
        _fill(cluster)
        workloads: dict[str, Workload] = {YARDSTICK: _Tpcb(cluster, seconds)}
        for place, (name, script) in enumerate(SCRIPTS.items()):
            workloads[name] = _Verb(cluster, seconds, name=name, script=script, place=place)
            if name in SMALL_AND_GROWN:
                again = _grown(name)
                workloads[again] = _Verb(grown, seconds, name=again, script=script, place=place)
        _checkpoint(cluster)
        reached = in_turns(workloads, rounds=rounds)
    return Report(
        name="ledger",
        title="Ledger",
        measures={
            name: Measure(unit=_unit(name), rounds=values) for name, values in reached.items()
        },
        yardstick=YARDSTICK,
        bars=[
            *BARS,
            *(
                Bar(name, _grown(name), must=GROWTH_MUST, aim=GROWTH_AIM, smaller=True)
                for name in SMALL_AND_GROWN
            ),
        ],
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def _grown(name: str) -> str:
    return f"{name}, {GROWN} x rows"


def _unit(name: str) -> str:
    if name == YARDSTICK:
        return "transactions/s"
    return "pairs/s" if name.startswith("authorise") else "postings/s"


def _fill(cluster: Cluster) -> None:
    """Make wallets with money in them."""
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


# What the verbs would have written, oldest first; the indexes grow as they do in service.
_LINE: Final = f"""
INSERT INTO ledger.transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                             balance_after, promo_after, held_after, earmarked_after, reference,
                             booked_at)
SELECT account, line_id, 0, %(line)s, %(kind)s, 1, 1, 'EUR', -1000, 0,
       1000000000000 - (%(line)s - 1) * 1000::bigint, 0, 0, 0, line_id, {_NOW}
  FROM generate_series(1, {WALLETS}) AS account,
       LATERAL (SELECT {_UUID.format(number="%(line)s * 1000000::bigint + account")})
         AS made (line_id)
"""  # noqa: S608 -- our own words
_HOLDS: Final = f"""
INSERT INTO ledger.hold (account_id, id, kind, reference, asked, amount, captured, state,
                         opened_at, expires_at, closed_at)
SELECT account_id, id, kind, id, 2000, 2000, 1000, 'captured', {_NOW}, {_NOW}, {_NOW}
  FROM ledger.transfer WHERE kind = 9;
UPDATE ledger.wallet SET balance = balance - {GROWN - 1} * 1000, last_line = {GROWN};
"""  # noqa: S608 -- our own words


def _grow(cluster: Cluster) -> None:
    """Give the wallets a long history."""
    progress(f"writing {GROWN * WALLETS:,} rows")
    with cluster.connect() as link:
        for line in range(2, GROWN):
            link.execute(_LINE, {"line": line, "kind": 2 if line % 10 else 9})
        link.execute(_HOLDS)
        link.execute("VACUUM ANALYZE ledger.wallet, ledger.transfer, ledger.hold")
        link.execute(f"SELECT ledger.rollup({_NOW})")
        _checkpoint(cluster)
        link.execute(_LINE, {"line": GROWN, "kind": 2})
    rows = cluster.count("ledger.transfer")
    require_count("the grown journal", said=GROWN * WALLETS, found=rows)


def _checkpoint(cluster: Cluster) -> None:
    """Have everything written. The owner may not ask for it, but dropping a database does."""
    with cluster.connect() as link:
        link.execute("CREATE DATABASE passing")
        link.execute("DROP DATABASE passing")


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
        before = _next_transaction(self.cluster)
        words = ["--no-vacuum", f"--file={path}", f"--define=run={go}", "--define=n=0"]
        load = _drive(self.cluster, self.seconds, words, as_application=True)
        found = self.cluster.count(f"ledger.transfer WHERE tx >= {before}")
        require_count(self.name, said=load.transactions * self.script.rows, found=found)
        return load.per_s * self.script.rows


def _next_transaction(cluster: Cluster) -> int:
    """Return a transaction id that none has yet: what is booked from now on is at or above it.

    Counting from there spares the grown journal a walk through all of it before each round.
    """
    with cluster.connect() as link:
        found = link.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text").fetchone()
    assert found is not None, "there is always a next transaction"
    return int(found[0])


def _drive(
    cluster: Cluster, seconds: int, words: list[str], *, as_application: bool = False
) -> Load:
    usual = [f"--client={CLIENTS}", "--jobs=2", "--protocol=prepared", f"--time={seconds}"]
    return load_of(cluster.pgbench([*usual, *words], as_application=as_application))
