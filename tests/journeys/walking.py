"""Every page that a person can come to: found by following links, one for each route.

What no link leads to stands in `UNLINKED`, each with its reason; a page that is neither found nor
listed there fails the walk, so that a new page is looked at like all others.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.journeys.conftest import Visitor

PAGES_MAX: Final = 400


class _Links(HTMLParser):
    """Gathers what links of a page lead to, and its forms that only ask."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "a" and said.get("href") and "download" not in said:
            self.found.append(str(said["href"]))
        if tag == "form" and said.get("method", "get") == "get" and said.get("action"):
            self.found.append(str(said["action"]))


@dataclass(slots=True)
class Walked:
    """The pages that one person came to: addresses by route, and links that lead nowhere."""

    pages: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)  # routes that lead on, or give out a file
    broken: list[tuple[str, int, str]] = field(default_factory=list)  # address, status, from where

    def addresses(self) -> list[str]:
        """Return one address after the other, each route once."""
        return list(self.pages.values())


def walk(person: Visitor, *, starts: Iterable[str], within: str = "/") -> Walked:
    """Follow all links from some pages on, no further than `within`, as `person`; a route once."""
    walked, queue = Walked(), deque((start, "") for start in starts)
    seen: set[str] = set()
    while queue and len(seen) < PAGES_MAX:
        address, origin = queue.popleft()
        route = route_of(address)
        if address in seen or route is None or route in walked.pages:
            continue
        if not address.startswith(within):
            continue
        seen.add(address)
        answer = person.context.request.get(person.installation.url + address, max_redirects=0)
        if answer.status in {301, 302, 303}:
            walked.others.add(route)
            queue.append((_local(answer.headers["location"], address), origin))
            continue
        if not answer.headers.get("content-type", "").startswith("text/html"):
            walked.others.add(route)
            continue
        if answer.status != 200:
            if origin:
                walked.broken.append((address, answer.status, origin))
            continue
        walked.pages[route] = address
        queue.extend((link, address) for link in links(answer.text(), address))
    return walked


def links(text: str, address: str) -> Iterator[str]:
    """Yield the addresses here that a page links to."""
    parser = _Links()
    parser.feed(text)
    for link in parser.found:
        local = _local(link, address)
        if local:
            yield local


def _local(link: str, address: str) -> str:
    parts = urlsplit(urljoin(f"http://here{address}", urldefrag(link).url))
    if parts.netloc != "here" and not parts.netloc.startswith("127.0.0.1"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def route_of(address: str) -> str | None:
    """Return the route of an address; None where there is none, or none for people."""
    try:
        route = str(resolve(urlsplit(address).path).route)
    except Resolver404:
        return None
    return None if route.lstrip("^").startswith(NO_PAGES) else route


def pages() -> Iterator[str]:
    """Yield every route that shows something to people who only look."""
    yield from _pages(get_resolver().url_patterns, "")


def _pages(patterns: Iterable[URLPattern | URLResolver], below: str) -> Iterator[str]:
    for each in patterns:
        here = below + str(each.pattern)
        if here.lstrip("^").startswith(NO_PAGES):
            continue
        if isinstance(each, URLResolver):
            yield from _pages(each.url_patterns, here)
        elif "GET" in _methods(each.callback):
            yield here


def _methods(view: Callable[..., object] | None) -> Collection[str]:
    """Return what Django's own decorators let through to a view; all where there is none."""
    while view is not None:
        said = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in said:
            found: Collection[str] = said["request_method_list"]
            return found
        view = getattr(view, "__wrapped__", None)
    return ("GET",)


# For programs, for machines that read the site, and the sandbox's own.
NO_PAGES: Final = (
    *(
        "stubs/",
        "api/",
        "api(",
        "twilio/",
        "v1/",
        "v[12]/",
        "v2/",
        "2010-04-01/",
        "(?:2010",
        "5sim/",
    ),
    *("5sim/", "onlinesim/", "agent/", "payments/", "suppliers/", "sandbox/"),
    *("sitemap.xml", "robots.txt", "favicon.ico"),
)
_MAIL: Final = "only a link in a mail leads there"
_STATE: Final = "shown in a state of its own; the journey about it opens it"
_EMPTY: Final = "a fresh installation has none; tests of the staff's pages open it"
UNLINKED: Final[Mapping[str, str]] = {
    "accounts/password/set/": _STATE,
    "accounts/login/code/confirm/": _STATE,
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": _MAIL,
    "accounts/phone/verify/": _STATE,
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": _MAIL,
    "accounts/2fa/authenticate/": _STATE,
    "accounts/2fa/reauthenticate/": _STATE,
    "accounts/2fa/totp/activate/": _STATE,
    "accounts/2fa/totp/deactivate/": _STATE,
    "accounts/2fa/recovery-codes/": _STATE,
    "accounts/2fa/recovery-codes/generate/": _STATE,
    "accounts/2fa/recovery-codes/download/": _STATE,
    "accounts/2fa/webauthn/add/": _STATE,
    "accounts/2fa/webauthn/reauthenticate/": _STATE,
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": _STATE,
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": _STATE,
    "accounts/3rdparty/login/error/": _STATE,
    "accounts/3rdparty/signup/": _STATE,
    "accounts/google/login/callback/": _STATE,
    "staff/cases/<int:number>/raw/<uuid:message_id>/": "a file, of cases that came by mail",
    "staff/cases/<int:number>/files/<uuid:file_id>/": "a file, of cases that have some",
    "staff/customers/<int:account_id>/": "for whoever has a case of his, or says why",
    "staff/customers/<int:number>/open/": "a customer's page is opened by a case or a reason",
    "staff/figures/": "a part of a page, fetched while it is looked at",
    "staff/segments/<uuid:segment_id>/": _EMPTY,
    "staff/campaigns/<uuid:campaign_id>/": _EMPTY,
    "staff/papers/<int:account_id>/<uuid:papers_id>/": _EMPTY,
    "staff/claims/<int:account_id>/<uuid:claim_id>/": _EMPTY,
    "staff/replays/<uuid:run_id>/": _EMPTY,
    "staff/price-lists/<uuid:list_id>/": _EMPTY,
    "staff/price-lists/<uuid:list_id>/csv/": _EMPTY,
    "staff/imports/<uuid:run_id>/": _EMPTY,
    "staff/abuse/<int:account_id>/<uuid:case_id>/": _EMPTY,
    "staff/tax/<str:month>.csv": "a file, of months that are closed",
    "staff/invoices/<int:account_id>/<uuid:document_id>/": "a file, of months that are closed",
    "cases/<int:number>/files/<uuid:file_id>/": "a file, of cases that have some",
    "abuse/received/": _STATE,
    "consents/confirm/<str:token>/": _MAIL,
    "unsubscribe/<str:token>/": _MAIL,
    "how-it-went/<slug:token>/": _MAIL,
    "my-numbers/offered/<uuid:handover_id>/": _STATE,
    "my-numbers/<uuid:lease_id>/hand-over/<uuid:handover_id>/": _STATE,
    "my-numbers/<uuid:lease_id>/port-out/<uuid:port_out_id>/code/": _STATE,
    "end-contract/received/": _STATE,
    "end-contract/<str:token>/": _MAIL,
    "orders/<int:activation_id>/timeline/": "a part of a page, fetched when there is news",
    "orders/<int:activation_id>/line/": "a part of a page, fetched when there is news",
    "incidents/<uuid:incident_id>/<str:link>/": _MAIL,
    "withdraw/received/": _STATE,
    "withdraw/<str:token>/": _MAIL,
    "balance/transfer/<uuid:top_up_id>/": _STATE,
    "invoices/<uuid:document_id>/": "a file, of months that are closed",
    "keys/<uuid:key_id>/accept/": _STATE,
    "letters/confirm/<str:token>/": _MAIL,
    "account/e-mail-back/<str:token>/": _MAIL,
    "join/<str:token>/": _MAIL,
    "account/members/leave/": "for members that are not the owner",
    "account/members/<int:login_id>/hand-over/": "for accounts with more than one member",
}
