"""How mails leave: by the operator's SMTP server, in the sandbox into its mail box."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from nummer.config.env import Environment, environment
from nummer.config.processes import read_json

TIME_LIMIT_S: Final = 20
SCHEMES: Final = ("smtp", "smtp+starttls", "smtps")


class OutgoingMail(EmailBackend):
    """Django's SMTP backend with the server of NUMMER_MAIL_URL.

    Raises what smtplib raises, or ConnectionRefusedError when there is no server; the job that
    sends the letter tries again.
    """

    def __init__(self, *, fail_silently: bool = False, **given: Any) -> None:
        del given
        super().__init__(
            fail_silently=fail_silently, timeout=TIME_LIMIT_S, **_server(environment())
        )

    def _send(self, email_message: EmailMessage) -> bool:
        """Send a mail whose envelope names another address than From, where it says so."""
        back: str | None = getattr(email_message, "envelope_sender", None)
        if back is None:
            return bool(super()._send(email_message))  # type: ignore[misc]  # not in the stubs
        header = email_message.from_email
        email_message.extra_headers.setdefault("From", header)
        email_message.from_email = back
        try:
            return bool(super()._send(email_message))  # type: ignore[misc]  # as above
        finally:
            email_message.from_email = header


def _server(env: Environment) -> dict[str, Any]:
    """Return where to send. Raises ValueError for a URL that is none."""
    if env.mail_url is None:
        # the port is 0 while the mail box is not up: the attempt fails and is repeated
        port = read_json(env.run / "sandbox.json").get("mail_port", 0)
        return {"host": "127.0.0.1", "port": port, "use_tls": False, "use_ssl": False}
    url = urlsplit(env.mail_url)
    if url.scheme not in SCHEMES or not url.hostname:
        raise ValueError(
            "NUMMER_MAIL_URL must look like smtp+starttls://user:password@host:587; "
            "the schemes are smtp, smtp+starttls and smtps"
        )
    usual = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}[url.scheme]
    return {
        "host": url.hostname,
        "port": url.port or usual,
        "username": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "use_tls": url.scheme == "smtp+starttls",
        "use_ssl": url.scheme == "smtps",
    }
