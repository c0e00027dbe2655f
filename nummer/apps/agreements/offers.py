"""Consents to be written to beside the service: asked for, given, withdrawn, and whom to spare.

The state of a consent is one row, so that a sender and a withdrawal wait for one another; its
history stands among all consents (`consents`) and only grows. For mail a consent counts once the
link of a mail was opened (double opt-in). An address that said no is kept as a keyed digest, which
outlives its account (ADR 416, 418).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.agreements import consents
from nummer.apps.agreements.consents import Decision
from nummer.apps.agreements.models import Act, OfferConsent, Suppression
from nummer.apps.vault.actions import blind_index
from nummer.kernel.locale import DRAFTING_LANGUAGE, gettext_noop
from nummer.policy.clause import clause

VERSION: Final = "2026-11-23"  # of the words below; new words are a new version


class Purpose(StrEnum):
    """What we may write about, each by its own consent."""

    NEWS = "news"
    OFFERS = "offers"
    SURVEYS = "surveys"


class Channel(StrEnum):
    """By which way."""

    MAIL = "mail"
    PAGE = "page"  # on the page of letters


WORDS: Final = {
    (Purpose.NEWS, Channel.MAIL): gettext_noop(
        "Yes, write to me by e-mail about new services and countries."
    ),
    (Purpose.NEWS, Channel.PAGE): gettext_noop(
        "Yes, show me on my pages what is new: services and countries."
    ),
    (Purpose.OFFERS, Channel.MAIL): gettext_noop(
        "Yes, write to me by e-mail about offers and lower prices."
    ),
    (Purpose.OFFERS, Channel.PAGE): gettext_noop(
        "Yes, show me offers and lower prices on my pages."
    ),
    (Purpose.SURVEYS, Channel.MAIL): gettext_noop(
        "Yes, ask me by e-mail now and then how satisfied I am."
    ),
    (Purpose.SURVEYS, Channel.PAGE): gettext_noop(
        "Yes, ask me on my pages now and then how satisfied I am."
    ),
}


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """How one consent stands; `act` is empty where nothing was ever said."""

    purpose: Purpose
    channel: Channel
    act: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history; `asked` is a yes to mail whose link was not opened yet."""

    purpose: Purpose
    channel: Channel
    given: bool
    asked: bool
    version: str
    at: datetime


def sentence(purpose: Purpose, channel: Channel, *, language: str) -> str:
    """Return the words that somebody agrees to."""
    with translation.override(language):
        return gettext(WORDS[purpose, channel])


def note_asked(
    account_id: int,
    *,
    purpose: Purpose,
    channel: Channel,
    language: str,
    surface: str,
    now: datetime,
) -> None:
    """Write down that a customer agreed on a page; on a page's own channel it counts at once."""
    act = Act.ASKED if channel is Channel.MAIL else Act.GIVEN
    with transaction.atomic():
        state = _locked(account_id, purpose, channel)
        if state == Act.GIVEN or (state == act == Act.ASKED):
            return
        _write(account_id, purpose, channel, act, language=language, surface=surface, now=now)


@clause(
    "PP-2.2",
    quote="Offers are sent only if you agreed to them, and every offer lets you stop them with "
    "one click.",
    reading="ADR 0416",
)
def confirm(account_id: int, *, purpose: Purpose, language: str, now: datetime) -> bool:
    """Let a consent to mail count: the link in our mail was opened. False: it was not asked for.

    Who opens it reads that mailbox, so what the address said no to before no longer holds.
    """
    with transaction.atomic():
        state = _locked(account_id, purpose, Channel.MAIL)
        if state == Act.GIVEN:
            return True
        if state != Act.ASKED:
            return False
        _write(
            account_id, purpose, Channel.MAIL, Act.GIVEN, language=language, surface="mail", now=now
        )
        address = accounts.email(account_id)
        if address is not None:
            Suppression.objects.filter(
                digest=_digest(address), purpose__in=["", purpose.value]
            ).delete()
    return True


def withdraw(
    account_id: int,
    *,
    surface: str,
    purposes: Collection[Purpose] = tuple(Purpose),
    channels: Collection[Channel] = tuple(Channel),
    now: datetime,
) -> None:
    """Take consents back, at once. Repeating it changes nothing.

    When this returns, no sender that has not begun will send. Locks: the consents.
    """
    with transaction.atomic():
        for purpose in sorted(purposes):
            for channel in sorted(channels):
                state = _locked(account_id, purpose, channel)
                if state in (Act.ASKED, Act.GIVEN):
                    _write(account_id, purpose, channel, Act.WITHDRAWN, surface=surface, now=now)


def suppress(address: str, *, purpose: Purpose | None, reason: str, now: datetime) -> None:
    """Send an address no more of a purpose, or of any; it stays so when the account is gone."""
    Suppression.objects.get_or_create(
        digest=_digest(address),
        purpose="" if purpose is None else purpose.value,
        defaults={"reason": reason, "at": now},
    )


def suppressed(address: str, *, purpose: Purpose) -> bool:
    """Tell whether an address gets nothing of a purpose."""
    return Suppression.objects.filter(
        digest=_digest(address), purpose__in=["", purpose.value]
    ).exists()


def channels_held(account_id: int, *, purpose: Purpose) -> set[Channel]:
    """Return by which channels a customer agrees at this moment, and keep it so.

    A withdrawal waits until the caller's transaction ends, so what is sent in it was agreed to.
    """
    rows = (
        OfferConsent.objects.select_for_update()
        .filter(account_id=account_id, purpose=purpose.value, act=Act.GIVEN)
        .order_by("channel")
    )
    return {Channel(row.channel) for row in rows}


def state(account_id: int) -> list[ConsentRow]:
    """Return how every consent stands, in the order of the page."""
    rows = {
        (row.purpose, row.channel): row
        for row in OfferConsent.objects.filter(account_id=account_id).order_by("purpose", "channel")
    }
    found = []
    for purpose, channel in WORDS:
        row = rows.get((purpose.value, channel.value))
        found.append(
            ConsentRow(purpose, channel, "" if row is None else row.act, row.at if row else None)
        )
    return found


def history(account_id: int) -> list[Line]:
    """Return what was said about these consents, newest first."""
    found = []
    for purpose, channel in WORDS:
        for asked in (False, True):
            name = _name(purpose, channel, asked=asked)
            found += [
                Line(purpose, channel, said.given, asked, said.version, said.decided_at)
                for said in consents.decisions(account_id, purpose=name)
            ]
    return sorted(found, key=lambda line: line.at, reverse=True)


def _locked(account_id: int, purpose: Purpose, channel: Channel) -> str:
    """Return how a consent stands, locked until the end of the transaction."""
    row = (
        OfferConsent.objects.select_for_update()
        .filter(account_id=account_id, purpose=purpose.value, channel=channel.value)
        .first()
    )
    return "" if row is None else row.act


def _write(
    account_id: int,
    purpose: Purpose,
    channel: Channel,
    act: Act,
    *,
    surface: str,
    language: str = "",
    now: datetime,
) -> None:
    OfferConsent.objects.update_or_create(
        account_id=account_id,
        purpose=purpose.value,
        channel=channel.value,
        defaults={"act": act, "at": now},
    )
    consents.decide(
        account_id,
        purpose=_name(purpose, channel, asked=act is Act.ASKED),
        decision=Decision(act is not Act.WITHDRAWN, VERSION, now),
        language=language,
        words=sentence(purpose, channel, language=language or DRAFTING_LANGUAGE),
        surface=surface,
    )


def _name(purpose: Purpose, channel: Channel, *, asked: bool) -> str:
    return f"{purpose}.{channel}{'.asked' if asked else ''}"


def _digest(address: str) -> bytes:
    return blind_index("suppressed-address", normalise_email(address))
