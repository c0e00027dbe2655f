"""Every look, in the order in which an operator puts things right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from nummer.config.checks import business, database, hardening, machine, network, secrets
from nummer.config.checks.finding import Finding
from nummer.config.env import Environment
from nummer.kernel.clock import SystemClock


def findings(env: Environment, *, now: datetime) -> list[Finding]:
    """Return all findings; certificates and copies keep the machine's time."""
    real = SystemClock().now()
    looks: list[Callable[[], list[Finding]]] = [
        lambda: machine.user(env),
        lambda: secrets.secrets(env),
        lambda: database.database(env),
        lambda: database.backup(env, now=real),
        lambda: machine.disk(env),
        lambda: machine.clock(env),
        lambda: business.operator(env),
        lambda: business.documents(now=now),
        lambda: network.tls(env, now=real),
        lambda: network.mail(env),
        lambda: hardening.hardening(env),
        lambda: hardening.staff(env),
        lambda: business.carriers(env, now=now),
        lambda: business.shop(env),
    ]
    return [finding for look in looks for finding in look()]
