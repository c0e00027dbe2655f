"""How a customer agrees to be written to, in two steps for mail, and takes it back in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import offers
from nummer.apps.agreements.offers import Channel, Purpose
from nummer.apps.audit import actions as audit
from nummer.apps.marketing.errors import ConsentAskedTooOften, ConsentLinkInvalid
from nummer.apps.notify import queries as letters
from nummer.apps.notify import unsubscribing
from nummer.apps.notify.actions import send_letter
from nummer.kernel.ids import new_id

VALID: Final = timedelta(days=7)
MAILS_PER_HOUR_MAX: Final = 6
_SALT: Final = "nummer.consent"


def ask(
    account_id: int,
    *,
    purpose: Purpose,
    channel: Channel,
    language: str,
    surface: str,
    now: datetime,
) -> None:
    """Note that a customer agrees. For mail it counts once the link of a letter was opened.

    Repeating it for mail sends the link again. Refuses: ConsentAskedTooOften.
    """
    with transaction.atomic():
        offers.note_asked(
            account_id,
            purpose=purpose,
            channel=channel,
            language=language,
            surface=surface,
            now=now,
        )
        if channel is Channel.MAIL and Channel.MAIL not in offers.channels_held(
            account_id, purpose=purpose
        ):
            _send_link(account_id, purpose, now)


def _send_link(account_id: int, purpose: Purpose, now: datetime) -> None:
    since = now - timedelta(hours=1)
    if letters.written_since(account_id, letter="consent-confirm", since=since) >= (
        MAILS_PER_HOUR_MAX
    ):
        raise ConsentAskedTooOften
    until = int((now + VALID).timestamp())
    address = accounts.email(account_id)
    token = signing.dumps(
        [account_id, purpose.value, until, letters.index_of(address or "")], salt=_SALT
    )
    send_letter(
        account_id,
        letter="consent-confirm",
        context={
            "link": f"{settings.SITE_URL}/consents/confirm/{token}/",
            "purpose": offers.sentence(
                purpose, Channel.MAIL, language=accounts.account(account_id).locale
            ),
        },
        now=now,
        key=new_id(),
    )


def purpose_of(token: str, *, now: datetime) -> tuple[int, Purpose]:
    """Return whose consent to what a link confirms. Refuses: ConsentLinkInvalid."""
    try:
        account_id, purpose, until, index = signing.loads(token, salt=_SALT)
        found = Purpose(purpose)
    except (signing.BadSignature, ValueError, TypeError):
        raise ConsentLinkInvalid from None
    address = accounts.email(account_id)
    if now.timestamp() > until or address is None or letters.index_of(address) != index:
        raise ConsentLinkInvalid
    return account_id, found


def confirm(token: str, *, language: str, now: datetime) -> Purpose:
    """Let a consent to mail count, by the link that came to the address; no login is needed.

    Repeating it changes nothing. Refuses: ConsentLinkInvalid, also where it was withdrawn since.
    """
    account_id, purpose = purpose_of(token, now=now)
    if not offers.confirm(account_id, purpose=purpose, language=language, now=now):
        raise ConsentLinkInvalid
    return purpose


def withdraw(
    account_id: int, *, purpose: Purpose, channel: Channel, surface: str, now: datetime
) -> None:
    """Take one consent back at once. Repeating it changes nothing."""
    offers.withdraw(account_id, surface=surface, purposes=(purpose,), channels=(channel,), now=now)


def object_to_all(account_id: int, *, surface: str, now: datetime) -> None:
    """End every offer by every channel, and spare the address from now on."""
    unsubscribing.end(account_id, purpose=None, surface=surface, now=now)


def forget(account_id: int, *, now: datetime) -> None:
    """Spare the address of an account that is about to be erased, whatever list it is on later.

    For the erasure, before the address is gone. Repeating it changes nothing.
    """
    with transaction.atomic():
        address = accounts.email(account_id)
        if address is not None:
            offers.suppress(address, purpose=None, reason="erased", now=now)
        offers.withdraw(account_id, surface="erasure", now=now)


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list of addresses; never which."""

    asked: int
    suppressed: int
    unknown: int


def import_consents(
    addresses: Iterable[str], *, purpose: Purpose, actor: str, now: datetime
) -> Imported:
    """Ask customers whose addresses stand on a list whether they agree; a list proves nothing.

    Who is spared or already said no is not asked, who is no customer is not kept.
    """
    asked = spared = unknown = 0
    for address in addresses:
        if offers.suppressed(address, purpose=purpose):
            spared += 1
            continue
        customer = accounts.account_by_email(address)
        if customer is None or customer.closed_at is not None:
            unknown += 1
        elif _may_be_asked(customer.id, purpose):
            ask(
                customer.id,
                purpose=purpose,
                channel=Channel.MAIL,
                language=customer.locale,
                surface="list",
                now=now,
            )
            asked += 1
        else:
            spared += 1
    audit.record(
        actor=actor, verb="import_consents", place="agreements_offerconsent", row=purpose, now=now
    )
    return Imported(asked, spared, unknown)


def _may_be_asked(account_id: int, purpose: Purpose) -> bool:
    """Tell whether nothing was ever said about mail of a purpose: no is no, and yes is enough."""
    return all(
        row.act == ""
        for row in offers.state(account_id)
        if row.purpose is purpose and row.channel is Channel.MAIL
    )
