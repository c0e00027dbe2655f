"""What the headers of a mail say: who writes, to which mail it belongs, whether a machine wrote."""

from __future__ import annotations

import re
from email.message import Message
from email.utils import getaddresses
from typing import Any, Final, TypeAlias

from nummer.protocols.mail.texts import header_text

ADDRESS_MAX: Final = 254  # RFC 5321, section 4.5.3.1.3
MESSAGE_ID_MAX: Final = 250
HOPS_MAX: Final = 30  # Received lines; a mail that has passed more runs in circles
# RFC 5322, section 3.6: these occur once. Somebody who adds a second one wants to be misread.
ONCE: Final = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)

_ADDRESS: Final = re.compile(r"[^@\s<>,;:\\\"()\[\]]{1,64}@[^@\s<>,;:\\\"()\[\]]{1,190}")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{3,248}>")
_BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_MACHINES: Final = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|auto-?reply)([+._-].*)?@",
    re.IGNORECASE,
)
_MARKS: Final = ("X-Autoreply", "X-Autorespond", "X-Loop", "Feedback-ID")

AnyMessage: TypeAlias = "Message[Any, Any]"


def address_in(text: str) -> str | None:
    """Return the one address that `text` consists of, None for none, several and odd ones."""
    try:
        found = [address for _, address in getaddresses([text]) if address]
    except (ValueError, IndexError, TypeError):
        return None
    if len(found) != 1 or len(found[0]) > ADDRESS_MAX or not _ADDRESS.fullmatch(found[0]):
        return None
    return found[0]


def sender_of(message: AnyMessage) -> str | None:
    """Return the address of From; None where there is not exactly one header with one address.

    The name beside it is not read: it can be written like an address of somebody else.
    """
    values = message.get_all("From", [])
    if len(values) != 1:
        return None
    return address_in(str(values[0])[:2_000])


def doubled_header(message: AnyMessage) -> bool:
    """Tell whether a header that occurs once occurs twice."""
    return any(len(message.get_all(name, [])) > 1 for name in ONCE)


def message_id_of(message: AnyMessage) -> str | None:
    """Return the mail's own id with its angle brackets, where it has a plain one."""
    found = _MESSAGE_ID.search(header_text(message.get("Message-ID", "")))
    return found[0] if found and found[0].isascii() else None


def hops_of(message: AnyMessage) -> int:
    """Return through how many servers the mail says that it came."""
    return len(message.get_all("Received", []))


def is_automatic(message: AnyMessage, *, null_sender: bool) -> bool:
    """Tell whether a machine wrote the mail or a list carries it: it is never answered.

    RFC 3834, section 2. What carriers of mail do beside it is known from practice.
    """
    if null_sender or _word(message, "Return-Path") == "<>":
        return True
    if (submitted := _word(message, "Auto-Submitted")) and submitted != "no":
        return True
    if _word(message, "Precedence") in _BULK:
        return True
    if (suppressed := _word(message, "X-Auto-Response-Suppress")) and suppressed != "none":
        return True
    if any(name.casefold().startswith("list-") for name in message):
        return True
    if any(name in message for name in _MARKS):
        return True
    if message.get_content_type() == "multipart/report":
        return True
    return _MACHINES.match(sender_of(message) or "") is not None


def _word(message: AnyMessage, name: str) -> str:
    value = header_text(message.get(name, "")).casefold()
    return value.partition(";")[0].strip()
