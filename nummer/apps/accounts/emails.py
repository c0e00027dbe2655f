"""One spelling for each e-mail address."""

from __future__ import annotations

import unicodedata


def normalise_email(text: str) -> str:
    """Return the address as we keep and look it up: NFKC, casefold, no white space around.

    Its domain is written as the one that mail goes to: letters without a width, other full stops
    and the ASCII form of a domain with other letters make no second address of a mailbox.
    Letters that only look alike (a Cyrillic a) stay different, so they are different addresses.
    Mail must therefore go to the address that is stored, never to the one that was typed.
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    name, at, domain = plain.rpartition("@")
    return name + at + _one_domain(domain) if at else plain


def hides_something(address: str) -> bool:
    """Say whether a letter of it has no shape, as one that turns the direction of writing.

    A domain of such letters is none to its register (RFC 3454, 5.8), so nothing folds it.
    """
    return any(unicodedata.category(letter).startswith("C") for letter in address)


def _one_domain(domain: str) -> str:
    """Return the domain as its register knows it (RFC 3490), or as it is where none can be."""
    try:
        return domain.encode("idna").decode("idna")
    except UnicodeError:
        return domain
