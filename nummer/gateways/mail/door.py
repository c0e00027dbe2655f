"""One connection at the door: aiosmtpd's protocol with our limits."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from nummer.gateways.mail.ports import Actions, ArrivedMail, MailDoor
from nummer.gateways.mail.visitors import Visitors
from nummer.kernel.errors import Refusal, Unavailable

IDLE_MAX_S: Final = 180.0  # for a command, and for a whole mail
LINE_OCTETS_MAX: Final = 100_000  # RFC 5321 says 1,000; real programs do not listen
COMMANDS_MAX: Final = 200  # of each kind in one connection
RECIPIENTS_MAX: Final = 10
SURPLUS_MAX: Final = 1_000_000  # octets beyond the limit that are read to say why, politely
BUSY: Final = "451 4.3.0 Please try again later"

_log = structlog.get_logger(__name__)


class Handler:
    """Answers the commands of one door."""

    def __init__(self, actions: Actions, visitors: Visitors, *, one_recipient: bool) -> None:
        self._actions = actions
        self._visitors = visitors
        self._one_recipient = one_recipient  # LMTP owes an answer for each, we give one

    async def handle_EHLO(  # noqa: N802, PLR0917 -- aiosmtpd calls it so
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Say what the door can do; nobody signs in here."""
        del server, envelope
        session.host_name = hostname
        return [line for line in responses if "AUTH" not in line]

    async def handle_MAIL(  # noqa: N802, PLR0917 -- as above
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Let a mail begin, unless its bringer has brought too many."""
        del server
        wait_s = 0 if self._one_recipient else self._visitors.wait_s(_peer(session))
        if wait_s:
            return f"450 4.7.1 Too many mails, please try again in {wait_s} s"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802, PLR0917 -- as above
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Take a recipient of ours; nothing is ever passed on to anybody else."""
        del server, session, options
        if not self._actions.takes(address):
            return "550 5.7.1 This address is not here"
        if len(envelope.rcpt_tos) >= (1 if self._one_recipient else RECIPIENTS_MAX):
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 -- as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Store the mail, then say that it is here."""
        del server, session
        mail = ArrivedMail(
            raw=envelope.original_content or b"",
            null_sender=envelope.mail_from in (None, "", "<>"),
            recipients=tuple(envelope.rcpt_tos),
            received_at=self._actions.now(),
        )
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._actions.receive, mail)
        except Refusal as refusal:
            _log.info("mail refused", code=refusal.code)
            return "554 5.4.6 This mail is not taken"
        except Unavailable:
            _log.warning("mail put off")
            return BUSY
        return "250 2.0.0 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Say that it may work later; what went wrong is ours to know."""
        _log.error("mail failed", exc_info=error)
        return BUSY


class _Limited(SMTP):
    """A connection that counts, and that never holds more octets than a mail may have."""

    line_length_limit = LINE_OCTETS_MAX

    def __init__(self, *args: Any, visitors: Visitors, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._visitors = visitors
        self._entered_from: str | None = None
        self._turned_away = False
        self._octets = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let a visitor in where there is room; TLS begins the same connection anew."""
        assert isinstance(transport, asyncio.Transport)
        if self._entered_from is None:
            address = _address(transport.get_extra_info("peername"))
            if not self._visitors.enter(address):
                self._turned_away = True
                transport.write(b"421 4.7.0 Too many connections\r\n")
                transport.close()
                return
            self._entered_from = address
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room again."""
        if self._entered_from is not None:
            self._visitors.leave(self._entered_from)
            self._entered_from = ""
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        """Let go of whoever was turned away."""
        return None if self._turned_away else super().eof_received()

    def data_received(self, data: bytes) -> None:
        """Read on, until it is more than any mail may have."""
        if self._turned_away:
            return
        self._octets += len(data)
        if self.data_size_limit and self._octets > self.data_size_limit + SURPLUS_MAX:
            if isinstance(self.transport, asyncio.Transport):
                self.transport.write(b"552 5.3.4 Too much mail data\r\n")
                self.transport.close()
            return
        super().data_received(data)

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]  # aiosmtpd types in part
        self._octets = 0


class SmtpDoor(_Limited):
    """SMTP from everywhere."""


class LmtpDoor(_Limited, LMTP):
    """LMTP from a mail server of the operator's own."""


def smtp_connection(
    door: MailDoor, actions: Actions, visitors: Visitors, *, lmtp: bool
) -> asyncio.Protocol:
    """Return the protocol of one new connection."""
    kind = LmtpDoor if lmtp else SmtpDoor
    return kind(
        Handler(actions, visitors, one_recipient=lmtp),
        visitors=visitors,
        hostname=door.name,
        ident="ready",
        data_size_limit=door.octets_max,
        tls_context=None if lmtp else door.tls,
        timeout=IDLE_MAX_S,
        command_call_limit=COMMANDS_MAX,
        auth_exclude_mechanism=("LOGIN", "PLAIN"),
        loop=asyncio.get_running_loop(),
    )


def _peer(session: Session) -> str:
    return _address(session.peer)


def _address(peer: object) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else "local"
