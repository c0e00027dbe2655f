"""The list of hardening: what Django's own look finds, and what our answers say of us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.test.client import Client

from nummer.apps.accounts.staffing import staff_logins
from nummer.config.checks.finding import Finding, error, good, note, warning
from nummer.config.env import Environment

ABOUT: Final = "hardening"
# What Django would like otherwise, and why we do not.
_ACCEPTED: Final = {
    "security.W005": "subdomains are the operator's, not ours to bind",
    "security.W008": "the proxy in front leads to TLS",
    "security.W021": "to be preloaded by browsers is the operator's decision",
}
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
_TELLING: Final = ("Server", "X-Powered-By", "Via")


def hardening(env: Environment) -> list[Finding]:
    """Look at settings, headers, hosts and the staff's second factors."""
    if env.mode == "sandbox":
        return [note(ABOUT, "The sandbox is not looked at.")]
    return [*_settings(), *_headers(env), *_hosts(env)] or [good(ABOUT, "Everything of the list.")]


def staff(env: Environment) -> list[Finding]:
    """Look who of the staff may sign in, and with what."""
    if env.mode == "sandbox":
        return []
    active = [row for row in staff_logins() if row.active]
    bare = [row for row in active if not row.second_factor]
    found = []
    if not any(row.role == "owner" for row in active):
        found.append(
            error(
                "staff",
                "Nobody is owner of this installation.",
                todo="nummer staff create --email you@example.com --role owner",
            )
        )
    if bare:
        found.append(
            warning(
                "staff",
                f"{len(bare)} of the staff have no second factor yet; nothing opens for them.",
                todo="Let them sign in once, or disable the login: nummer staff list",
            )
        )
    return found or [good("staff", f"{len(active)} logins, all with a second factor.")]


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield error(ABOUT, "Pages of mistakes show our code.", todo="Take this release unchanged.")
    found = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
    for each in found:
        if each.id not in _ACCEPTED:
            yield warning(ABOUT, f"{each.id}: {each.msg}", todo="Take this release unchanged.")


def _headers(env: Environment) -> Iterator[Finding]:
    host = urlsplit(env.public_url).hostname or ""
    browser = Client(SERVER_NAME=host, raise_request_exception=False)
    answer = browser.get("/robots.txt", secure=True)
    for name, wanted in _HEADERS.items():
        if wanted not in answer.get(name, ""):
            yield error(
                ABOUT, f"Our answers lack {name}: {wanted}.", todo="Take this release unchanged."
            )
    for name in _TELLING:
        if name in answer:
            yield error(ABOUT, f"Our answers tell {name}.", todo="Take this release unchanged.")


def _hosts(env: Environment) -> Iterator[Finding]:
    if "*" in settings.ALLOWED_HOSTS:
        yield error(
            ABOUT,
            "Any host name is answered.",
            todo="Set NUMMER_PUBLIC_URL to the one address of this installation.",
        )
    if env.address not in ("127.0.0.1", "::1"):
        yield warning(
            ABOUT,
            f"HTTP is open on {env.address}, without TLS.",
            todo="Leave NUMMER_ADDRESS at 127.0.0.1, or let nobody but the proxy reach the port.",
        )
