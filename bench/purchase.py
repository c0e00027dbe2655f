"""A purchase through the sms-activate dialect over HTTP beside pgbench with the same SQL.

`python -m bench.purchase --rounds 2 --seconds 3` runs without growth and writes no result.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from bench import market, programs
from bench.cluster import Cluster, Load, durable_cluster, load_of, machine
from bench.harness import (
    Bar,
    CountError,
    Measure,
    Report,
    Workload,
    in_turns,
    progress,
    require_count,
)
from bench.market import COUNTRY, CUSTOMERS, FIRST, PAST, SERVICES, account_of, key_of
from bench.web import Web

CLIENTS: Final = 16
AT_ONCE: Final = 32
TIMES: Final = 100
MET: Final = 10  # times that every customer has bought before the first round, in all processes
NORWAY: Final = 174  # in the numbers of the sms-activate family
PURCHASE, POLL = "purchase", "poll"
YARDSTICK: Final = "pgbench, the purchase's SQL"
POLL_YARDSTICK: Final = "pgbench, the poll's SQL"
GROWN: Final = f"purchase, {TIMES} times the rows"
GROWN_YARDSTICK: Final = f"pgbench, {TIMES} times the rows"

BARS: Final = (
    Bar(PURCHASE, YARDSTICK, must=0.3, aim=0.5),
    Bar(PURCHASE, GROWN, must=1.3, aim=1, smaller=True),
)

HOW: Final = (
    f"{AT_ONCE} connections buy with getNumber over HTTP on the public port, each with the keys of "
    f"{CUSTOMERS:,} customers in turn and {len(SERVICES)} services; the server is ours as in "
    "production. Everything is checked and kept as ever: key, limits, price, texts, charge, "
    f"activation, order. Every answer is read. pgbench runs the same statement with {CLIENTS} "
    "clients and prepared statements. After each round there must be as many orders, charges, "
    "activations and claimed slots as were answered. A poll is getStatus of an activation without "
    f"a code. The grown side has a past of {PAST * TIMES:,} orders, charges, activations and slots "
    f"instead of {PAST:,}."
)


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where the tables hold more or less than was answered."""
    with ExitStack() as stack:
        cluster, workloads = _side(stack, times=1, seconds=seconds)
        facts = machine(cluster)
        workloads |= _side(stack, times=TIMES, seconds=seconds)[1]
        reached = in_turns(workloads, rounds=rounds)
    units = {POLL: "polls/s", POLL_YARDSTICK: "polls/s"}
    return Report(
        name="purchase",
        title="Purchase",
        measures={
            name: Measure(unit=units.get(name, "purchases/s"), rounds=values)
            for name, values in reached.items()
        },
        yardstick=YARDSTICK,
        peers=[POLL_YARDSTICK, GROWN_YARDSTICK],
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def _side(stack: ExitStack, *, times: int, seconds: float) -> tuple[Cluster, dict[str, Workload]]:
    """Start a server and a market in it; return its workloads."""
    progress(f"a durable PostgreSQL with a past of {PAST * times:,} orders")
    cluster = stack.enter_context(durable_cluster())
    terms = market.open_market(cluster, times=times)
    web = Web(cluster)
    stack.callback(web.stop)
    web.start()
    buying = Buying(cluster, web, seconds=seconds)
    progress("what a process reads once")
    bought, number = 0.0, -1
    while bought < MET * CUSTOMERS:
        bought, number = bought + buying(number) * seconds, number - 1
    pgbench = PgbenchBuying(cluster, terms, seconds=int(seconds))
    if times > 1:
        return cluster, {GROWN: buying, GROWN_YARDSTICK: pgbench}
    return cluster, {
        PURCHASE: buying,
        YARDSTICK: pgbench,
        POLL: Polling(cluster, web, seconds=seconds),
        POLL_YARDSTICK: PgbenchPolling(cluster, seconds=int(seconds)),
    }


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of each a purchase leaves one of."""

    orders: int
    charges: int
    activations: int
    slots: int

    @classmethod
    def of(cls, cluster: Cluster) -> Counted:
        """Count them."""
        with cluster.connect() as link:
            row = link.execute(_COUNT).fetchone()
        assert row is not None, "counts have a row"
        return cls(*row)

    def require_more(self, before: Counted, *, said: int) -> None:
        """Compare. Raises CountError where one of them did not grow by what was said."""
        for name in ("orders", "charges", "activations", "slots"):
            grew = getattr(self, name) - getattr(before, name)
            require_count(name, said=said, found=grew)


_COUNT: Final = """
SELECT (SELECT count(*) FROM orders_order),
       (SELECT count(*) FROM ledger.transfer WHERE kind = 2 AND leg = 0),
       (SELECT count(*) FROM numbers_activation),
       (SELECT count(*) FROM numbers_slot WHERE claimed_at IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Buying:
    """Programs that buy over HTTP."""

    cluster: Cluster
    web: Web
    seconds: float

    def __call__(self, number: int) -> float:
        """Run one round and return what it reached in a second."""
        before = Counted.of(self.cluster)
        answered = programs.call(
            self.web.port,
            load=programs.Load(lambda n: _purchases(n, number), b"ACCESS_NUMBER:", AT_ONCE),
            seconds=self.seconds,
        )
        _require_good(answered)
        Counted.of(self.cluster).require_more(before, said=answered.good)
        return answered.per_s


def _purchases(connection: int, number: int) -> Iterator[bytes]:
    chance = random.Random(number * 1000 + connection)  # noqa: S311 -- no secret
    while True:
        service, place = chance.choice(SERVICES), chance.randrange(CUSTOMERS)
        yield _get(key_of(place), f"action=getNumber&service={service}&country={NORWAY}")


@dataclass(frozen=True, slots=True)
class Polling:
    """Programs that ask for the stage of activations of their own."""

    cluster: Cluster
    web: Web
    seconds: float

    def __call__(self, number: int) -> float:
        """Run one round and return what it reached in a second."""
        answered = programs.call(
            self.web.port,
            load=programs.Load(lambda n: _polls(n, number), b"STATUS_CANCEL", AT_ONCE),
            seconds=self.seconds,
        )
        _require_good(answered)
        return answered.per_s


def _polls(connection: int, number: int) -> Iterator[bytes]:
    chance = random.Random(number * 1000 + connection)  # noqa: S311 -- no secret
    while True:
        i = chance.randrange(PAST)
        yield _get(key_of(i % CUSTOMERS), f"action=getStatus&id={500_000_000 + i}")


def _get(key: str, query: str) -> bytes:
    return (
        f"GET /stubs/handler_api.php?api_key={key}&{query} HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
    ).encode()


def _require_good(answered: programs.Answered) -> None:
    if answered.others:
        raise CountError(f"{len(answered.others)} other answers: {answered.others[0][:500]!r}")


@dataclass(slots=True)
class PgbenchBuying:
    """pgbench with the statement of a purchase."""

    cluster: Cluster
    terms: Mapping[str, Mapping[str, Any]]
    seconds: int
    go: Iterator[int] = count(1)  # noqa: RUF009 -- no id comes twice in a run

    def __call__(self, number: int) -> float:
        """Run one round and return what it reached in a second."""
        del number
        words = []
        for service, said in self.terms.items():
            path = self.cluster.folder / f"buy-{service}.sql"
            path.write_text(_script(service, said))
            words.append(f"--file={path}")
        before = Counted.of(self.cluster)
        load = _drive(self.cluster, self.seconds, [*words, f"--define=run={next(self.go)}"])
        Counted.of(self.cluster).require_more(before, said=load.transactions)
        return load.per_s


def _script(service: str, said: Mapping[str, Any]) -> str:
    uuid = "lpad(({})::text, 32, '0')::uuid"
    ids = ", ".join(uuid.format(f":id::bigint + {n}") for n in range(4))
    return f"""
\\set n :n + 1
\\set id (:run * 100 + :client_id) * 100000000 + :n * 10
\\set account random({account_of(0)}, {account_of(CUSTOMERS - 1)})
SELECT 1 / (outcome = 'placed')::int FROM orders_place(
  :account, {ids}, {uuid.format(":account")}, 'classic', 'activate', '{service}', '{COUNTRY}', NULL,
  '{{}}', {_text(said["buyer"])}, '{COUNTRY}', {_text(said["texts_stamp"])},
  {said["notices_stamp"]}, '{said["price_id"]}', {said["net"]}, {said["tax"]}, {said["rate_bp"]},
  'EUR', {said["window_s"]}, ({_text(said["texts"])})::jsonb, ({_text(said["documents"])})::jsonb,
  ({_text(said["listing"])})::jsonb,
  ARRAY[{",".join(map(str, said["usual"]))}], transaction_timestamp());
"""  # noqa: S608 -- our own words


def _text(value: str) -> str:
    """Write a constant without colons, after which pgbench looks for a variable."""
    return "'" + value.replace("'", "''").replace(":", "' || chr(58) || '") + "'"


@dataclass(frozen=True, slots=True)
class PgbenchPolling:
    """pgbench with the statement of a poll."""

    cluster: Cluster
    seconds: int

    def __call__(self, number: int) -> float:
        """Run one round and return what it reached in a second."""
        del number
        path = self.cluster.folder / "poll.sql"
        path.write_text(_POLL)
        return _drive(self.cluster, self.seconds, [f"--file={path}", "--define=run=0"]).per_s


_POLL: Final = f"""
\\set i random(0, {PAST - 1})
\\set account {FIRST} + 1 + :i % {CUSTOMERS}
\\set activation 500000000 + :i
SELECT k.lives, a.* FROM accounts_key_lives(:account, lpad((:account)::text, 32, '0')::uuid,
         'classic') AS k
  LEFT JOIN numbers_activation a ON a.account_id = :account AND a.public_id = :activation;
"""  # noqa: S608 -- our own words


def _drive(cluster: Cluster, seconds: int, words: list[str]) -> Load:
    usual = [f"--client={CLIENTS}", "--jobs=2", "--protocol=prepared", f"--time={seconds}"]
    usual += ["--no-vacuum", "--define=n=0"]
    return load_of(cluster.pgbench([*usual, *words], as_application=True))


def main(words: list[str] | None = None) -> int:
    """Run without growth and print what each workload reached in each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", choices=[PURCHASE, YARDSTICK, POLL, POLL_YARDSTICK])
    given = parser.parse_args(words)
    with ExitStack() as stack:
        _, workloads = _side(stack, times=1, seconds=given.seconds)
        for number in range(given.rounds):
            for name, workload in workloads.items():
                if given.only in (None, name):
                    sys.stdout.write(json.dumps({name: round(workload(number))}) + "\n")
                    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
