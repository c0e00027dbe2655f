"""Alerts: each trouble is made true and told once, again by rule, and when it is over."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from standardwebhooks import Webhook

from nummer.apps.alerts import queries
from nummer.apps.alerts.actions import look, tell, watch_everything
from nummer.apps.alerts.jobs import DUE_SOURCES
from nummer.apps.alerts.links import saw_bound
from nummer.apps.alerts.models import Alert, Look
from nummer.apps.alerts.ports import Trouble, Watch, channels, install, watches
from nummer.apps.notify.models import Letter
from nummer.apps.refunds.models import Deadline
from nummer.apps.supply.models import Wholesale
from nummer.config import alerts
from nummer.config.checks import machine, network
from nummer.config.checks.finding import error
from nummer.config.env import Environment, environment
from nummer.config.sweeper import sweep_until
from nummer.kernel import clock as kernel_clock
from nummer.kernel.due import DueRow, DueSource
from nummer.kernel.errors import Unavailable
from nummer.kernel.ids import new_id
from tests import builders
from tests.builders import NOW
from tests.hooks import Receiver, failing

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
MINUTE = timedelta(minutes=1)


class Standing:
    at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def standing() -> Iterator[Standing]:
    before, own = kernel_clock._installed, Standing()
    kernel_clock.install(own)
    yield own
    kernel_clock.install(before)


@pytest.fixture
def env(tmp_path: Path) -> Iterator[Environment]:
    """Return settings of production whose watches are installed."""
    found = dataclasses.replace(environment(), mode="production", home=tmp_path)
    before = dict(watches()), channels()
    alerts.watch(found)
    yield found
    install(*before)


def troubles(kind: str, now: datetime = NOW) -> list[str]:
    return [each.subject for each in watches()[kind].look(now)]


def test_a_carrier_that_is_not_bound(env: Environment) -> None:
    (env.home / "carriers.toml").write_text(
        '[[carrier]]\ncode="alpha"\nhost="h"\nport=1\nsystem_id="i"\npassword="p"\n'
    )
    assert troubles("carrier") == ["alpha"]
    saw_bound(["alpha"], now=NOW)
    assert troubles("carrier", NOW + MINUTE) == []
    assert troubles("carrier", NOW + 3 * MINUTE) == ["alpha"]


def test_something_that_is_late(env: Environment) -> None:
    builders.shop()
    assert troubles("late") == []
    Deadline.objects.create(
        account_id=builders.customer(),
        id=new_id(),
        subject_id=new_id(),
        order_id=new_id(),
        opened_at=NOW,
        calendar_version="test",
        kind="decide",
        warn_at=NOW,
        due_at=NOW + MINUTE,
        state="open",
    )
    assert troubles("late") == []
    assert troubles("late", NOW + 2 * MINUTE) == ["decide"]


def test_a_due_row_that_nothing_fires(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = DueSource(
        "test.stuck",
        lambda until, limit: [DueRow(NOW, 0, new_id())] if until >= NOW else [],
        lambda row, now: None,
    )
    monkeypatch.setattr(alerts, "due_sources", lambda: [stuck])
    assert troubles("due-row", NOW + 14 * MINUTE) == []
    assert troubles("due-row", NOW + 15 * MINUTE) == ["test.stuck"]


def test_jobs_that_nobody_does(env: Environment) -> None:
    assert troubles("queue") == []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'notify.deliver_letter', '{}') RETURNING id"
        )
        (job,) = cursor.fetchone()
        assert troubles("queue") == []
        cursor.execute(
            "UPDATE procrastinate_events SET at = at - interval '16 minutes' WHERE job_id = %s",
            [job],
        )
        assert troubles("queue") == ["jobs:default"]
        cursor.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = '2199-01-01' WHERE id = %s", [job]
        )
    assert troubles("queue") == []


def test_a_clock_apart_from_the_databases(
    env: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_nobody_keeps_the_clock", lambda: False)
    monkeypatch.setattr(machine, "_apart_s", lambda: 1.5)
    assert troubles("clock") == []
    monkeypatch.setattr(machine, "_apart_s", lambda: -90.0)
    (wrong,) = watches()["clock"].look(NOW)
    assert wrong.said.startswith("The clock of the database is 90 s apart from ours.")


def test_a_copy_that_nobody_makes_or_that_is_old(env: Environment) -> None:
    assert troubles("copy") == ["copy"]
    noted = env.home / "last-backup"
    noted.touch()
    assert troubles("copy") == []
    three_days_ago = noted.stat().st_mtime - 3 * 86_400
    os.utime(noted, (three_days_ago, three_days_ago))
    assert "72 hours old" in watches()["copy"].look(NOW)[0].said


def test_a_full_disk(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "free_share", lambda path: (0.5, 10**12))
    assert troubles("disk") == []
    monkeypatch.setattr(machine, "free_share", lambda path: (0.01, 10**12))
    assert troubles("disk") == ["disk-0"]
    assert error("disk", "full", todo="make room").todo


def test_a_certificate_near_its_end(env: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    public = dataclasses.replace(env, public_url="https://numbers.example")
    alerts.watch(public)
    ends = kernel_clock.SystemClock().now() + timedelta(days=30)
    monkeypatch.setattr(network, "certificate_ends_at", lambda host, port: ends)
    assert troubles("certificate") == []
    ends -= timedelta(days=10)
    monkeypatch.setattr(network, "certificate_ends_at", lambda host, port: ends)
    assert troubles("certificate") == ["numbers.example"]

    def away(host: str, port: int) -> datetime:
        raise ConnectionRefusedError

    monkeypatch.setattr(network, "certificate_ends_at", away)
    assert troubles("certificate") == ["numbers.example"]


def test_a_low_balance_at_a_supplier(env: Environment) -> None:
    assert troubles("supplier-balance") == []
    later = dict.fromkeys(("funds_due_at", "sync_due_at", "compare_due_at"), NOW)
    Wholesale.objects.create(code="alpha", low_at=NOW, **later)
    assert troubles("supplier-balance") == ["alpha"]


@pytest.fixture
def told(standing: Standing) -> Iterator[list[Trouble]]:
    """Install one watch that finds what a test puts into this list."""
    before, found = (dict(watches()), channels()), list[Trouble]()
    wanted = dataclasses.replace(before[1], mail_to="ops@example.com", call=None)
    install({"test": Watch(lambda now: list(found), MINUTE)}, wanted)
    watch_everything(now=NOW)
    yield found
    install(*before)


def sweep(standing: Standing, at: datetime) -> list[str]:
    """Sweep at a moment; return the words of the letters that this wrote."""
    before = set(Letter.objects.values_list("id", flat=True))
    standing.at = at
    sweep_until(at, sources=DUE_SOURCES)
    return [row.letter for row in Letter.objects.exclude(id__in=before)]


def test_a_trouble_is_told_once_again_by_rule_and_when_it_is_over(
    told: list[Trouble], standing: Standing
) -> None:
    assert sweep(standing, NOW) == []
    told.append(Trouble("alpha", "The carrier alpha is not bound."))
    assert sweep(standing, NOW + MINUTE) == [], "perhaps it is gone in a moment"
    assert sweep(standing, NOW + 2 * MINUTE) == ["alert"]
    for n in range(3, 30):
        assert sweep(standing, NOW + n * MINUTE) == []
    [row] = queries.open_alerts()
    assert (row.kind, row.subject, row.raised_at) == ("test", "alpha", NOW + 2 * MINUTE)
    assert sweep(standing, NOW + timedelta(hours=25)) == ["alert"], "a day later once more"
    assert sweep(standing, NOW + timedelta(hours=26)) == []
    told.clear()
    assert sweep(standing, NOW + timedelta(hours=27)) == ["alert"]
    assert sweep(standing, NOW + timedelta(hours=28)) == []
    assert queries.open_alerts() == []
    assert [row.cleared_at for row in queries.past_alerts()] == [NOW + timedelta(hours=27)]


def test_what_goes_by_itself_is_told_to_nobody(told: list[Trouble], standing: Standing) -> None:
    told.append(Trouble("alpha", "gone soon"))
    assert sweep(standing, NOW) == []
    told.clear()
    assert sweep(standing, NOW + MINUTE) == []
    assert not Alert.objects.exists()


def test_a_jump_of_the_clock_is_one_look(told: list[Trouble], standing: Standing) -> None:
    sweep(standing, NOW)
    standing.at = NOW + timedelta(days=30)
    swept = sweep_until(standing.at, sources=DUE_SOURCES)
    assert (swept.fired, swept.failed) == (1, 0)
    assert Look.objects.get().due_at == standing.at + MINUTE


def test_a_look_that_was_made_is_not_made_twice(told: list[Trouble]) -> None:
    told.append(Trouble("alpha", "wrong"))
    look("test", at=NOW, now=NOW)
    look("test", at=NOW, now=NOW + MINUTE)
    assert Alert.objects.get().raised_at is None


def test_the_operators_server_hears_it_signed_and_again_until_it_takes_it(
    told: list[Trouble], standing: Standing
) -> None:
    with Receiver() as server:
        hearing = dataclasses.replace(
            environment(), alert_webhook=server.url("/alerts"), alert_webhook_secret=SECRET
        )
        wanted = dataclasses.replace(channels(), call=alerts._Caller(hearing))
        install(dict(watches()), wanted)
        told.append(Trouble("alpha", "The carrier alpha is not bound."))
        sweep(standing, NOW)
        sweep(standing, NOW + MINUTE)
        with connection.cursor() as cursor:
            cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'alerts.tell'")
            [(given,)] = cursor.fetchall()
        arguments = json.loads(given) if isinstance(given, str) else given
        alert = Alert.objects.get()
        assert (arguments["alert_id"], arguments["telling_id"]) == (str(alert.id), "raised-1")
        server.reply = failing(503)
        with pytest.raises(Unavailable):
            tell(alert.id, telling="raised-1", now=standing.at)
        server.reply = failing(204)
        tell(alert.id, telling="raised-1", now=standing.at)
    first, second = server.told
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    heard = Webhook(SECRET).verify(second.body, second.headers)
    assert heard["type"] == "alert.raised"
    assert heard["data"]["subject"] == "alpha"
    assert heard["data"]["cleared_at"] is None
