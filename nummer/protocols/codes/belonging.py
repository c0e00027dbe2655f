"""Whose SMS it is when a number has activations of several services."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from nummer.protocols.codes.match import match_services
from nummer.protocols.codes.pattern import ServicePattern


def belongs_to(
    *, sender: str, text: str, ordered: Sequence[str], patterns: Mapping[str, ServicePattern]
) -> int | None:
    """Return the index of the open activation an SMS belongs to; None: it is another service's.

    `ordered` are the services of the number's open activations, oldest first. An SMS that bears
    a service's marks belongs to the oldest activation of such a service; where none of them was
    ordered it is of another service. An SMS without marks belongs to the oldest. (K22)
    """
    matched = match_services(sender=sender, text=text, patterns=patterns)
    return chosen_of(ordered, matched=matched)


def chosen_of(ordered: Sequence[str], *, matched: Collection[str]) -> int | None:
    """Return what `belongs_to` does, for an SMS whose services are known already."""
    if not ordered:
        return None
    if not matched:
        return 0
    for place, service in enumerate(ordered):
        if service in matched:
            return place
    return None
