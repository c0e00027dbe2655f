"""What the catalogue knows about the SMS of a service, in the form the functions here use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nummer.protocols.codes.forms import Form, form_of
from nummer.protocols.codes.text import lowered

_SLOT: Final = re.compile(r"\{(A?)([1-9][0-9]?)(?:-([1-9][0-9]?))?\}")
_WORD: Final = re.compile(r"\w+")
_DIGIT: Final = re.compile(r"[0-9]")
_THREE_DIGITS: Final = re.compile(r"[0-9]{3}")
_CODE_LENGTH_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class ServicePattern:
    """How one service writes: build it with `service_pattern`.

    `senders` are compared without case and punctuation. `words` are phrases found in its texts:
    one written in small letters matches in any case, any other matches as it is written, so that
    Line and Signal are not taken for ordinary words. `domains` are those of origin-bound codes.
    `templates` hold the code as their only group; `names_digits` says that one of them has a digit
    beside it, so that texts of one form may differ. `registration` and `login` are phrases.
    """

    service: str
    senders: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    domains: frozenset[str] = frozenset()
    templates: tuple[re.Pattern[str], ...] = ()
    registration: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    names_digits: bool = False


def service_pattern(
    service: str,
    *,
    senders: Iterable[str] = (),
    words: Iterable[str] = (),
    domains: Iterable[str] = (),
    templates: Iterable[str] = (),
    registration: Iterable[str] = (),
    login: Iterable[str] = (),
) -> ServicePattern:
    """Build a pattern from the plain words of the catalogue.

    A template is text with slots: `{6}` is six digits, `{5-8}` five to eight, `{A5}` five
    capital letters or digits; the code reaches from the first slot to the last. Raises
    ValueError for a template without a slot.
    """
    templates = tuple(templates)
    return ServicePattern(
        service=service,
        senders=frozenset(folded_sender(sender) for sender in senders),
        words=tuple(words),
        domains=frozenset(domain.lower() for domain in domains),
        templates=tuple(compiled_template(template) for template in templates),
        registration=tuple(lowered(phrase) for phrase in registration),
        login=tuple(lowered(phrase) for phrase in login),
        names_digits=any(_DIGIT.search(_SLOT.sub("", template)) for template in templates),
    )


def compiled_template(template: str) -> re.Pattern[str]:
    """Turn a template into an expression whose every repetition is bounded."""
    slots = list(_SLOT.finditer(template))
    if not slots:
        raise ValueError("a template names the place of its code")
    start, end = slots[0].start(), slots[-1].end()
    before, code, after = template[:start], template[start:end], template[end:]
    return re.compile(
        f"{_edge(before, ahead=False)}{_literal(before)}"
        f"({_slots(code)}){_literal(after)}{_edge(after, ahead=True)}",
        re.IGNORECASE,
    )


def folded_sender(sender: str) -> str:
    """Return a sender's name without case, spaces and punctuation."""
    small = lowered(sender[:64])
    return small if small.isalnum() else "".join(filter(str.isalnum, small))


class Patterns(Mapping[str, ServicePattern]):
    """All services' patterns by code, with what makes a look-up take one walk over the text."""

    def __init__(self, patterns: Iterable[ServicePattern]) -> None:
        self._by_service: Final = {pattern.service: pattern for pattern in patterns}
        self.by_sender: Final = _by(
            (sender, p.service) for p in self._by_service.values() for sender in p.senders
        )
        self.by_domain: Final = _by(
            (domain, p.service) for p in self._by_service.values() for domain in p.domains
        )
        phrases = [Phrase.of(w, service=p.service) for p in self.values() for w in p.words]
        self.by_first_word: Final[dict[str, list[Phrase]]] = {}
        for phrase in phrases:
            if phrase.spaced:
                self.by_first_word.setdefault(phrase.small[0], []).append(phrase)
        self.unspaced: Final = tuple(phrase for phrase in phrases if not phrase.spaced)
        self.templated: Final = {code: p for code, p in self.items() if p.templates}
        # What texts said, by the hash of their forms (reading.py); and whether a name has digits
        # of the kind that forms cover, or that may stand inside of what they cover.
        self.forms: Final[dict[int, Form]] = {}
        self.names_digits: Final = (
            any(form_of(domain) != domain for domain in self.by_domain)
            or any(_THREE_DIGITS.search(phrase.text) for phrase in phrases)
            or any(_DIGIT.search(phrase.text) for phrase in self.unspaced)
        )

    def __getitem__(self, service: str) -> ServicePattern:
        return self._by_service[service]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_service)

    def __len__(self) -> int:
        return len(self._by_service)


def indexed(patterns: Mapping[str, ServicePattern]) -> Patterns:
    """Return `patterns` ready for look-ups; what is a Patterns already costs nothing."""
    return patterns if isinstance(patterns, Patterns) else Patterns(patterns.values())


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand for a service: as written, and in small letters."""

    service: str
    text: str
    written: tuple[str, ...]
    any_case: bool
    spaced: bool
    small: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, text: str, *, service: str) -> Phrase:
        """Cut `text` into words; scripts without spaces between words are kept whole."""
        written = words_of(text)
        assert written, "a phrase has a word"
        return cls(
            service=service,
            text=text,
            written=written,
            any_case=text == lowered(text),
            spaced=all(ord(letter) < _FIRST_UNSPACED for letter in text),
            small=tuple(lowered(word) for word in written),
        )


_FIRST_UNSPACED: Final = 0x0E00  # from Thai on, words are not set apart by spaces


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in their order."""
    return tuple(_WORD.findall(text))


def _by(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for key, service in pairs:
        found.setdefault(key, set()).add(service)
    return {key: frozenset(services) for key, services in found.items()}


def _slots(template: str) -> str:
    parts: list[str] = []
    at = 0
    for slot in _SLOT.finditer(template):
        letters, least, most = slot[1], int(slot[2]), int(slot[3] or slot[2])
        if not least <= most <= _CODE_LENGTH_MAX:
            raise ValueError("a code has at most 12 letters")
        parts.append(re.escape(template[at : slot.start()]))
        parts.append(f"{'(?-i:[0-9A-Z])' if letters else '[0-9]'}{{{least},{most}}}")
        at = slot.end()
    return "".join(parts)


def _literal(text: str) -> str:
    return r"\s{1,3}".join(re.escape(word) for word in _split(text))


def _split(text: str) -> Sequence[str]:
    return re.split(r"\s+", text)


def _edge(text: str, *, ahead: bool) -> str:
    """Keep a template that begins or ends with its code from cutting a longer number or word."""
    if text.strip():
        return ""
    return r"(?![0-9A-Za-z]|[-.,:/][0-9])" if ahead else r"(?<![0-9A-Za-z])(?<![0-9][-.,:/])"
