"""Every address of the port, by the patterns that it answers to, with real names filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils.regex_helper import normalize

from nummer.faces.api_onlinesim.views import OPEN_VERBS, VERBS

Namer = Callable[..., str | None]

# What is everybody's own: it names no row of a customer.
PUBLIC: Final[Mapping[str, str]] = {
    "code": "tg",
    "service": "tg",
    "product": "telegram",
    "operator": "any",
    "country": "no",
    "city": "oslo",
    "language": "en",
    "document": "terms",
    "version": "2026-11-23",
    "older": "2026-11-22",
    "newer": "2026-11-23",
    "topic": "ordering",
    "kind": "Local",
    "span": "Daily",
    "of": "NO",
    "type_sid": f"OY{0:032x}",
    "regulation_sid": f"RN{0:032x}",
    "provider": "sandbox",
    "supplier": "sandbox",
    "path": "anything",
    "part": "orders",
    "purpose": "sms",
    "digits": "4759440000",
    "month": "2026-11",
}
# What whoever has it may use, so that it has to be guessed: here it is.
GUESSED: Final[Mapping[str, str]] = {
    "token": "guessed",
    "link": "guessed",
    "key": "guessed-guessed",
    "uidb36": "1",
    "pk": "1",
    "reference": "guessed",
}
# The operator's own things, which no customer has.
SIMULATORS: Final = "sandbox/"
OPERATORS: Final = frozenset(
    {
        "segment_id",
        "campaign_id",
        "entry_id",
        "proposal_id",
        "run_id",
        "batch_id",
        "list_id",
        "plan_id",
        "draft_id",
        "block_id",
    }
)
NOTHING: Final = "00000000-0000-0000-0000-000000000000"
# Patterns of alternatives, which cannot be written backwards.
WRITTEN: Final[Mapping[str, str]] = {
    r"^v[12]/Voice/(?:Countries|Numbers)/(?P<of>[^/]+)\Z": "v1/Voice/Countries/NO",
    r"^(?:2010-04-01|v2)(?:/.*)?\Z": "v2/anything",
    r"^(?:guest|user)(?:/.*)?\Z": "user/anything",
}
UPPER: Final = ("AvailablePhoneNumbers", "PhoneNumbers/", "Messaging/")  # countries of this form


@dataclass(frozen=True, slots=True)
class Address:
    """One address, the pattern that it answers to, and whether it names a row of somebody's."""

    path: str
    route: str
    owned: bool
    view: Any

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class _Way:
    """How far a pattern is read: as it is written, as an address, and the names in it."""

    route: str = ""
    form: str = ""
    parameters: tuple[str, ...] = ()

    def on(self, each: URLPattern | URLResolver) -> _Way:
        """Go on with what stands below; of alternatives take what is `WRITTEN`."""
        route = self.route + str(each.pattern)
        if isinstance(each, URLPattern) and str(each.pattern) in WRITTEN:
            return _Way(route, self.form + WRITTEN[str(each.pattern)], self.parameters)
        part, named = normalize(each.pattern.regex.pattern)[-1]
        return _Way(route, self.form + part, (*self.parameters, *named))


def addresses(name: Namer) -> list[Address]:
    """Return every address there is; `name(parameter, route=…)` says what a customer's own is."""
    found = list(_addresses(get_resolver().url_patterns, _Way(), name))
    assert len(found) > 500
    return [one for one in found if not one.route.startswith(SIMULATORS)]


def _addresses(
    patterns: Iterable[URLPattern | URLResolver], way: _Way, name: Namer
) -> Iterator[Address]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _addresses(each.url_patterns, way.on(each), name)
        else:
            yield _filled(way.on(each), name, each.callback)


def _filled(way: _Way, name: Namer, view: Any) -> Address:
    values = {each: _value(each, way.route, name) for each in way.parameters}
    guessed = bool(GUESSED.keys() & values.keys())
    names = {each for each in values if each not in PUBLIC and each != "verb"}
    owned = bool(names) and not guessed
    return Address("/" + way.form % values, way.route, owned=owned, view=view)


def _value(parameter: str, route: str, name: Namer) -> str:
    if parameter == "verb":
        return "getService" if "getService)" in route and "|" not in route else "getState"
    if parameter in PUBLIC and name(parameter, route=route) is None:
        value = PUBLIC[parameter]
        return value.upper() if parameter == "country" and any(u in route for u in UPPER) else value
    if parameter in GUESSED:
        return GUESSED[parameter]
    if parameter in OPERATORS:
        return NOTHING
    value_or_none = name(parameter, route=route)
    assert value_or_none is not None, (
        f"{route} is an address that nobody's walk knows how to fill in: say in "
        f"tests/faces/settled.py what a customer's own {parameter} is, or here that it is "
        "everybody's (PUBLIC), has to be guessed (GUESSED) or is the operator's (OPERATORS)"
    )
    return value_or_none


def answers_there(address: Address) -> bool:
    """Say whether its own pattern answers an address, and no other one before it."""
    return resolve(address.path).func is address.view


VERBS_OF_ONLINESIM: Final = (*VERBS, *OPEN_VERBS)
