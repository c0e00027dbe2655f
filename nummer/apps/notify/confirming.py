"""How a customer shows that mail arrives at a marked address again: by a link in a mail to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing

from nummer.apps.accounts import queries as accounts
from nummer.apps.notify.actions import send_mail_now
from nummer.apps.notify.errors import AddressConfirmedTooOften, AddressLinkInvalid
from nummer.apps.notify.models import Letter
from nummer.apps.notify.returning import lift_mark, marked
from nummer.apps.notify.ways import address_index

VALID: Final = timedelta(days=1)
PER_HOUR_MAX: Final = 3
LETTER: Final = "address-again"
_SALT: Final = "nummer.address-again"


def ask(account_id: int, *, now: datetime) -> None:
    """Send a mail with a link to the marked address of an account; nothing where none is marked.

    Refuses: AddressConfirmedTooOften. Raises Unavailable: the mail server is away.
    """
    address = accounts.email(account_id)
    if address is None or marked(account_id, address=address, now=now) is None:
        return
    lately = Letter.objects.filter(
        account_id=account_id, letter=LETTER, written_at__gt=now - timedelta(hours=1)
    )
    if lately.order_by("id").count() >= PER_HOUR_MAX:
        raise AddressConfirmedTooOften
    until = int((now + VALID).timestamp())
    token = signing.dumps([account_id, address_index(address).hex(), until], salt=_SALT)
    send_mail_now(
        to=address,
        letter=LETTER,
        context={"link": f"{settings.SITE_URL}/letters/confirm/{token}/"},
        language=accounts.account(account_id).locale,
        account_id=account_id,
        now=now,
    )


def confirm(account_id: int, *, token: str, now: datetime) -> None:
    """Let mail go to the account's address again, by the token of the mail that arrived there.

    Refuses: AddressLinkInvalid, also where the address is another one by now.
    """
    require_valid(account_id, token=token, now=now)
    address = accounts.email(account_id)
    assert address is not None, "a valid token is of the account's address"
    lift_mark(account_id, address=address, now=now)


def require_valid(account_id: int, *, token: str, now: datetime) -> None:
    """Require that a token is this account's, in time. Refuses: AddressLinkInvalid."""
    try:
        owner, index, until = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise AddressLinkInvalid from None
    address = accounts.email(account_id)
    same = address is not None and address_index(address).hex() == index
    if owner != account_id or not same or now.timestamp() > until:
        raise AddressLinkInvalid
