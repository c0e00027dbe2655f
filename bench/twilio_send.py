"""An SMS sent through the Twilio dialect over HTTP beside pgbench with the same SQL.

`python -m bench.twilio_send --rounds 2 --seconds 3` writes no result.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import random
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

from bench import programs, senders
from bench.cluster import Cluster, durable_cluster, load_of, machine
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
from bench.senders import CUSTOMERS, TO, account_of, number_of, token_of
from bench.web import Web

CLIENTS: Final = 16
AT_ONCE: Final = 32
MET: Final = 10  # times that every customer has sent before the first round, in all processes
BODY: Final = "Your parcel arrives today between 14 and 16 o'clock."
SEND: Final = "send"
YARDSTICK: Final = "pgbench, the send's SQL"
SEALED_OCTETS: Final = 110  # what a text of that length takes, sealed

BARS: Final = (Bar(SEND, YARDSTICK, must=0.3, aim=0.5),)

HOW: Final = (
    f"{AT_ONCE} connections POST Messages.json on the public port, as {CUSTOMERS:,} customers in "
    "turn with their SIDs and tokens; the server is ours as in production. Everything is checked "
    "and kept as ever: token, number, recipient, rate, route, limits, hold, the text sealed. Every "
    f"answer is read. pgbench runs the statement that accepts a text with {CLIENTS} clients and "
    "prepared statements. After each round there must be as many texts as were answered, and as "
    "much money held as they cost. No carrier is bound, so nothing else uses the machine."
)


def run(*, rounds: int, seconds: int) -> Report:
    """Run all of it. Raises CountError where the tables hold more or less than was answered."""
    with ExitStack() as stack:
        cluster, workloads = _side(stack, seconds=seconds)
        facts = machine(cluster)
        reached = in_turns(workloads, rounds=rounds)
    return Report(
        name="twilio_send",
        title="Sending by the Twilio dialect",
        measures={name: Measure(unit="SMS/s", rounds=values) for name, values in reached.items()},
        yardstick=YARDSTICK,
        peers=[],
        bars=BARS,
        machine=facts | {"rounds": rounds, "seconds_each": seconds},
        how=HOW,
    )


def _side(stack: ExitStack, *, seconds: float) -> tuple[Cluster, dict[str, Workload]]:
    """Start a server and a world in it; return its workloads."""
    progress("a durable PostgreSQL with customers who rent a number each")
    cluster = stack.enter_context(durable_cluster())
    said = senders.open_world(cluster)
    web = Web(cluster)
    stack.callback(web.stop)
    web.start()
    sending = Sending(cluster, web, seconds=seconds)
    progress("what a process reads once")
    sent, number = 0.0, -1
    while sent < MET * CUSTOMERS:
        sent, number = sent + sending(number) * seconds, number - 1
    return cluster, {
        SEND: sending,
        YARDSTICK: PgbenchSending(cluster, said, seconds=int(seconds)),
    }


@dataclass(frozen=True, slots=True)
class Counted:
    """How many texts wait, and how much money is held for them, in micro-units."""

    texts: int
    held: int

    @classmethod
    def of(cls, cluster: Cluster) -> Counted:
        """Count them."""
        with cluster.connect() as link:
            row = link.execute(_COUNT).fetchone()
        assert row is not None, "counts have a row"
        return cls(*row)

    def require_more(self, before: Counted, *, said: int) -> None:
        """Compare. Raises CountError where one of them did not grow by what was said."""
        require_count("texts", said=said, found=self.texts - before.texts)
        if not said:
            return
        price, rest = divmod(self.held - before.held, said)
        require_count("money held, the rest of equal shares", said=0, found=rest)
        if price <= 0:
            raise CountError("texts were accepted whose money was not held")


_COUNT: Final = """
SELECT (SELECT count(*) FROM messaging_outgoing WHERE state = 'queued'),
       (SELECT coalesce(sum(net_micro + tax_micro), 0)::bigint FROM messaging_outgoing
         WHERE state = 'queued')
"""


@dataclass(frozen=True, slots=True)
class Sending:
    """Programs that send over HTTP."""

    cluster: Cluster
    web: Web
    seconds: float

    def __call__(self, number: int) -> float:
        """Run one round and return what it reached in a second."""
        before = Counted.of(self.cluster)
        answered = programs.call(
            self.web.port,
            load=programs.Load(lambda n: _sends(n, number), b'{"sid": "SM', AT_ONCE, status=b"201"),
            seconds=self.seconds,
        )
        if answered.others:
            raise CountError(f"{len(answered.others)} other answers: {answered.others[0][:500]!r}")
        Counted.of(self.cluster).require_more(before, said=answered.good)
        return answered.per_s


def _sends(connection: int, number: int) -> Iterator[bytes]:
    chance = random.Random(number * 1000 + connection)  # noqa: S311 -- no secret
    while True:
        yield _post(chance.randrange(CUSTOMERS))


def _post(place: int) -> bytes:
    # MD5 only names the account: the world makes the same SID of its id.
    named = hashlib.md5(str(account_of(place)).encode(), usedforsecurity=False).hexdigest()
    credential = base64.b64encode(f"AC{named}:{token_of(place)}".encode()).decode()
    form = urlencode({"To": TO, "From": number_of(place), "Body": BODY})
    return (
        f"POST /2010-04-01/Accounts/AC{named}/Messages.json HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: application/json\r\n"
        f"Authorization: Basic {credential}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\n\r\n{form}"
    ).encode()


@dataclass(slots=True)
class PgbenchSending:
    """pgbench with the statement that accepts a text."""

    cluster: Cluster
    said: Mapping[str, Any]
    seconds: int
    go: Iterator[int] = count(1)  # noqa: RUF009 -- no id comes twice in a run

    def __call__(self, number: int) -> float:
        """Run one round and return what it reached in a second."""
        del number
        path = self.cluster.folder / "send.sql"
        path.write_text(_script(self.said))
        before = Counted.of(self.cluster)
        words = [
            *(f"--client={CLIENTS}", "--jobs=2", "--protocol=prepared"),
            *(f"--time={self.seconds}", "--no-vacuum", "--define=n=0"),
            *(f"--define=run={next(self.go)}", f"--file={path}"),
        ]
        load = load_of(self.cluster.pgbench(words, as_application=True))
        Counted.of(self.cluster).require_more(before, said=load.transactions)
        return load.per_s


def _script(said: Mapping[str, Any]) -> str:
    uuid = "lpad(({})::text, 32, '0')::uuid"
    ids = [uuid.format(f":id::bigint + {n}") for n in range(3)]
    account = uuid.format(":account")
    ours = f"('+4759' || lpad((:account - {account_of(0)})::text, 6, '0'))"
    return f"""
\\set n :n + 1
\\set id (:run * 100 + :client_id) * 100000000 + :n * 10
\\set account random({account_of(0)}, {account_of(CUSTOMERS - 1)})
SELECT 1 / (outcome = 'accepted')::int FROM messaging_accept(
  :account, {ids[0]}, 'EUR', 'NO', {said["tax_bp"]}, '{said["version"]}', false, true, false,
  ARRAY[0, 0, 0, 0]::bigint[], 'twilio', NULL, '', transaction_timestamp() + interval '14 days',
  transaction_timestamp(), ARRAY[{ids[1]}], ARRAY[{ids[2]}], ARRAY[{account}], ARRAY[{ours}],
  ARRAY[false], ARRAY['\\x{"5a" * SEALED_OCTETS}'::bytea], ARRAY[sha256('recipient')],
  ARRAY[1]::smallint[], ARRAY['{said["rate_id"]}'::uuid], ARRAY[{said["net"]}]::bigint[],
  ARRAY[{said["tax"]}]::bigint[], ARRAY[1]::smallint[], ARRAY[false], ARRAY[false],
  ARRAY[false], ARRAY[{ids[1]}], ARRAY['[["bench", "bench", 20000, "EUR", 1000]]']);
"""  # noqa: S608 -- our own words


def main(words: list[str] | None = None) -> int:
    """Run and print what each workload reached in each round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--only", choices=[SEND, YARDSTICK])
    given = parser.parse_args(words)
    with ExitStack() as stack:
        _, workloads = _side(stack, seconds=given.seconds)
        for number in range(given.rounds):
            for name, workload in workloads.items():
                if given.only in (None, name):
                    sys.stdout.write(json.dumps({name: round(workload(number))}) + "\n")
                    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
