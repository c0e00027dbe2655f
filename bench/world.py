"""Who waits for messages: numbers held by customers, and the messages on their way to them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Final

from bench.cluster import Cluster
from bench.texts import SAMPLES, Sample, code_of, octets_of

HELD: Final = 1_000  # open activations, each of an account of its own
NOBODY_EVERY: Final = 97  # one message in so many is for a number that nobody holds
_PREFIX: Final = "999"  # no country has it (E.164)
_DELIVER_SM: Final = 0x00000005
_HEADER: Final = struct.Struct(">IIII")
_SERVICES: Final = len(SAMPLES)


@dataclass(frozen=True, slots=True)
class Pool:
    """Messages ready to be written: PDU `i` lies from `starts[i]` to `starts[i + 1]`.

    Its sequence number is i + 1.
    """

    octets: bytes
    starts: list[int]
    first: int

    def __len__(self) -> int:
        return len(self.starts) - 1


def number_of(place: int) -> str:
    """Return the digits of the number at a place of the stock."""
    return f"{_PREFIX}{place:09d}"


def sample_at(place: int) -> Sample:
    """Return what the holder of a number waits for."""
    return SAMPLES[place % _SERVICES]


def place_of(message: int) -> tuple[int, int]:
    """Return which number a message goes to, and how many it had before."""
    if message % NOBODY_EVERY == 0:
        return HELD, message
    return message % HELD, message // HELD


def pool(*, first: int, count: int) -> Pool:
    """Encode the messages from `first` on; no two messages of a run are the same."""
    octets, starts = bytearray(), [0]
    for n in range(count):
        body = _body(first + n)
        octets += _HEADER.pack(16 + len(body), _DELIVER_SM, 0, n + 1)
        octets += body
        starts.append(len(octets))
    return Pool(octets=bytes(octets), starts=starts, first=first)


def text_of(message: int) -> str:
    """Return what a message says."""
    place, turn = place_of(message)
    sample = sample_at(place)
    return sample.text.format(code_of(sample, number=place, turn=turn))


def settle_in(cluster: Cluster) -> None:
    """Give the numbers to customers, each with one open activation for a day."""
    with cluster.connect() as link, link.transaction():
        for statement in _STATEMENTS:
            link.execute(statement, {"held": HELD, "services": [s.service for s in SAMPLES]})
    with cluster.connect() as link:
        link.execute("VACUUM ANALYZE numbers_number, numbers_slot, numbers_activation")


@cache
def _addresses(place: int) -> bytes:
    sender = sample_at(place).sender.encode("ascii")
    # no service type; source alphanumeric (TON 5), destination international (TON 1, NPI 1)
    return b"\0\5\0" + sender + b"\0\1\1" + number_of(place).encode("ascii") + b"\0"


def _body(message: int) -> bytes:
    place, _ = place_of(message)
    coding, octets = octets_of(text_of(message))
    tail = bytes((0, 0, 0, 0, 0, 0, 0, coding, 0, len(octets)))
    return _addresses(place) + tail + octets


def id_of(kind: int) -> str:
    """Return SQL for the id of what belongs to `place`."""
    return f"lpad(({kind}::bigint * 1000000 + place)::text, 32, '0')::uuid"


def number_sql() -> str:
    """Return SQL for the number at `place`."""
    return f"'+{_PREFIX}' || lpad(place::text, 9, '0')"


def _statements() -> tuple[str, ...]:
    service = "(%(services)s::text[])[place %% cardinality(%(services)s::text[]) + 1]"
    rows = "FROM generate_series(0, %(held)s - 1) AS place"
    return (
        f"""
INSERT INTO numbers_number (id, e164, country, carrier, kind, sms, voice, status, added_at)
SELECT {id_of(1000)}, {number_sql()}, 'NO', 'bench', 'mobile', true, false, 'active',
       transaction_timestamp() {rows}""",
        f"""
INSERT INTO numbers_slot (id, number_id, e164, service_code, country, carrier, withdrawn,
       claimed_at, account_id, activation_id)
OVERRIDING SYSTEM VALUE
SELECT 1000000 + place, {id_of(1000)}, {number_sql()}, {service}, 'NO', 'bench', false,
       transaction_timestamp(), 1000000 + place, {id_of(2000)} {rows}""",
        f"""
INSERT INTO numbers_activation (account_id, id, public_id, order_id, slot_id, e164, service_code,
       country, carrier, state, opened_at, window_ends_at)
SELECT 1000000 + place, {id_of(2000)}, 5000000 + place, {id_of(3000)}, 1000000 + place,
       {number_sql()}, {service}, 'NO', 'bench', 'waiting', transaction_timestamp(),
       transaction_timestamp() + interval '1 day' {rows}""",
    )


_STATEMENTS: Final = _statements()
