"""The signed token by which a mail finds its case: one for each case, for a year."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.agreements.queries import operator
from nummer.apps.cases.models import CaseNumber
from nummer.apps.vault.actions import keyed_digest

VALID: Final = timedelta(days=365)  # from the first contact on
SURVEY_VALID: Final = timedelta(days=60)  # from the end of the case on
ABUSE: Final = "abuse"
_THREAD: Final = "case-thread"
_SURVEY: Final = "case-survey"
_FIRST_DAY: Final = date(2026, 1, 1)
_NUMBER_OCTETS: Final = 5
_DAY_OCTETS: Final = 2
_MAC_OCTETS: Final = 10  # 80 bits: a guess costs a mail, and mails are limited
_OCTETS: Final = _NUMBER_OCTETS + _DAY_OCTETS + _MAC_OCTETS
_LETTERS: Final = -(-_OCTETS * 8 // 5)  # base32, which servers that fold case leave intact


def reply_address(number: int, *, case_id: UUID, received_at: datetime) -> str:
    """Return the address that leads an answer back to a case."""
    local, _, domain = operator().mailbox.rpartition("@")
    day = ((received_at + VALID).astimezone(UTC).date() - _FIRST_DAY).days
    return f"{local}+{_token(number, day=day, case_id=case_id)}@{domain}"


def is_ours(address: str) -> bool:
    """Tell whether a mail to this address is taken: the mailbox, its tokens, abuse, postmaster."""
    local, _, domain = address.casefold().rpartition("@")
    own, _, own_domain = operator().mailbox.casefold().rpartition("@")
    if domain != own_domain:
        return False
    return local in (own, "postmaster", ABUSE) or local.startswith(f"{own}+")


def abuse_address() -> str:
    """Return where anybody reports what was done with a number of ours (RFC 2142)."""
    return f"{ABUSE}@{operator().mailbox.rpartition('@')[2]}"


def is_report_of_abuse(recipients: Iterable[str]) -> bool:
    """Tell whether a mail went to the address for reports of abuse."""
    return any(address.casefold() == abuse_address().casefold() for address in recipients)


def case_of(recipients: Iterable[str], *, now: datetime) -> tuple[int, UUID] | None:
    """Return account and id of the case whose valid token one of these addresses bears."""
    for address in recipients:
        local = address.rpartition("@")[0]
        found = _case_of_token(local.partition("+")[2].casefold(), now=now)
        if found is not None:
            return found
    return None


def survey_token(number: int, *, case_id: UUID, ended_at: datetime) -> str:
    """Return what stands in the link by which a customer says how his case went."""
    day = ((ended_at + SURVEY_VALID).astimezone(UTC).date() - _FIRST_DAY).days
    return _token(number, day=day, case_id=case_id, use=_SURVEY)


def case_of_survey(token: str, *, now: datetime) -> tuple[int, UUID] | None:
    """Return account and id of the case whose survey this token opens."""
    return _case_of_token(token, now=now, use=_SURVEY)


def _token(number: int, *, day: int, case_id: UUID, use: str = _THREAD) -> str:
    mac = keyed_digest(use, f"{number}|{day}|{case_id}")[:_MAC_OCTETS]
    octets = number.to_bytes(_NUMBER_OCTETS, "big") + day.to_bytes(_DAY_OCTETS, "big") + mac
    return base64.b32encode(octets).decode().rstrip("=").lower()


def _case_of_token(token: str, *, now: datetime, use: str = _THREAD) -> tuple[int, UUID] | None:
    if len(token) != _LETTERS or not token.isascii():
        return None
    try:
        octets = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    number = int.from_bytes(octets[:_NUMBER_OCTETS], "big")
    day = int.from_bytes(octets[_NUMBER_OCTETS : _NUMBER_OCTETS + _DAY_OCTETS], "big")
    if _FIRST_DAY + timedelta(days=day) < now.astimezone(UTC).date():
        return None
    row = CaseNumber.objects.filter(number=number).first()
    if row is None:
        return None
    expected = _token(number, day=day, case_id=row.case_id, use=use)
    return (row.account_id, row.case_id) if hmac.compare_digest(expected, token) else None
