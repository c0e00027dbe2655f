"""What an order is judged by, remembered from one order to the next.

Buyer, texts, price and notices change rarely and are read with five statements. A process keeps
what it read; the purchase itself looks in SQL whether it still holds and answers 'changed' where
it does not (ADR 74). So nothing here may be trusted for longer than until that answer, and
nothing needs to be told when something changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.queries import AccountRow
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import AcceptedText
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.catalogue.models import NoticeKind
from nummer.apps.catalogue.queries import Offer
from nummer.apps.identity import queries as identity
from nummer.apps.identity.errors import PapersFirst
from nummer.apps.identity.queries import Asked
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.remembered import Remembered
from nummer.policy.clause import clause

SWITCH_KEPT_S: Final = 10.0
KEPT_MAX: Final = 20_000  # of each kind in each process; a buyer takes half a kilobyte


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts in force; `documents` are those of the buyer's language as JSON."""

    stamp: str
    in_force: Collection[AcceptedText]
    documents: str


@dataclass(frozen=True, slots=True)
class Notices:
    """What the page of a product says beside its price, by code and version, as JSON."""

    stamp: int
    restrictions: str


@dataclass(frozen=True, slots=True)
class Terms:
    """All that a wish is judged by."""

    buyer: AccountRow
    tax_country: str
    texts: Texts
    offer: Offer
    notices: Notices


@clause(
    "RP-P1",
    quote="You buy our services on this site, and the version of this policy in force when you "
    "order applies to your order.",
)
def terms(
    account_id: int,
    *,
    service: str,
    country: str,
    languages: Collection[str],
    fresh: bool,
    now: datetime,
) -> Terms:
    """Return what an order is judged by; `fresh` reads it all anew.

    Refuses: NotConfirmed, AccountClosed, TermsNotAccepted, UnknownService, ServiceOff,
    UnknownCountry, NoPrice, PapersFirst.
    """
    buyer = _BUYERS.or_read(account_id, lambda: accounts.require_confirmed(account_id), fresh=fresh)
    shown = frozenset(LANGUAGES) & {buyer.locale, *languages}
    texts = _TEXTS.or_read(
        (buyer.locale, shown), lambda: _texts(buyer.locale, shown, now=now), fresh=fresh
    )
    _require_accepted(account_id, stamp=texts.stamp, now=now)
    _require_papers(account_id, buyer.kind, now=now)
    tax_country = accounts.tax_country(buyer)  # a company's may change from one order to the next
    offer = _OFFERS.or_read(
        (service, country, buyer.currency, tax_country, buyer.kind),
        lambda: catalogue.offer(
            service=service,
            country=country,
            currency=buyer.currency,
            customer_country=tax_country,
            customer_kind=buyer.kind,
            now=now,
        ),
        fresh=fresh,
    )
    notices = _NOTICES.or_read(
        (service, buyer.locale), lambda: _notices(service, buyer.locale), fresh=fresh
    )
    return Terms(buyer, tax_country, texts, offer, notices)


def _require_accepted(account_id: int, *, stamp: str, now: datetime) -> None:
    """Require that the buyer accepted the texts of a stamp; what was accepted once stays so."""
    if _ACCEPTED.get(account_id) != stamp:
        agreements.require_accepted(account_id, now=now)
        _ACCEPTED.keep(account_id, stamp)


def _require_papers(account_id: int, customer: str, *, now: datetime) -> None:
    """Require papers that count where every purchase needs some (ADR 409).

    Whether it does is asked again after SWITCH_KEPT_S. Refuses: PapersFirst.
    """
    until, wanted = _PAPERS.get(customer) or (0.0, Asked())
    if until < monotonic():
        wanted = identity.asked_always(customer=customer, at=now)
        _PAPERS.keep(customer, (monotonic() + SWITCH_KEPT_S, wanted))
    if wanted and identity.fitting(account_id, wanted=wanted, now=now) is None:
        raise PapersFirst


def _texts(locale: str, languages: Collection[str], *, now: datetime) -> Texts:
    stamp = agreements.stamp(now=now)  # before the texts: a newer text is then seen as a change
    in_force = agreements.versions_in_force(languages=languages, now=now)
    documents = [
        {"document": text.document, "version": text.version, "sha256": text.sha256}
        for text in in_force
        if text.language == locale
    ]
    return Texts(stamp, frozenset(in_force), json.dumps(documents))


def _notices(service: str, locale: str) -> Notices:
    stamp = catalogue.notices_stamp()
    rows = catalogue.notices(service, kind=NoticeKind.RESTRICTION, language=locale)
    return Notices(stamp, json.dumps([{"code": row.code, "version": row.version} for row in rows]))


_BUYERS: Final[Remembered[AccountRow]] = Remembered(KEPT_MAX)
_ACCEPTED: Final[Remembered[str]] = Remembered(KEPT_MAX)  # under which stamp nothing was left
_TEXTS: Final[Remembered[Texts]] = Remembered(KEPT_MAX)
_PAPERS: Final[Remembered[tuple[float, Asked]]] = Remembered(KEPT_MAX)
_OFFERS: Final[Remembered[Offer]] = Remembered(KEPT_MAX)
_NOTICES: Final[Remembered[Notices]] = Remembered(KEPT_MAX)
