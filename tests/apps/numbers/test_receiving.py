"""What incoming SMS change in activations, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.actions import close_activation, locked_activation
from nummer.apps.numbers.models import ActivationState
from nummer.apps.orders.actions import Placed
from tests.builders import NOW, customer, order

LATER = NOW + timedelta(minutes=1)
SOME = 230  # of the longest names, more than one notification can hold

_RECEIVE = "SELECT numbers_receive(%s::bigint[], %s::uuid[], %s::timestamptz[], %s::text[], %s)"


def received(rows: Sequence[tuple[int, UUID | None, str]]) -> list[int] | None:
    """Bring in messages: account, activation and outcome of each."""
    accounts, keys, outcomes = zip(*rows, strict=True)
    values: list[Any] = [list(accounts), list(keys), [LATER] * len(rows), list(outcomes), LATER]
    with connection.cursor() as cursor:
        cursor.execute(_RECEIVE, values)
        refused: list[int] | None = cursor.fetchone()[0]
    return refused


def activation(account_id: int, placed: Placed) -> Any:
    return numbers.activation(account_id, activation_id=placed.activation_id)


@pytest.mark.usefixtures("shop")
def test_nothing_is_received_where_one_activation_has_ended() -> None:
    account_id = customer()
    kept, gone = order(account_id), order(account_id)
    with_text, ended = (activation(account_id, placed).key for placed in (kept, gone))
    row = locked_activation(account_id, key=ended)
    close_activation(row, end=ActivationState.CANCELLED, now=NOW)

    refused = received(
        [
            (0, None, "nobody"),
            (account_id, with_text, "shown"),
            (account_id, ended, "text"),
            (account_id, ended, "shown"),
        ]
    )

    assert refused == [3, 4]
    row = activation(account_id, kept)
    assert (row.state, row.first_sms_at, row.displayed_at) == ("waiting", None, None)


@pytest.mark.usefixtures("shop")
def test_several_messages_of_an_activation_are_one_change() -> None:
    account_id = customer()
    placed = order(account_id)
    key = activation(account_id, placed).key

    refused = received([(account_id, key, "text"), (account_id, key, "shown")])

    row = activation(account_id, placed)
    assert refused is None
    assert (row.state, row.first_sms_at, row.displayed_at) == ("shown", LATER, LATER)


@pytest.mark.usefixtures("shop")
def test_messages_of_nobody_change_nothing() -> None:
    assert received([(0, None, "nobody"), (0, None, "other")]) is None


_OPEN = """
INSERT INTO numbers_activation (account_id, id, public_id, order_id, slot_id, e164, service_code,
       country, carrier, state, opened_at, window_ends_at)
SELECT 9000000000000000000 + place, lpad(place::text, 32, '0')::uuid, 9000000000000000000 + place,
       lpad(place::text, 32, '0')::uuid, place, '+47590000', 'tg', 'NO', 'bench', 'waiting',
       %s, %s FROM generate_series(1, %s) AS place
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("count", "notifications"), [(3, 1), (SOME, SOME)])
def test_each_changed_activation_is_told_of(count: int, notifications: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [NOW, NOW + timedelta(hours=1), count])
    account = 9_000_000_000_000_000_000

    with psycopg.connect(**_place(), autocommit=True) as listener:
        listener.execute("LISTEN nummer_activation")
        places = range(1, count + 1)
        assert received([(account + n, UUID(f"{n:032}"), "shown") for n in places]) is None
        told = [n.payload for n in listener.notifies(timeout=5, stop_after=notifications)]

    names = [name for payload in told for name in payload.split(",")]
    assert len(told) == notifications
    assert sorted(names) == sorted(f"{account + n}:{account + n}" for n in places)


def _place() -> dict[str, Any]:
    entry = connection.settings_dict
    return {
        "host": entry["HOST"] or None,
        "port": entry["PORT"] or None,
        "user": entry["USER"] or None,
        "password": entry["PASSWORD"] or None,
        "dbname": entry["NAME"],
    }
