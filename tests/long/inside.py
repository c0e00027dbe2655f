"""Looks into a running installation, from a process with its settings (`-m tests.long.inside`).

One JSON object a line asks, one answers; the process lives through restarts of the database.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from tests.installation import CHECKOUT, Installation

LATE_S: Final = 5.0
COUNT_MAX: Final = 20_000
ANSWER_LIMIT_S: Final = 120.0


class Inside:
    """Asks such a process."""

    def __init__(self, installation: Installation) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.long.inside"],
            cwd=CHECKOUT,
            env=installation.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a signal to stop the run is for the run, which asks on
        )

    def ask(self, what: str, **given: Any) -> Any:
        """Return the answer; asks again while the database is away."""
        give_up_at = time.monotonic() + ANSWER_LIMIT_S
        while True:
            answer = self._once({"what": what, **given})
            if "answer" in answer:
                return answer["answer"]
            assert time.monotonic() < give_up_at, answer["away"]
            time.sleep(0.2)

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.communicate(timeout=30)  # closes the pipes

    def _once(self, question: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with self._lock:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        assert line, "the process inside has ended; its message stands above"
        read: dict[str, Any] = json.loads(line)
        return read


def main() -> None:
    """Answer until the other end closes."""
    import django

    from nummer.config.env import environment, use_settings

    use_settings()
    django.setup()
    from nummer.config.clock import install_where_needed

    install_where_needed(environment())
    from django.db import Error, connection

    answers: dict[str, Callable[..., Any]] = {
        "now": _now,
        "messages": _messages,
        "late": _late,
        "sizes": _sizes,
        "step": _step,
        "stock": _stock,
        "stored": _stored,
        "purged": _purged,
        "credited": _credited,
    }
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = {"answer": answers[question.pop("what")](**question)}
        except Error as away:
            connection.close()
            answer = {"away": type(away).__name__}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _now() -> str:
    from nummer.kernel import clock

    return clock.now().isoformat()


def _messages(*, since: str, carrier: str) -> list[list[Any]]:
    """Return [text, number, account, activation, outcome, stored_at] of what a carrier brought."""
    from nummer.apps.messaging.models import Message
    from nummer.apps.messaging.queries import codes

    rows = Message.objects.filter(carrier=carrier, stored_at__gte=datetime.fromisoformat(since))
    return [
        [
            codes._said(row)[1],
            row.e164,
            row.account_id,
            str(row.activation_id or ""),
            row.outcome,
            row.stored_at.isoformat(),
        ]
        for row in rows.order_by("id")
    ]


def _late(*, seconds: float = LATE_S) -> dict[str, int]:
    """Return by source how many rows are due for longer than `seconds`, up to a bound."""
    from datetime import timedelta

    from nummer.config.sweeper import due_sources
    from nummer.kernel import clock

    before = clock.now() - timedelta(seconds=seconds)
    return {source.name: len(source.find(before, COUNT_MAX)) for source in due_sources()}


_SIZES: Final = """
SELECT
  (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')) AS jobs_waiting,
  (SELECT count(*) FROM procrastinate_jobs) AS jobs_rows,
  (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS jobs_failed,
  (SELECT count(*) FROM messaging_outgoing WHERE state IN ('queued', 'taken')) AS texts_waiting,
  (SELECT count(*) FROM messaging_part) AS parts,
  (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
  (SELECT count(*) FROM numbers_activation WHERE state IN ('waiting', 'shown')) AS activations_open,
  (SELECT sum(n_tup_ins) FROM pg_stat_user_tables WHERE relname ~ '^messaging_message')::bigint
    AS messages_written,
  (SELECT sum(n_tup_del) FROM pg_stat_user_tables WHERE relname ~ '^messaging_message')::bigint
    AS messages_deleted,
  (SELECT sum(n_live_tup) FROM pg_stat_user_tables WHERE relname ~ '^messaging_message')::bigint
    AS messages_live,
  (SELECT sum(n_dead_tup) FROM pg_stat_user_tables)::bigint AS rows_dead,
  (SELECT sum(autovacuum_count) FROM pg_stat_user_tables)::bigint AS vacuums,
  pg_database_size(current_database()) AS database_bytes
"""


def _sizes() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_SIZES)
        names = [column.name for column in cursor.description]
        row = cursor.fetchone()
    assert row is not None
    return {name: int(value or 0) for name, value in zip(names, row, strict=True)}


def _step(*, seconds: float) -> str:
    """Move the installation's clock, also back, as a machine's may; nobody sweeps for it."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO config_clock_shift (one, ahead) VALUES (true, make_interval(secs => %s))"
            " ON CONFLICT (one) DO UPDATE SET ahead = config_clock_shift.ahead + EXCLUDED.ahead",
            [seconds],
        )
    return _now()


def _stock(*, first: int, count: int) -> int:
    """Add Norwegian numbers of a range that nobody has, and their slots; return how many."""
    from nummer.apps.numbers.importing import NumberLine, add_numbers
    from nummer.kernel import clock
    from nummer.kernel.phone import PhoneNumber

    lines = [
        NumberLine(
            number=PhoneNumber(f"+47580{first + place:09d}"),
            country="NO",
            carrier="sandbox",
            kind="mobile",
            sms=True,
            voice=False,
        )
        for place in range(count)
    ]
    return add_numbers(lines, now=clock.now())


def _stored(*, carrier: str) -> int:
    """Return how many messages of a carrier there are, without a limit of time."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT count(*) FROM messaging_message WHERE carrier = %s", [carrier])
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _purged() -> int:
    """Return how many messages were deleted because their time was over."""
    from nummer.apps.messaging import queries

    return sum(row.messages for row in queries.purges(limit=10_000))


def _credited(*, account_id: int) -> str:
    """Return what an account was given back."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(amount_micro), 0) / 1000000.0 FROM refunds_decision"
            " WHERE account_id = %s AND decision = 'CREDIT'",
            [account_id],
        )
        row = cursor.fetchone()
    assert row is not None
    return str(row[0])


if __name__ == "__main__":
    main()
