"""Whether a code lets a new account be made or an old one be entered."""

from __future__ import annotations

from enum import StrEnum

from nummer.protocols.codes.pattern import ServicePattern
from nummer.protocols.codes.text import lowered, readable
from nummer.protocols.codes.words import LOGIN, REGISTRATION


class CodeKind(StrEnum):
    """What the service sent the code for, as far as its words tell."""

    REGISTRATION = "registration"
    LOGIN = "login"
    UNKNOWN = "unknown"


def code_kind(*, text: str, pattern: ServicePattern | None) -> CodeKind:
    """Tell registration from login: the service's own phrases first, then everybody's."""
    small = lowered(readable(text))
    if pattern is not None:
        kind = _kind(small, registration=pattern.registration, login=pattern.login)
        if kind is not CodeKind.UNKNOWN:
            return kind
    return _kind(small, registration=REGISTRATION, login=LOGIN)


def _kind(small: str, *, registration: tuple[str, ...], login: tuple[str, ...]) -> CodeKind:
    registers = any(phrase in small for phrase in registration)
    enters = any(phrase in small for phrase in login)
    if registers == enters:
        return CodeKind.UNKNOWN
    return CodeKind.REGISTRATION if registers else CodeKind.LOGIN
