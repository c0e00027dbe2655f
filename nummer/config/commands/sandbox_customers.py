"""Makes customers for the sandbox through the same public actions as the pages."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries as customers
from nummer.apps.accounts.errors import PhoneIsOurs, PhoneNotPersonal, PhoneTaken
from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements.queries import (
    KEY_DOCUMENTS,
    SIGN_UP_DOCUMENTS,
    AcceptedText,
    texts_to_accept,
)
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.payments import actions as payments
from nummer.config.commands.refused import SandboxError
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import MICRO, Money, known_currencies, minor_digits
from nummer.kernel.phone import PhoneNumber
from nummer.suppliers.sandbox.payments import objects
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.provider import CODE
from nummer.suppliers.stripe.reading import read_event

SURFACE: Final = "sandbox"
PHONE_TRIES_MAX: Final = 200
METHOD: Final = "sandbox-card"
AT_PROVIDER_MAX: Final = 10**10  # the most that its events may say, in the smallest coin

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}")
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_AREAS = [area for area in range(201, 990) if not str(area).endswith("11")]  # services


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who shall be made."""

    email: str
    balance: str
    currency: str
    country: str
    locale: str
    kind: str


def make_customer(newcomer: Newcomer) -> dict[str, str | int]:
    """Make a customer who can buy at once, and return everything he would know."""
    amount = _amount(newcomer)
    now = clock.now()
    password = secrets.token_urlsafe(18)
    try:
        account_id = _sign_up(newcomer, password=password, now=now)
        phone = _confirm(account_id, now=now)
        _top_up(account_id, amount=amount, now=now)
        key = _create_key(account_id, locale=newcomer.locale, now=now)
    except Refusal as refusal:
        raise SandboxError(refusal.sentence % refusal.data) from None
    credentials = customers.credentials(account_id)
    return {
        "account_id": account_id,
        "email": newcomer.email,
        "password": password,
        "phone": phone.e164,
        "account_sid": credentials.account_sid,
        "auth_token": credentials.auth_token,
        "api_key": key,
    }


def _amount(newcomer: Newcomer) -> Money:
    if not _EMAIL.fullmatch(newcomer.email):
        raise SandboxError("Give an e-mail address.")
    if not _COUNTRY.fullmatch(newcomer.country):
        raise SandboxError("Give a country as two letters, such as NO.")
    if newcomer.currency not in known_currencies():
        raise SandboxError("Give a currency as three letters, such as EUR.")
    try:
        return Money.parse(newcomer.balance, newcomer.currency)
    except ValueError:
        raise SandboxError("Give the balance as a plain amount, such as 20.00.") from None


def _sign_up(newcomer: Newcomer, *, password: str, now: datetime) -> int:
    login = agreements.sign_up(
        email=newcomer.email,
        password=password,
        phone=None,
        kind=newcomer.kind,
        country=newcomer.country,
        currency=newcomer.currency,
        locale=newcomer.locale,
        accepted=_accepted(SIGN_UP_DOCUMENTS, locale=newcomer.locale, now=now),
        surface=SURFACE,
        now=now,
    )
    assert login.account_id is not None, "a customer's login has an account"
    return login.account_id


def _confirm(account_id: int, *, now: datetime) -> PhoneNumber:
    """Confirm the e-mail and a phone of the range that is reserved for fiction (+1 … 555 01xx)."""
    accounts.confirm_email(account_id, now=now)
    for _ in range(PHONE_TRIES_MAX):
        number = PhoneNumber(f"+1{secrets.choice(_AREAS)}55501{secrets.randbelow(100):02d}")
        try:
            accounts.set_phone(account_id, number=number, confirmed=True, now=now)
        except (PhoneTaken, PhoneIsOurs, PhoneNotPersonal):  # some areas are of services
            continue
        return number
    raise SandboxError("The sandbox has no free phone number for a customer.")


def _top_up(account_id: int, *, amount: Money, now: datetime) -> None:
    """Have the sandbox's provider take what coins can pay, and book the rest as brought along."""
    ledger.open_wallet(account_id, currency=amount.currency, now=now)
    coin = MICRO // 10 ** minor_digits(amount.currency)
    coins = min(amount.micro // coin, AT_PROVIDER_MAX)
    paid = Money(coins * coin, amount.currency)
    if coins:
        _pay_in(account_id, amount=paid, coins=coins, now=now)
    if rest := (amount - paid).micro:
        ledger.post(
            account_id,
            id=new_id(),
            kind=TransferKind.OPENING,
            legs=[Leg(Book.OPENING, Money(rest, amount.currency))],
            reference=new_id(),
            now=now,
        )


def _pay_in(account_id: int, *, amount: Money, coins: int, now: datetime) -> None:
    """Make a card pay at the provider, and take its event, as any top-up is credited.

    The copies of the event that the provider delivers later find it taken.
    """
    top_up_id = new_id()
    payments.expect_payment(account_id, amount=amount, method=METHOD, top_up_id=top_up_id, now=now)
    with Desk(settings.SANDBOX_FOLDER).change() as memory:
        event = objects.pay_in(
            memory,
            amount=coins,
            currency=amount.currency.lower(),
            metadata={"top_up": top_up_id.hex},
        )
    notice = read_event(event)
    assert notice is not None, "a payment is followed"
    payments.take_notice(CODE, notice=notice, now=now)


def _create_key(account_id: int, *, locale: str, now: datetime) -> str:
    key = agreements.create_key(
        account_id=account_id,
        label="sandbox",
        accepted=_accepted(KEY_DOCUMENTS, locale=locale, now=now),
        surface=SURFACE,
        now=now,
    )
    return key.secret


def _accepted(documents: tuple[str, ...], *, locale: str, now: datetime) -> list[AcceptedText]:
    shown = texts_to_accept(documents, language=locale, now=now)
    return [text.as_accepted() for text in shown]
