"""Which services an SMS positively comes from."""

from __future__ import annotations

import re
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

# A service writes the same sentence to everybody, so most texts differ only in their code.
_CODE: Final = re.compile(r"[0-9]{4,}")
_ANY_CODE: Final = "\0"  # no readable text has it
_FORMS_MAX: Final = 4_096


def match_services(
    *, sender: str, text: str, patterns: Mapping[str, ServicePattern]
) -> frozenset[str]:
    """Return the services whose sender, domain or own words the SMS bears.

    An empty answer says that nothing is known about the SMS, not that it is nobody's.
    """
    known = indexed(patterns)
    shown = readable(text)
    found = set(known.by_sender.get(folded_sender(sender), ()))
    origin = origin_of(shown)
    if origin is not None:
        found |= _of_domain(origin.domain, known)
    return frozenset(found | _of_form(shown, known))


def _of_domain(domain: str, patterns: Patterns) -> frozenset[str]:
    """Look a domain up, then the domains it lies in."""
    labels = domain.split(".")[-4:]
    for first in range(len(labels) - 1):
        services = patterns.by_domain.get(".".join(labels[first:]))
        if services:
            return services
    return frozenset()


def _of_form(shown: str, patterns: Patterns) -> frozenset[str]:
    """Remember what the words of a text say, under a number that tells nothing of the text."""
    form = hash(_CODE.sub(_ANY_CODE, shown) if patterns.without_codes else shown)
    services = patterns.forms.get(form)
    if services is None:
        if len(patterns.forms) >= _FORMS_MAX:
            patterns.forms.clear()
        services = patterns.forms[form] = frozenset(_of_words(shown, patterns))
    return services


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
        places = [place for place, word in enumerate(small) if word == first]
        for phrase in patterns.by_first_word[first]:
            if any(_stands_at(at, phrase=phrase, written=written, small=small) for at in places):
                found.add(phrase.service)
    if not ascii_only:
        found |= {phrase.service for phrase in patterns.unspaced if phrase.text in shown}
    return found


def _stands_at(
    place: int, *, phrase: Phrase, written: tuple[str, ...], small: tuple[str, ...]
) -> bool:
    end = place + len(phrase.small)
    if phrase.any_case:
        return small[place:end] == phrase.small
    return written[place:end] == phrase.written
