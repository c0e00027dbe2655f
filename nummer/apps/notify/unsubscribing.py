"""The link in every offer by which its reader ends them, without a login (RFC 8058)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core import signing

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import offers
from nummer.apps.agreements.offers import Purpose
from nummer.apps.notify.errors import UnsubscribeLinkInvalid

_SALT = "nummer.unsubscribe"


def link(account_id: int, *, purpose: Purpose) -> str:
    """Return the address that ends offers of a purpose; it is valid as long as the account."""
    token = signing.Signer(salt=_SALT).sign_object([account_id, purpose.value])
    return f"{settings.SITE_URL}/unsubscribe/{token}/"


def purpose_of(token: str) -> Purpose:
    """Return what a link ends. Refuses: UnsubscribeLinkInvalid."""
    return _read(token)[1]


def unsubscribe(token: str, *, everything: bool = False, now: datetime) -> Purpose:
    """End offers of a link's purpose by every channel, or all offers; for good, and at once.

    The address is spared from then on, whatever list it may come back on. Repeating it changes
    nothing. Refuses: UnsubscribeLinkInvalid.
    """
    account_id, purpose = _read(token)
    end(account_id, purpose=None if everything else purpose, surface="mail", now=now)
    return purpose


def end(account_id: int, *, purpose: Purpose | None, surface: str, now: datetime) -> None:
    """End offers of a purpose, or all of them, as their reader wants. Repeating changes nothing."""
    purposes = tuple(Purpose) if purpose is None else (purpose,)
    offers.withdraw(account_id, surface=surface, purposes=purposes, now=now)
    address = accounts.email(account_id)
    if address is not None:
        offers.suppress(address, purpose=purpose, reason="unsubscribed", now=now)


def _read(token: str) -> tuple[int, Purpose]:
    try:
        account_id, purpose = signing.Signer(salt=_SALT).unsign_object(token)
        return int(account_id), Purpose(purpose)
    except (signing.BadSignature, ValueError, TypeError):
        raise UnsubscribeLinkInvalid from None
