"""Reads a mail: its words, what hangs on it, and the octets that may be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.parser import BytesHeaderParser
from typing import Final

from nummer.kernel.redact import redact
from nummer.protocols.mail.headers import (
    AnyMessage,
    doubled_header,
    hops_of,
    is_automatic,
    message_id_of,
    sender_of,
)
from nummer.protocols.mail.language import language_of
from nummer.protocols.mail.scrubbing import scrubbed
from nummer.protocols.mail.texts import (
    decoded,
    header_text,
    html_text,
    one_line,
    part_text,
    without_controls,
)

TEXT_MAX: Final = 100_000  # characters that are kept to be read; all octets are kept beside them
SUBJECT_MAX: Final = 200
FILE_NAME_MAX: Final = 100
ATTACHMENTS_MAX: Final = 50  # that are listed
# A mail with more is read as one text: taking it apart would cost more than it can be worth.
BOUNDARIES_MAX: Final = 30
PARTS_MAX: Final = 1_000
_NO_NAME: Final = "attachment"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What hangs on a mail, as the mail says; nobody has looked inside."""

    name: str = field(repr=False)
    media_type: str
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMail:
    """A mail in words; everything in it is a stranger's claim.

    `raw` are the octets as they arrived, but for card numbers and IBANs; `redacted` says that
    there were some. `understood` is False where the mail was read as one text.
    """

    sender: str | None = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    message_id: str | None = field(repr=False)
    attachments: tuple[Attachment, ...] = field(repr=False)
    raw: bytes = field(repr=False)
    language: str | None
    automatic: bool
    doubled_header: bool
    hops: int
    cut: bool
    redacted: bool
    understood: bool


def read_mail(raw: bytes, *, null_sender: bool = False) -> ReadMail:
    """Read a mail, whatever it holds."""
    try:
        if is_crafted(raw):
            return _as_one_text(raw)
        message: AnyMessage = message_from_bytes(raw, policy=policy.compat32)
        return _read(message, raw, null_sender=null_sender)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return _as_one_text(raw)  # the library stumbled; the mail must not be lost for it


def is_crafted(raw: bytes) -> bool:
    """Tell whether taking a mail apart would cost more than it can be worth."""
    lowered = raw.lower()
    return lowered.count(b"boundary") > BOUNDARIES_MAX or lowered.count(b"\n--") > PARTS_MAX


def _read(message: AnyMessage, raw: bytes, *, null_sender: bool) -> ReadMail:
    text = redact(without_controls(_words(message))).strip()
    subject = redact(header_text(message.get("Subject", "")))[:SUBJECT_MAX]
    read = ReadMail(
        sender=sender_of(message),
        subject=subject,
        text=text[:TEXT_MAX],
        message_id=message_id_of(message),
        attachments=tuple(_attachments(message)),
        raw=raw,
        language=language_of(f"{subject} {text}"),
        automatic=is_automatic(message, null_sender=null_sender),
        doubled_header=doubled_header(message),
        hops=hops_of(message),
        cut=len(text) > TEXT_MAX,
        redacted=False,
        understood=True,
    )
    kept = scrubbed(message, raw)  # changes the message, so it comes last
    return replace(read, raw=kept, redacted=kept != raw)


def _as_one_text(raw: bytes) -> ReadMail:
    head: AnyMessage = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    plain = decoded(raw, None)
    clean = redact(plain)
    text = redact(without_controls(plain)).strip()
    return ReadMail(
        sender=sender_of(head),
        subject=redact(header_text(head.get("Subject", "")))[:SUBJECT_MAX],
        text=text[:TEXT_MAX],
        message_id=message_id_of(head),
        attachments=(),
        raw=raw if clean == plain else clean.encode(),
        language=None,
        automatic=True,  # whatever made it, it is not answered
        doubled_header=True,
        hops=hops_of(head),
        cut=len(text) > TEXT_MAX,
        redacted=clean != plain,
        understood=False,
    )


def _words(message: AnyMessage) -> str:
    """Return the plain texts of a mail; where there are none, the words of its pages."""
    bodies = [part for part in message.walk() if _is_body(part)]
    plain = [part_text(part) for part in bodies if part.get_content_subtype() != "html"]
    if any(text.strip() for text in plain):
        return "\n\n".join(text.strip() for text in plain)
    pages = [html_text(part_text(part)) for part in bodies]
    return "\n\n".join(page.strip() for page in pages)


def _is_body(part: AnyMessage) -> bool:
    return (
        not part.is_multipart()
        and part.get_content_maintype() == "text"
        and part.get_content_disposition() != "attachment"
    )


def _attachments(message: AnyMessage) -> Iterator[Attachment]:
    listed = [part for part in message.walk() if not part.is_multipart() and not _is_body(part)]
    for part in listed[:ATTACHMENTS_MAX]:
        yield Attachment(_file_name(part), part.get_content_type()[:100], _octets(part))


def _file_name(part: AnyMessage) -> str:
    """Return the name without folders; nothing is ever written under it."""
    try:
        named = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        named = ""
    bare = header_text(named).replace("\\", "/").rpartition("/")[2].strip(". ")
    return redact(one_line(bare))[:FILE_NAME_MAX] or _NO_NAME


def _octets(part: AnyMessage) -> int:
    payload = part.get_payload(decode=True)
    return len(payload) if isinstance(payload, bytes) else 0
