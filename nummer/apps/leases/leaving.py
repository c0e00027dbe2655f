"""Why rented numbers end: what customers are asked, and what the staff says of our own ends."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: Final[Mapping[str, str | Promise]] = MappingProxyType(
    {
        "not_needed": _("I no longer need it."),
        "price": _("It is too expensive."),
        "faults": _("It does not work well enough."),
        "refused": _("Services do not accept the number."),
        "other": _("Another reason."),
    }
)

# Words of ours about how a lease ended at once; a lease that ended so is judged with its end.
CANCELLED: Final = "cancelled"  # by its holder
BY_OPERATOR: Final = "by_operator"
PORTED: Final = "ported"
ENDED_AT_ONCE: Final = frozenset({CANCELLED, BY_OPERATOR, PORTED})
HANDED_OVER: Final = "handed_over"  # gives nothing back: the paid period goes with it (ADR 290)


class Cause(StrEnum):
    """Why we end a lease ourselves; what it gives back is decided by facts, not by this word."""

    OFFER = "offer"
    SUPPLIER = "supplier"
    LAW = "law"
    PAPERS = "papers"
    MISUSE = "misuse"
    OTHER = "other"


CAUSES: Final[Mapping[Cause, str | Promise]] = MappingProxyType(
    {
        Cause.OFFER: _("We no longer offer numbers of this kind."),
        Cause.SUPPLIER: _("Our supplier takes the number back."),
        Cause.LAW: _("A law or an authority requires it."),
        Cause.PAPERS: _("Papers that this number needs are missing or no longer count."),
        Cause.MISUSE: _("The number was misused."),
        Cause.OTHER: _("Another reason, as written below."),
    }
)


class PortRefusal(StrEnum):
    """Why a number cannot be ported to another provider."""

    NOT_PORTABLE = "not_portable"
    DETAILS = "details"
    FORBIDDEN = "forbidden"
    OTHER = "other"


PORT_REFUSALS: Final[Mapping[PortRefusal, str | Promise]] = MappingProxyType(
    {
        PortRefusal.NOT_PORTABLE: _("Numbers of this kind cannot be ported in this country."),
        PortRefusal.DETAILS: _("What the other provider stated does not match the contract."),
        PortRefusal.FORBIDDEN: _("A law or an authority does not allow it."),
        PortRefusal.OTHER: _("Another reason, as written below."),
    }
)
