"""Reads what comes back about a mail of ours: reports of delivery and complaints.

Reports of delivery are RFC 3464, complaints RFC 5965 (ARF). Whom a report is about is never read
here: anybody may write any address into one. It is told by the return path that it came to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum
from typing import Final

from nummer.protocols.mail.headers import AnyMessage
from nummer.protocols.mail.reading import is_crafted

BLOCKS_MAX: Final = 50  # of one report: each of our mails has one recipient
_STATUS: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)  # RFC 3463
_REPLY: Final = re.compile(r"\s*(?:\d{3}[ -])?([245]\.\d{1,3}\.\d{1,3})\b", re.ASCII)
# RFC 3463 and RFC 7505: there is no such mailbox, or it takes nothing any more.
_GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_GONE_REPLIES: Final = frozenset({550, 551, 553})  # RFC 5321, section 4.2.3, said without a status
_PERMANENT: Final = 500
_ADDRESS: Final = re.compile(r"<?([^@\s<>]{1,64}@[^@\s<>]{1,190})>?")


class Returned(StrEnum):
    """What became of a mail, as a server says later."""

    HARD = "hard"  # the address does not exist
    SOFT = "soft"  # it was not taken, for a reason that may pass
    DELAYED = "delayed"  # somebody's server still tries
    COMPLAINT = "complaint"  # its reader calls it unwanted


@dataclass(frozen=True, slots=True)
class Report:
    """One report; `status` is a code of RFC 3463, or empty."""

    returned: Returned
    status: str = ""


def read_report(raw: bytes) -> Report | None:
    """Return what a mail reports, None where it is no report, or says that all went well."""
    if is_crafted(raw):
        return None
    try:
        message: AnyMessage = message_from_bytes(raw, policy=policy.compat32)
        return _read(message)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return None


def return_path_in(raw: bytes) -> str | None:
    """Return the return path that a complaint encloses (RFC 5965, section 3.2).

    It is a word like any other until its signature was looked at.
    """
    if is_crafted(raw):
        return None
    try:
        message: AnyMessage = message_from_bytes(raw, policy=policy.compat32)
        for part in message.walk():
            if part.get_content_type() == "message/feedback-report":
                for block in _blocks(part):
                    if found := _ADDRESS.fullmatch(_word(block, "Original-Mail-From")):
                        return found[1]
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        return None
    return None


def of_reply(code: int, said: str) -> Report:
    """Return what a server's refusal of a recipient means (RFC 5321 and RFC 2034)."""
    found = _REPLY.match(said)
    status = found[1] if found else ""
    gone = status in _GONE if status else code in _GONE_REPLIES
    return Report(Returned.HARD if gone else Returned.SOFT, status)


def is_permanent(code: int) -> bool:
    """Tell whether a server's answer says that trying again is of no use."""
    return code >= _PERMANENT


def _read(message: AnyMessage) -> Report | None:
    if message.get_content_type() != "multipart/report":
        return None
    found: list[Report] = []
    for part in message.walk():
        match part.get_content_type():
            case "message/feedback-report":
                found += [_complaint(block) for block in _blocks(part)]
            case "message/delivery-status":
                found += [report for block in _blocks(part) if (report := _delivery(block))]
    worst = (Returned.COMPLAINT, Returned.HARD, Returned.SOFT, Returned.DELAYED)
    return min(found, key=lambda report: worst.index(report.returned), default=None)


def _complaint(block: AnyMessage) -> Report:
    del block  # whatever kind of complaint it is, its reader does not want our mail
    return Report(Returned.COMPLAINT)


def _delivery(block: AnyMessage) -> Report | None:
    action = _word(block, "Action").casefold()
    found = _STATUS.match(_word(block, "Status"))
    status = found[0] if found else ""
    match action:
        case "failed":
            return Report(Returned.HARD if status in _GONE else Returned.SOFT, status)
        case "delayed":
            return Report(Returned.DELAYED, status)
    return None


def _blocks(part: AnyMessage) -> Iterator[AnyMessage]:
    """Return the groups of fields of a report, however the library took them apart."""
    payload = part.get_payload()
    if isinstance(payload, list):
        for block in payload[:BLOCKS_MAX]:
            if isinstance(block, Message):  # without fields it is a text in which they stand
                yield block if block.keys() else _fields(str(block.get_payload()))
    elif isinstance(payload, str):
        yield _fields(payload)


def _fields(text: str) -> AnyMessage:
    found: AnyMessage = message_from_bytes(
        text.lstrip("\r\n").encode("ascii", "replace"), policy=policy.compat32
    )
    return found


def _word(block: AnyMessage, name: str) -> str:
    return str(block.get(name, "")).strip()[:300]
