"""What PostgreSQL takes of rows like a message's when nobody has anything else to do."""

from __future__ import annotations

from typing import Final

from bench import grown
from bench.cluster import Cluster, load_of
from bench.harness import require_count
from bench.sides import Outcome

BATCH: Final = 100
CLIENTS: Final = 4
_HEAD: Final = r"""
\set n :n + 1
\set place (:n * 7 % 10) * 100
"""


class Ceiling:
    """A table like the message table, and pgbench that fills it."""

    def __init__(self, cluster: Cluster, *, seconds: int) -> None:
        self._cluster = cluster
        self._seconds = seconds
        with cluster.connect() as link:
            link.execute("CREATE TABLE bench_message (LIKE messaging_message INCLUDING ALL)")
            names = grown.columns(link)
        own = {
            "id": "(lpad(to_hex(:run::bigint * 100000 + :client_id), 12, '0') || '7000'"
            " || '8' || lpad(to_hex(:n::bigint * 100 + s.n % 100), 15, '0'))::uuid",
            "received_at": "statement_timestamp()",
            "stored_at": "statement_timestamp()",
            "content_index": "substr(s.content_index, 1, 4) || substr(decode(md5("
            ":run || '.' || :client_id || '.' || :n || '.' || s.n), 'hex'), 1,"
            " octet_length(s.content_index) - 4)",
        }
        values = ", ".join(own.get(name, f"s.{name}") for name in names)
        self._script = f"""{_HEAD}
INSERT INTO bench_message ({", ".join(names)})
SELECT {values} FROM bench_sample s WHERE s.n BETWEEN :place AND :place + {BATCH - 1};
"""  # noqa: S608 -- our own words and columns

    def __call__(self, number: int) -> Outcome:
        """Fill for so long. Raises CountError."""
        path = self._cluster.folder / "ceiling.sql"
        path.write_text(self._script)
        before = self._cluster.count("bench_message")
        words = [f"--client={CLIENTS}", "--jobs=2", "--protocol=prepared", "--no-vacuum"]
        words += [f"--time={self._seconds}", f"--file={path}"]
        words += [f"--define=run={number + 1}", "--define=n=0"]
        load = load_of(self._cluster.pgbench(words))
        found = self._cluster.count("bench_message") - before
        require_count("ceiling", said=load.transactions * BATCH, found=found)
        return Outcome(per_s=load.per_s * BATCH)
