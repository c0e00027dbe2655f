"""What a DKIM signature shows about a sender: evidence beside a mail, never an authority.

dkimpy checks signatures. It does not ask whether the signer has to do with From, and it accepts
`l=`, under which anybody may append a text; so both are asked here (RFC 6376, section 8.2).
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from email import policy
from email.parser import BytesHeaderParser
from enum import StrEnum
from typing import Final

import dkim

from nummer.protocols.mail.headers import AnyMessage, doubled_header, sender_of

# Returns the TXT record of a name, None where there is none. Raises TimeoutError: no answer.
Resolver = Callable[[str], bytes | None]

SIGNATURES_MAX: Final = 3  # that are checked; each costs a question to the DNS
NAME_MAX: Final = 253
_TAG: Final = re.compile(r"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*)")


class Dkim(StrEnum):
    """What the signatures of a mail show."""

    ALIGNED = "aligned"  # a whole signature of the domain in From, or of one above it
    FOREIGN = "foreign"  # a signature of somebody else
    BROKEN = "broken"  # signatures that do not hold, or leave a way to add something
    NONE = "none"
    UNAVAILABLE = "unavailable"  # the DNS did not answer in time


def dkim_evidence(raw: bytes, *, resolver: Resolver) -> Dkim:
    """Check the signatures of a mail as it arrived. Never raises for what the mail holds."""
    try:
        head: AnyMessage = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
        return _checked(raw, head, resolver)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return Dkim.BROKEN


def _checked(raw: bytes, head: AnyMessage, resolver: Resolver) -> Dkim:
    signatures = [str(value) for value in head.get_all("DKIM-Signature", [])]
    if not signatures:
        return Dkim.NONE
    domain = (sender_of(head) or "").rpartition("@")[2].casefold()
    if not domain or doubled_header(head):
        return Dkim.BROKEN
    found = [
        _one(raw, number, tags=_tags(signature), domain=domain, resolver=resolver)
        for number, signature in enumerate(signatures[:SIGNATURES_MAX])
    ]
    best = (Dkim.ALIGNED, Dkim.UNAVAILABLE, Dkim.FOREIGN, Dkim.BROKEN)
    return next(verdict for verdict in best if verdict in found)


def _one(raw: bytes, number: int, *, tags: dict[str, str], domain: str, resolver: Resolver) -> Dkim:
    signer = tags.get("d", "").casefold()
    if "l" in tags or not signer:
        return Dkim.BROKEN
    away: list[bool] = []

    def ask(name: bytes, timeout: int = 5) -> bytes | None:
        del timeout  # the resolver has its own
        wanted = name.decode("ascii", "replace").rstrip(".")
        if len(wanted) > NAME_MAX:
            return None
        try:
            return resolver(wanted)
        except TimeoutError:
            away.append(True)
            raise dkim.DnsTimeoutError("no answer") from None

    try:
        holds = dkim.DKIM(raw).verify(idx=number, dnsfunc=ask)
    except (dkim.DKIMException, binascii.Error, UnicodeError):
        holds = False
    if away:
        return Dkim.UNAVAILABLE
    if not holds:
        return Dkim.BROKEN
    return Dkim.ALIGNED if _aligned(signer, domain) else Dkim.FOREIGN


def _aligned(signer: str, domain: str) -> bool:
    """Tell whether the signer is the sender's domain, or one above it.

    One below is not: it may be in other hands, and only a list of public suffixes could tell.
    """
    return "." in signer and (domain == signer or domain.endswith(f".{signer}"))


def _tags(signature: str) -> dict[str, str]:
    unfolded = re.sub(r"\s+", " ", signature)
    return {match[1]: match[2].strip() for match in _TAG.finditer(unfolded)}
