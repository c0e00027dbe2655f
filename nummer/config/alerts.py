"""What alerts look at, and how they reach the operator's server."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx
from django.db import connection

from nummer.apps.agreements.queries import operator
from nummer.apps.alerts.links import carriers_down
from nummer.apps.alerts.ports import Channels, Watch, install
from nummer.apps.alerts.ports import Trouble as Wrong
from nummer.apps.outbound.actions import Cleared
from nummer.apps.refunds import queries as refunds
from nummer.apps.supply import queries as supply
from nummer.config.checks import database, machine, network
from nummer.config.checks.finding import Finding
from nummer.config.env import Environment
from nummer.config.gateway import carrier_links
from nummer.config.processes import Trouble
from nummer.config.sweeper import due_sources
from nummer.kernel.clock import SystemClock
from nummer.kernel.errors import Unavailable
from nummer.protocols.webhooks.signing import signed_headers

OFTEN: Final = timedelta(minutes=1)
SELDOM: Final = timedelta(minutes=5)
TWICE_A_DAY: Final = timedelta(hours=12)
OLD: Final = timedelta(minutes=15)  # of what waits in a queue, or of a due row
CALL_LIMIT_S: Final = 10.0


def watch(env: Environment) -> None:
    """Give alerts their watches and channels."""
    install(watches(env), _channels(env))


def watches(env: Environment) -> Mapping[str, Watch]:
    """Return what is looked for, by kind."""
    found = {
        "carrier": Watch(lambda now: _carriers(env, now), OFTEN),
        "late": Watch(_late, SELDOM),
        "due-row": Watch(_due_rows, SELDOM),
        "queue": Watch(_queues, SELDOM),
        "disk": Watch(lambda now: _disks(env), SELDOM),
        "supplier-balance": Watch(_balances, SELDOM),
        "clock": Watch(lambda now: _wrong("clock", machine.clock(env)), SELDOM),
        "copy": Watch(lambda now: _copies(env), TWICE_A_DAY),
    }
    if env.mode == "production":
        found["certificate"] = Watch(lambda now: _certificate(env), TWICE_A_DAY)
    return found


def _carriers(env: Environment, now: datetime) -> list[Wrong]:
    try:
        wanted = [link.code for link in carrier_links(env)]
    except Trouble as wrong:
        return [] if env.mode == "sandbox" else [Wrong("carriers.toml", str(wrong))]
    down = carriers_down(wanted, now=now)
    return [Wrong(code, f"The carrier {code} is not bound.") for code in down]


def _late(now: datetime) -> list[Wrong]:
    return [
        Wrong(kind, f"{counts['late']} late: {kind}. Open /staff/due/ and finish them first.")
        for kind, counts in refunds.owed(now=now).items()
        if counts["late"]
    ]


def _due_rows(now: datetime) -> list[Wrong]:
    return [
        Wrong(source.name, f"A due row of {source.name} waits since {rows[0].due_at:%H:%M} UTC.")
        for source in due_sources()
        if (rows := source.find(now - OLD, 1))
    ]


def _queues(now: datetime) -> list[Wrong]:
    with connection.cursor() as cursor:
        cursor.execute(_OLD_JOBS, [SystemClock().now(), SystemClock().now() - OLD])
        jobs = [Wrong(f"jobs:{name}", f"{n} jobs wait in {name}.") for name, n in cursor]
        cursor.execute(_OLD_TEXTS, [now - OLD])
        (texts,) = cursor.fetchone()
    waiting = [Wrong("texts", f"{texts} texts wait for a carrier.")] if texts else []
    return [*jobs, *waiting]


_OLD_JOBS: Final = """
    SELECT j.queue_name, count(*)
      FROM procrastinate_jobs j
     WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= %s)
       AND EXISTS (SELECT FROM procrastinate_events e
                    WHERE e.job_id = j.id AND e.type = 'deferred' AND e.at < %s)
     GROUP BY j.queue_name ORDER BY j.queue_name
"""
_OLD_TEXTS: Final = (
    "SELECT count(*) FROM messaging_outgoing WHERE state = 'queued' AND queued_at < %s"
)


def _disks(env: Environment) -> list[Wrong]:
    return [
        Wrong(f"disk-{n}", finding.said)
        for n, finding in enumerate(machine.disk(env))
        if finding.level.value == "error"
    ]


def _copies(env: Environment) -> list[Wrong]:
    return _wrong("copy", database.backup(env, now=SystemClock().now()))


def _wrong(name: str, findings: Sequence[Finding]) -> list[Wrong]:
    """Return what a check warns of, with what to do."""
    return [
        Wrong(name, f"{finding.said} {finding.todo}")
        for finding in findings
        if finding.level.value in ("warning", "error")
    ][:1]


def _balances(now: datetime) -> list[Wrong]:
    del now
    return [
        Wrong(row.code, f"The balance at {row.code} is below what you want to have there.")
        for row in supply.accounts()
        if row.low_at is not None
    ]


def _certificate(env: Environment) -> list[Wrong]:
    url = urlsplit(env.public_url)
    host = url.hostname or ""
    try:
        ends_at = network.certificate_ends_at(host, url.port or network.HTTPS_PORT)
    except OSError as away:
        return [Wrong(host, f"No browser would trust {host}: {type(away).__name__}.")]
    if ends_at - SystemClock().now() >= network.NEAR:
        return []
    return [Wrong(host, f"The certificate of {host} counts until {ends_at:%Y-%m-%d}.")]


def _channels(env: Environment) -> Channels:
    return Channels(
        mail_to=env.alert_mail or operator().mailbox,
        repeat_after=timedelta(hours=env.alert_repeat_hours),
        call=_Caller(env) if env.alert_webhook else None,
    )


class _Caller:
    """Calls the operator's server, which may lie in his own network."""

    def __init__(self, env: Environment) -> None:
        self._url, self._secret = env.alert_webhook or "", env.alert_webhook_secret

    def __call__(self, message_id: str, cleared: Cleared) -> None:
        """Make the call. Raises Unavailable: no answer, or none that takes it."""
        body = cleared.fields["body"].encode()
        signed = signed_headers(
            message_id=message_id, timestamp=int(time.time()), body=body, secrets=[self._secret]
        )
        headers = {"Content-Type": "application/json", **signed}
        try:
            answer = httpx.post(self._url, content=body, headers=headers, timeout=CALL_LIMIT_S)
        except httpx.HTTPError as away:
            raise Unavailable("alert webhook") from away
        if not answer.is_success:
            raise Unavailable("alert webhook")
