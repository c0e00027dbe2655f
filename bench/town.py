"""A shop with ten thousand customers and a million messages, and some of them who look at pages."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

from bench import grown, market
from bench.cluster import Cluster
from bench.harness import progress
from bench.web import environment

CUSTOMERS: Final = 10_000
MESSAGES: Final = 1_000_000
PAST_ORDERS: Final = 100_000
_STEP: Final = 100_000
_SAMPLES: Final = 1_000


def settle(cluster: Cluster, *, residents: int) -> dict[str, Any]:
    """Make it all; return what `bench.residents` says of those who can sign in."""
    progress(f"a market with {CUSTOMERS:,} customers and {PAST_ORDERS:,} orders of the past")
    market.open_market(cluster, times=PAST_ORDERS // market.PAST, customers=CUSTOMERS)
    progress(f"{residents} of them with much of everything")
    made = subprocess.run(  # noqa: S603 -- our own words
        [sys.executable, "-m", "bench.residents", str(residents)],
        env=environment(cluster),
        stdout=subprocess.PIPE,
        check=True,
    )
    said: dict[str, Any] = json.loads(made.stdout)
    progress(f"{MESSAGES:,} messages")
    _messages(cluster)
    return said


def _messages(cluster: Cluster) -> None:
    """Copy SMS of rented numbers to all customers; nobody opens these, so no seal has to fit."""
    with cluster.connect() as link:
        link.execute(
            "CREATE TABLE bench_sample AS SELECT row_number() OVER () - 1 AS n, m.* FROM"
            " (SELECT * FROM messaging_message WHERE outcome = 'rented' LIMIT %s) AS m",
            [_SAMPLES],
        )
        own = {
            "account_id": "%(first)s + i %% %(customers)s",
            "id": "lpad(i::text, 32, '0')::uuid",
            "lease_id": "lpad((%(first)s + i %% %(customers)s)::text, 32, '0')::uuid",
            "received_at": "s.received_at - i * interval '2 seconds'",
            "stored_at": "s.stored_at - i * interval '2 seconds'",
            "content_index": "sha256(int8send(i))",
        }
        names = grown.columns(link)
        values = ", ".join(own.get(name, f"s.{name}") for name in names)
        copy = (
            f"INSERT INTO messaging_message ({', '.join(names)}) SELECT {values}"  # noqa: S608 -- our own words and columns
            " FROM generate_series(%(start)s::bigint, %(stop)s::bigint) AS i"
            " JOIN bench_sample s ON s.n = i %% (SELECT count(*) FROM bench_sample)"
        )
        for start in range(0, MESSAGES, _STEP):
            rows = {"start": start, "stop": min(start + _STEP, MESSAGES) - 1}
            link.execute(copy, {**rows, "first": market.FIRST + 1, "customers": CUSTOMERS})
        link.execute("VACUUM ANALYZE")
