"""The process of the official mailbox: its ports filled with the apps' actions."""

from __future__ import annotations

import asyncio
import signal
import ssl

import structlog
from django.db import InterfaceError, OperationalError, connection

from nummer.apps.agreements.queries import operator
from nummer.apps.cases import actions as cases
from nummer.apps.cases.threads import is_ours
from nummer.apps.notify.returning import receive_report
from nummer.config import logs, loop_clock
from nummer.config.announce import announce
from nummer.config.env import Environment, environment
from nummer.config.processes import Trouble
from nummer.gateways.mail import service
from nummer.gateways.mail.names import Names
from nummer.gateways.mail.ports import Actions, ArrivedMail, MailDoor
from nummer.kernel import clock
from nummer.kernel.errors import Unavailable
from nummer.protocols.mail.evidence import dkim_evidence
from nummer.protocols.mail.reading import read_mail


def take() -> None:
    """Take mails until SIGTERM."""
    env = environment()
    loop_clock.install_where_needed(env)
    asyncio.run(_take(env))


async def _take(env: Environment) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    names = Names(env.dns_server)
    await service.run(
        MailDoor(
            name=operator().mailbox.rpartition("@")[2],
            host=env.mail_address,
            smtp_port=env.mail_port,
            lmtp_port=env.lmtp_port,
            tls=_tls(env),
        ),
        actions=Actions(
            now=clock.now, takes=is_ours, receive=lambda mail: receive(mail, names=names)
        ),
        stop=stop,
        ready=lambda ports: announce("gateway-mail", **ports),
    )


def receive(mail: ArrivedMail, *, names: Names) -> None:
    """Read a mail, ask what its signatures show, and store it; or note what became of one of ours.

    Refuses: MailLoops. Raises Unavailable: the database is away; nothing was kept.
    """
    with structlog.contextvars.bound_contextvars(request_id=logs.request_id(None)):
        try:
            if not _reports(mail):
                _store(mail, names)
        except (OperationalError, InterfaceError) as away:
            connection.close()
            raise Unavailable("database") from away


def _reports(mail: ArrivedMail) -> bool:
    return receive_report(
        mail.raw,
        recipients=mail.recipients,
        null_sender=mail.null_sender,
        now=mail.received_at,
    )


def _store(mail: ArrivedMail, names: Names) -> None:
    evidence = dkim_evidence(mail.raw, resolver=names.txt)
    read = read_mail(mail.raw, null_sender=mail.null_sender)
    cases.receive_mail(
        read, dkim=evidence, recipients=mail.recipients, received_at=mail.received_at
    )


def _tls(env: Environment) -> ssl.SSLContext | None:
    """Return what STARTTLS needs. Raises Trouble: certificate and key cannot be read."""
    if env.mail_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(env.mail_certificate, env.mail_key)
    except (OSError, ssl.SSLError) as wrong:
        raise Trouble(
            "NUMMER_MAIL_CERTIFICATE and NUMMER_MAIL_KEY must be a certificate and its key in PEM."
        ) from wrong
    return context
