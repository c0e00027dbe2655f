"""Looks whether other servers can believe our mail: SPF, DKIM, DMARC and MX of its domain.

Who asks the DNS is passed in, so that nothing here waits for it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

LOOKUPS_MAX: Final = 10  # RFC 7208, section 4.6.4
RSA_BITS_MIN: Final = 1024  # RFC 8301, section 3.2; 2048 is what it advises
RSA_BITS: Final = 2048
_ASKING: Final = re.compile(
    r"[+?~-]?(?:(?:a|mx|ptr)(?:[:/].*)?|(?:include|exists):.+)", re.IGNORECASE
)
_INCLUDED: Final = re.compile(r"(?:[+?~-]?include:|redirect=)(.+)", re.IGNORECASE)


class Dns(Protocol):
    """Asks the DNS. Raises TimeoutError: no answer."""

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, none where there are none."""

    def servers(self, name: str) -> Sequence[str]:
        """Return the hosts of the MX records of a name."""


class Level(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    ADVICE = "advice"
    WRONG = "wrong"
    UNKNOWN = "unknown"  # the DNS did not answer


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what about, how it is, and a sentence for the operator."""

    about: str
    level: Level
    sentence: str


def findings(domain: str, *, selector: str | None, dns: Dns) -> list[Finding]:
    """Look at everything that receivers ask about the domain of our mail.

    `selector` is the one that the mail server signs with (DKIM); None where it is not known.
    """
    found: list[Finding] = []
    looks = {  # generators: nothing is asked before its turn
        "mx": _mx(domain, dns),
        "spf": _spf(domain, dns),
        "dkim": _dkim(domain, selector, dns),
        "dmarc": _dmarc(domain, dns),
    }
    for about, said in looks.items():
        try:
            found += [Finding(about, level, sentence) for level, sentence in said]
        except TimeoutError:
            found.append(Finding(about, Level.UNKNOWN, "The DNS does not answer."))
    return found


_Said = Iterator[tuple[Level, str]]


def _mx(domain: str, dns: Dns) -> _Said:
    hosts = dns.servers(domain)
    if not hosts or list(hosts) == ["."]:
        yield Level.WRONG, f"{domain} has no MX record: what comes back reaches nobody."
    else:
        yield Level.GOOD, f"Mail for {domain} goes to {', '.join(sorted(hosts))}."


def _spf(domain: str, dns: Dns) -> _Said:
    records = _records(domain, "v=spf1", dns)
    if not records:
        yield Level.WRONG, f"{domain} has no SPF record (TXT, v=spf1)."
        return
    if len(records) > 1:
        yield Level.WRONG, f"{domain} has {len(records)} SPF records; receivers then heed none."
        return
    words = records[0].split()
    last = words[-1].lower()
    if any(word.lower() in ("all", "+all") for word in words):
        yield Level.WRONG, "The SPF record ends in +all: anybody may send in our name."
    elif last not in ("-all", "~all") and not last.startswith("redirect="):
        yield Level.WRONG, "The SPF record does not end in -all or ~all."
    else:
        yield Level.GOOD, f"One SPF record, ending in {last}."
    asked = _lookups(domain, dns, seen=set())
    if asked > LOOKUPS_MAX:
        yield Level.WRONG, f"The SPF record needs {asked} look-ups; receivers make {LOOKUPS_MAX}."


def _lookups(domain: str, dns: Dns, *, seen: set[str]) -> int:
    if domain in seen or len(seen) > LOOKUPS_MAX:
        return 0
    seen.add(domain)
    count = 0
    for record in _records(domain, "v=spf1", dns)[:1]:
        for word in record.split()[1:]:
            inside = _INCLUDED.fullmatch(word)
            count += bool(inside or _ASKING.fullmatch(word))
            if inside and "%" not in inside[1]:
                count += _lookups(inside[1].rstrip(".").lower(), dns, seen=seen)
    return count


def _dkim(domain: str, selector: str | None, dns: Dns) -> _Said:
    if selector is None:
        yield (
            Level.ADVICE,
            "Set NUMMER_DKIM_SELECTOR to the selector that your mail server signs with.",
        )
        return
    name = f"{selector}._domainkey.{domain}"
    records = [text for text in dns.texts(name) if "p=" in text]
    if not records:
        yield Level.WRONG, f"{name} holds no key."
        return
    key = _tags(records[0]).get("p", "")
    if not key:
        yield Level.WRONG, f"The key of {name} is withdrawn (p= is empty)."
        return
    bits = _bits(key)
    if bits == 0 and _tags(records[0]).get("k", "rsa") != "ed25519":
        yield Level.WRONG, f"The key of {name} cannot be read."
    elif 0 < bits < RSA_BITS_MIN:
        yield Level.WRONG, f"The key of {name} has {bits} bits; receivers ignore it."
    elif 0 < bits < RSA_BITS:
        yield Level.ADVICE, f"The key of {name} has {bits} bits; {RSA_BITS} are advised."
    else:
        yield Level.GOOD, f"{name} holds a key."


def _bits(key: str) -> int:
    """Return the bits of an RSA key, 0 for any other."""
    try:
        read = load_der_public_key(base64.b64decode("".join(key.split()), validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return 0
    return read.key_size if isinstance(read, RSAPublicKey) else 0


def _dmarc(domain: str, dns: Dns) -> _Said:
    records = _records(f"_dmarc.{domain}", "v=DMARC1", dns)
    if len(records) != 1:
        yield Level.WRONG, f"_dmarc.{domain} must hold one record (TXT, v=DMARC1)."
        return
    tags = _tags(records[0])
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        yield Level.WRONG, "The DMARC record has no policy (p=)."
    elif policy == "none":
        yield Level.ADVICE, "DMARC says p=none: forged mail in our name is delivered."
    else:
        yield Level.GOOD, f"DMARC says p={policy}."
    if "rua" not in tags:
        yield Level.ADVICE, "DMARC names nobody who gets reports (rua=)."


def _records(name: str, version: str, dns: Dns) -> list[str]:
    beginning = version.lower()
    return [
        text
        for text in dns.texts(name)
        if text.lower() == beginning or text.lower().startswith((f"{beginning} ", f"{beginning};"))
    ]


def _tags(text: str) -> dict[str, str]:
    parts = [part.partition("=") for part in text.split(";")]
    return {name.strip().lower(): value.strip() for name, equals, value in parts if equals}
