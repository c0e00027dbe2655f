"""A past for the database: many older messages and activations, filled in by the server itself."""

from __future__ import annotations

from typing import Any, Final

import psycopg

from bench.cluster import Cluster
from bench.world import HELD, id_of, number_sql

OLD_MESSAGES: Final = 10_000  # what lies there before a run, without growth
TIMES: Final = 100
_SAMPLES: Final = 1_000
_STEP: Final = 100_000  # rows in one transaction
_DAYS: Final = 31  # the oldest day is over, and is deleted while the rounds go on

# What a copy of a message must not share with its sample. Ids are version 7, of the moment at
# which the message came; an index begins with its age in four octets.
_MOMENT: Final = (
    "transaction_timestamp() - (interval '1 day' * {days}) * (%(rows)s - i) / %(rows)s"
    " - interval '1 hour'"
)
_ID: Final = (
    "(lpad(to_hex((extract(epoch FROM m.moment) * 1000)::bigint), 12, '0') || '7'"
    " || substr(m.noise, 1, 3) || '8' || substr(m.noise, 4, 15))::uuid"
)
_INDEX: Final = (
    "int4send(((('x' || encode(substr(s.content_index, 1, 4), 'hex'))::bit(32)::int)"
    " - (%(rows)s - i) / 1000 - 2)::int) || substr(decode(m.noise, 'hex'), 1,"
    " octet_length(s.content_index) - 4)"
)


def fill(cluster: Cluster, *, times: int) -> None:
    """Copy messages that are there until `OLD_MESSAGES` times `times` older ones lie beside them.

    With more than one, numbers and activations that ended grow as well. Needs some messages of a
    first load.
    """
    rows = OLD_MESSAGES * times
    with cluster.connect() as link:
        _take_samples(link)
        copy = _copy(link)
        for first in range(0, rows, _STEP):
            last = min(first + _STEP, rows) - 1
            link.execute(copy, {"rows": rows, "first": first, "last": last})
        if times > 1:
            for statement in _ENDED:
                link.execute(statement, {"first": HELD, "last": HELD * times - 1})
        link.execute("VACUUM ANALYZE")


def _take_samples(link: psycopg.Connection[Any]) -> None:
    link.execute(
        "CREATE TABLE bench_sample AS SELECT row_number() OVER () - 1 AS n, m.*"
        " FROM (SELECT * FROM messaging_message ORDER BY received_at LIMIT %s) AS m",
        [_SAMPLES],
    )
    link.execute("CREATE UNIQUE INDEX ON bench_sample (n)")


def columns(link: psycopg.Connection[Any]) -> list[str]:
    """Return the names of a message's columns."""
    found = link.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'messaging_message'::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"
    ).fetchall()
    return [row[0] for row in found]


def _copy(link: psycopg.Connection[Any]) -> str:
    own = {"id": _ID, "received_at": "m.moment", "stored_at": "m.moment", "content_index": _INDEX}
    names = columns(link)
    values = ", ".join(own.get(name, f"s.{name}") for name in names)
    moment = _MOMENT.format(days=_DAYS)
    return f"""
INSERT INTO messaging_message ({", ".join(names)})
SELECT {values}
  FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i
  CROSS JOIN LATERAL (SELECT {moment} AS moment, md5(i::text) AS noise) AS m
  JOIN bench_sample s ON s.n = i %% (SELECT count(*) FROM bench_sample)
"""  # noqa: S608 -- our own words and columns


def _ended() -> tuple[str, ...]:
    rows = "FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS place"
    opened = "transaction_timestamp() - interval '1 day'"
    closed = "transaction_timestamp() - interval '23 hours'"
    return (
        f"""
INSERT INTO numbers_number (id, e164, country, carrier, kind, sms, voice, status, added_at)
SELECT {id_of(1000)}, {number_sql()}, 'NO', 'bench', 'mobile', true, false, 'active',
       transaction_timestamp() {rows}""",
        f"""
INSERT INTO numbers_slot (id, number_id, e164, service_code, country, carrier, withdrawn,
       claimed_at, account_id, activation_id, released_at)
OVERRIDING SYSTEM VALUE
SELECT 1000000 + place, {id_of(1000)}, {number_sql()}, 'wa', 'NO', 'bench', false, {opened},
       1000000 + place % {HELD}, {id_of(2000)}, {closed} {rows}""",
        f"""
INSERT INTO numbers_activation (account_id, id, public_id, order_id, slot_id, e164, service_code,
       country, carrier, state, opened_at, window_ends_at, displayed_at, first_sms_at,
       last_code_at, closed_at)
SELECT 1000000 + place % {HELD}, {id_of(2000)}, 5000000 + place, {id_of(3000)}, 1000000 + place,
       {number_sql()}, 'wa', 'NO', 'bench', 'finished', {opened}, {closed}, {opened}, {opened},
       {opened}, {closed} {rows}""",
    )


_ENDED: Final = tuple(text.replace(f"% {HELD}", f"%% {HELD}") for text in _ended())
