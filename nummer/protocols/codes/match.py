"""Which services an SMS positively comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nummer.protocols.codes.origin import origin_of
from nummer.protocols.codes.pattern import (
    Patterns,
    Phrase,
    ServicePattern,
    folded_sender,
    indexed,
    words_of,
)
from nummer.protocols.codes.text import lowered, readable

_NONE: Final[frozenset[str]] = frozenset()


def match_services(
    *, sender: str, text: str, patterns: Mapping[str, ServicePattern]
) -> frozenset[str]:
    """Return the services whose sender, domain or own words the SMS bears.

    An empty answer says that nothing is known about the SMS, not that it is nobody's.
    """
    known = indexed(patterns)
    return services_of_sender(sender, known) | services_in(readable(text), known)


def services_of_sender(sender: str, patterns: Patterns) -> frozenset[str]:
    """Return the services that call themselves so."""
    return patterns.by_sender.get(folded_sender(sender), _NONE)


def services_in(shown: str, patterns: Patterns) -> frozenset[str]:
    """Return the services whose domain or words a readable text bears."""
    found = _of_words(shown, patterns)
    origin = origin_of(shown)
    if origin is not None:
        found |= _of_domain(origin.domain, patterns)
    return frozenset(found)


def _of_domain(domain: str, patterns: Patterns) -> frozenset[str]:
    """Look a domain up, then the domains it lies in."""
    labels = domain.split(".")[-4:]
    for first in range(len(labels) - 1):
        services = patterns.by_domain.get(".".join(labels[first:]))
        if services:
            return services
    return _NONE


def _of_words(shown: str, patterns: Patterns) -> set[str]:
    ascii_only = shown.isascii()
    if ascii_only:
        small = words_of(lowered(shown))
        first_words = patterns.by_first_word.keys() & small
        if not first_words:
            return set()
        written = words_of(shown)
    else:
        written = words_of(shown)
        small = tuple(map(lowered, written))
        first_words = patterns.by_first_word.keys() & small
    found: set[str] = set()
    for first in first_words:
        for phrase in patterns.by_first_word[first]:
            if _stands_in(phrase, written=written, small=small):
                found.add(phrase.service)
    if not ascii_only:
        found |= {phrase.service for phrase in patterns.unspaced if phrase.text in shown}
    return found


def _stands_in(phrase: Phrase, *, written: tuple[str, ...], small: tuple[str, ...]) -> bool:
    wanted, among = (phrase.small, small) if phrase.any_case else (phrase.written, written)
    first, count = wanted[0], len(wanted)
    if count == 1:
        return first in among
    return any(word == first and among[at : at + count] == wanted for at, word in enumerate(among))
