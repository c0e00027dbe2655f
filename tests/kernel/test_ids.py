"""Ids: each after the one before, by the clock, and never twice."""

from __future__ import annotations

import time
from uuid import UUID

from nummer.kernel.ids import new_id, new_ids


def _ms(id_: UUID) -> int:
    return id_.int >> 80


def test_ids_rise_within_a_batch_and_from_batch_to_batch() -> None:
    made = [*new_ids(20_000), new_id(), *new_ids(20_000), new_id()]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_are_of_version_7() -> None:
    assert {(id_.version, id_.variant) for id_ in new_ids(40_000)} == {(7, "specified in RFC 4122")}


def test_many_ids_at_once_do_not_run_ahead_of_the_clock() -> None:
    last = new_ids(40_000)[-1]

    assert _ms(last) <= time.time_ns() // 1_000_000
