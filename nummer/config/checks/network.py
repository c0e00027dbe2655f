"""What the world meets: the certificate at the public address, and our mail server."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from smtplib import SMTPException
from typing import Final
from urllib.parse import urlsplit

import httpx

from nummer.config.checks.finding import Finding, Level, error, good, note, warning
from nummer.config.env import Environment
from nummer.config.mail import OutgoingMail

LIMIT_S: Final = 10.0
NEAR: Final = timedelta(days=21)  # a certificate of 90 days is renewed 30 days before its end
VERY_NEAR: Final = timedelta(days=3)
HTTPS_PORT: Final = 443
MAIL_DOMAIN: Final = "nummer.config.mail_domain"
_AS: Final = {"good": Level.GOOD, "advice": Level.WARNING, "wrong": Level.ERROR}


def tls(env: Environment, *, now: datetime) -> list[Finding]:
    """Look at the certificate of the public address, and whether we answer there."""
    if env.mode == "sandbox":
        return [note("tls", "The sandbox speaks plain HTTP on loopback.")]
    url = urlsplit(env.public_url)
    if url.scheme != "https" or not url.hostname:
        return [
            error(
                "tls",
                "NUMMER_PUBLIC_URL does not begin with https://.",
                todo="Put a proxy in front that ends TLS (deploy/Caddyfile), and name its address.",
            )
        ]
    try:
        ends_at = certificate_ends_at(url.hostname, url.port or HTTPS_PORT)
    except (OSError, ssl.SSLError) as away:
        return [
            error(
                "tls",
                f"No browser would trust {url.hostname}: {_reason(away)}.",
                todo="Look at the name in the DNS, the open port and the certificate of the proxy.",
            )
        ]
    return [_of_certificate(ends_at, now), *_answers(env)]


def certificate_ends_at(host: str, port: int, *, context: ssl.SSLContext | None = None) -> datetime:
    """Return when the certificate of a server ends. Raises OSError: away, or not to be trusted."""
    wrapping = context or ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=LIMIT_S) as plain,
        wrapping.wrap_socket(plain, server_hostname=host) as link,
    ):
        shown = link.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), tz=UTC)


def mail(env: Environment) -> list[Finding]:
    """Look whether the mail server takes us, and at the domain that our mail comes from."""
    if env.mode == "sandbox":
        return [note("mail", "The sandbox keeps its mail.")]
    return [_mail_server(), *_mail_domain()]


def _mail_server() -> Finding:
    link = OutgoingMail()
    try:
        link.open()
    except (OSError, SMTPException, ValueError) as away:
        return error(
            "mail",
            f"The mail server does not take us: {type(away).__name__}.",
            todo="Look at NUMMER_MAIL_URL: scheme, host, port, user and password.",
        )
    finally:
        link.close()
    return good("mail", "The mail server takes us.")


def _mail_domain() -> Iterator[Finding]:
    """Ask whoever looks at SPF, DKIM and DMARC, where this release has him."""
    if find_spec(MAIL_DOMAIN) is None:
        return
    for each in import_module(MAIL_DOMAIN).mail_findings():
        level = _AS.get(str(each.level), Level.NOTE)
        wrong = level in (Level.WARNING, Level.ERROR)
        todo = "Put the record right at whoever keeps your DNS (docs/operate/production.md)."
        yield Finding("mail", level, f"{each.about}: {each.sentence}", todo if wrong else "")


def _of_certificate(ends_at: datetime, now: datetime) -> Finding:
    left = ends_at - now
    said = f"The certificate counts until {ends_at:%Y-%m-%d}."
    todo = "Look why the proxy does not renew it; Caddy does so by itself, certbot by a timer."
    if left < VERY_NEAR:
        return error("tls", said, todo=todo)
    if left < NEAR:
        return warning("tls", said, todo=todo)
    return good("tls", said)


def _answers(env: Environment) -> Iterator[Finding]:
    try:
        answer = httpx.get(f"{env.public_url}/contact/", timeout=LIMIT_S, follow_redirects=False)
    except httpx.HTTPError as away:
        yield error(
            "tls",
            f"Nothing of ours answers at NUMMER_PUBLIC_URL: {type(away).__name__}.",
            todo="Start Nummer, and let the proxy lead to NUMMER_ADDRESS and NUMMER_PORT.",
        )
        return
    if "Strict-Transport-Security" not in answer.headers:
        yield warning(
            "tls",
            "The answer does not bind browsers to TLS (Strict-Transport-Security).",
            todo="Let the proxy set X-Forwarded-Proto: https, and drop no header of ours.",
        )


def _reason(away: OSError) -> str:
    if isinstance(away, ssl.SSLCertVerificationError):
        return away.verify_message
    return type(away).__name__
