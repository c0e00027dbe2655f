"""Which scope a call of this protocol needs, by a word of its address (ADR 431)."""

from __future__ import annotations

import re
from typing import Final

from nummer.apps.accounts.scopes import Scope

# The first that fits; what is read, and what changes something. None: every key may do it.
SCOPES: Final[tuple[tuple[re.Pattern[str], Scope | None, Scope | None], ...]] = (
    (re.compile(r"/Messages(?:[/.]|\Z)"), Scope.MESSAGES, Scope.MESSAGES),
    (re.compile(r"/IncomingPhoneNumbers(?:[/.]|\Z)"), Scope.NUMBERS_READ, Scope.NUMBERS_WRITE),
    (re.compile(r"/AvailablePhoneNumbers(?:[/.]|\Z)"), None, None),
    (re.compile(r"/(?:Balance|Usage)(?:[/.]|\Z)"), Scope.BALANCE, Scope.ACCOUNT),
    (re.compile(r"/v[12]/(?:PhoneNumbers|Messaging|Voice)/"), None, None),
    (re.compile(r"/RegulatoryCompliance/(?:Regulations|EndUserTypes)(?:/|\Z)"), None, None),
    (re.compile(r"/RegulatoryCompliance/SupportingDocumentTypes(?:/|\Z)"), None, None),
    (re.compile(r"/2010-04-01/Accounts(?:/[^/]+)?\Z"), None, Scope.ACCOUNT),
)


def scope_of(path: str, *, method: str) -> Scope | None:
    """Return the scope that a call needs; what is named nowhere needs that of the account."""
    for pattern, reading, changing in SCOPES:
        if pattern.search(path):
            return reading if method in ("GET", "HEAD") else changing
    return Scope.ACCOUNT
