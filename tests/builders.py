"""Builders that tests arrange their world with; they use the apps' own verbs."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries as account_queries
from nummer.apps.agreements import actions as agreements
from nummer.apps.agreements import queries as texts
from nummer.apps.catalogue import actions as catalogue
from nummer.apps.catalogue import call_pricing, sms_pricing
from nummer.apps.catalogue import queries as catalogue_queries
from nummer.apps.catalogue.call_pricing import CallCostLine, CallRateLine
from nummer.apps.catalogue.cities import CityRow
from nummer.apps.catalogue.leasing import set_lease_price
from nummer.apps.catalogue.models import LeasePrice
from nummer.apps.catalogue.sms_pricing import CostLine, RateLine
from nummer.apps.leases import queries as lease_queries
from nummer.apps.leases.actions import Wish as RentalWish
from nummer.apps.leases.actions import add_numbers_for_rent, rent, supply
from nummer.apps.leases.queries import LeaseRow
from nummer.apps.ledger import actions as ledger
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.apps.messaging.actions import receive
from nummer.apps.messaging.actions.sending import SmsWish
from nummer.apps.numbers.actions import stock_slots
from nummer.apps.numbers.importing import NumberLine
from nummer.apps.numbers.models import Number
from nummer.apps.orders.actions import ACKNOWLEDGED_DOCUMENTS, Placed, Wish, place_one_time
from nummer.apps.standing import actions as standing
from nummer.apps.standing.limits import OrderLimits
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber
from nummer.policy.calls import Terms
from nummer.protocols.sms.inbound import Doubt, IncomingSms

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A_DAY = timedelta(days=1)
_serial = itertools.count(1)


def shop() -> None:
    """Publish the documents and install services, countries and prices."""
    agreements.install_documents(now=NOW - timedelta(days=1))
    catalogue.install_services(now=NOW - timedelta(days=1))
    for code in ("tg", "wa"):
        catalogue.switch_service(code, enabled=True, actor="staff:0", now=NOW)


def newest(document: str) -> str:
    """Return the newest version of one of our documents."""
    return max(path.name for path in (settings.DOCUMENTS / document).iterdir())


def publish(document: str, *, version: str, words: str, folder: Path, now: datetime) -> None:
    """Publish a new version of one of our documents: the newest one with another paragraph."""
    if not (folder / document).exists():
        shutil.copytree(settings.DOCUMENTS, folder, dirs_exist_ok=True)
    for text in shutil.copytree(
        folder / document / newest(document), folder / document / version
    ).iterdir():
        text.write_text(f"{text.read_text()}\n{words}\n")
    agreements.install_documents(now=now, folder=folder)


def customer(
    *,
    balance: str = "20.00",
    country: str = "NO",
    kind: str = "person",
    locale: str = "en",
    currency: str = "EUR",
) -> int:
    """Return the id of a confirmed customer with money."""
    serial = next(_serial)
    documents = texts.texts_to_accept(texts.SIGN_UP_DOCUMENTS, language=locale, now=NOW)
    login = agreements.sign_up(
        email=f"c{serial}-{new_id().hex[:8]}@example.com",
        password="correct horse battery",
        phone=None,
        kind=kind,
        country=country,
        currency=currency,
        locale=locale,
        accepted=[text.as_accepted() for text in documents],
        surface="test",
        now=NOW,
    )
    assert login.account is not None
    account_id = int(login.account.id)
    accounts.confirm_email(account_id, now=NOW)
    number = PhoneNumber(f"+4479460{serial % 100000:05d}")
    accounts.set_phone(account_id, number=number, now=NOW)
    accounts.confirm_phone(account_id, number=number, now=NOW)
    ledger.open_wallet(account_id, currency=currency, now=NOW)
    amount = Money.parse(balance, currency)
    if amount.micro:
        ledger.post(
            account_id,
            id=new_id(),
            kind=TransferKind.TOPUP,
            legs=[Leg(Book.PROVIDER_CLEARING, amount)],
            reference=new_id(),
            now=NOW,
        )
    return account_id


def email_of(account_id: int) -> str:
    """Return what a customer signs in with."""
    found = account_queries.email(account_id)
    assert found is not None
    return found


def numbers(
    e164s: Iterable[str], *, services: Iterable[str] = ("tg",), country: str = "NO"
) -> None:
    """Put numbers into the stock and make their slots."""
    Number.objects.bulk_create(
        Number(
            id=new_id(),
            e164=e164,
            country=country,
            carrier="sandbox",
            kind="mobile",
            sms=True,
            voice=False,
            added_at=NOW,
        )
        for e164 in e164s
    )
    for service in services:
        stock_slots(service=service)


def wish(*, service: str = "tg", country: str = "NO", key: UUID | None = None) -> Wish:
    """Return a complete wish with every consent and the texts in force."""
    accepted = [
        texts.in_force(document, language="en", now=NOW).as_accepted()
        for document in ACKNOWLEDGED_DOCUMENTS
    ]
    return Wish(
        service=service,
        country=country,
        key=key or new_id(),
        surface="test",
        texts=accepted,
        consent_immediate=True,
        consent_loss=True,
    )


def order(account_id: int, *, service: str = "tg", now: datetime = NOW) -> Placed:
    """Place one order."""
    return place_one_time(account_id, wish=wish(service=service), now=now)


def sms(
    to: PhoneNumber | str,
    text: str,
    *,
    sender: str = "Telegram",
    at: datetime = NOW,
    doubt: Doubt = Doubt.NONE,
) -> IncomingSms:
    """Return an SMS of one part as the gateway would hand it over."""
    digits = to.digits if isinstance(to, PhoneNumber) else to.lstrip("+")
    return IncomingSms(
        carrier="sandbox",
        source=sender,
        source_ton=5,
        destination=digits,
        data_coding=0x08,
        esm_class=0,
        body=text.encode("utf-16-be"),
        user_data_header=b"",
        part=None,
        doubt=doubt,
        received_at=at,
    )


def deliver(
    to: PhoneNumber | str, text: str, *, sender: str = "Telegram", at: datetime = NOW
) -> None:
    """Let one SMS arrive."""
    receive([sms(to, text, sender=sender, at=at)], now=at)


def price() -> Money:
    """Return what a Norwegian consumer pays for the service tg."""
    return catalogue_queries.quote(
        service="tg",
        country="NO",
        currency="EUR",
        customer_country="NO",
        customer_kind="person",
        now=NOW,
    ).total


def lift_limits(account_id: int) -> None:
    """Let a customer order as much as he likes, as the operator does for a trusted one."""
    limits = OrderLimits(
        orders_per_minute=100_000, open_max=100_000, share_percent_min=0, share_after=100
    )
    standing.set_limits(account_id, limits=limits, actor="staff:0", now=NOW)


def rentals(
    e164s: Iterable[str],
    *,
    country: str = "NO",
    supplier: str = "sandbox",
    city: CityRow | None = None,
) -> None:
    """Put numbers for rent into the stock, at 10 a month and 5 to set up, without tax."""
    begun = LeasePrice.objects.filter(country_id=country, kind="local", from_at=NOW - A_DAY)
    if not begun.exists():
        set_lease_price(
            country=country,
            kind="local",
            monthly=Money.parse("10.00", "EUR"),
            setup=Money.parse("5.00", "EUR"),
            from_at=NOW - A_DAY,
            actor="staff:0",
            now=NOW - A_DAY,
        )
    add_numbers_for_rent(
        [
            NumberLine(
                PhoneNumber(e164),
                country=country,
                carrier="sandbox",
                kind="local",
                sms=True,
                voice=True,
            )
            for e164 in e164s
        ],
        supplier=supplier,
        city=city,
        now=NOW,
    )


def rental_wish(
    number: str | None = None, *, key: UUID | None = None, keep_fee: bool = True
) -> RentalWish:
    """Return a complete wish for a number by the month."""
    return RentalWish(
        country="NO",
        kind="local",
        key=key or new_id(),
        surface="test",
        number=None if number is None else PhoneNumber(number),
        consent_immediate=True,
        keep_fee=keep_fee,
    )


def rented(
    account_id: int, number: str | None = None, *, keep_fee: bool = True, now: datetime = NOW
) -> LeaseRow:
    """Order a number by the month and have it supplied at once."""
    placed = rent(account_id, wish=rental_wish(number, keep_fee=keep_fee), now=now)
    supply(account_id, lease_id=placed.id, now=now)
    return lease_queries.lease(account_id, lease_id=placed.id)


def top_up(account_id: int, amount: str, *, now: datetime = NOW) -> None:
    """Let money come in."""
    ledger.post(
        account_id,
        id=new_id(),
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, Money.parse(amount, "EUR"))],
        reference=new_id(),
        now=now,
    )


def sms_rates(
    nets: Mapping[str, str], *, costs: Mapping[str, str] | None = None, carrier: str = "sandbox"
) -> None:
    """Sell parts of SMS to these prefixes at a price without tax, and buy them from a carrier."""
    lines = [
        RateLine(prefix, local=local, net=Money.parse(net, "EUR"), currency="EUR")
        for prefix, net in nets.items()
        for local in (True, False)
    ]
    before = NOW - timedelta(days=1)
    sms_pricing.add_rates(lines, from_at=before, actor="staff:0", now=before)
    sms_route(dict.fromkeys(nets, "0.02") if costs is None else costs, carrier=carrier)


def sms_route(costs: Mapping[str, str], *, carrier: str, priority: int = 1) -> None:
    """Buy parts of SMS to these prefixes from a carrier."""
    before = NOW - timedelta(days=1)
    for prefix in costs:
        sms_pricing.set_route(
            carrier=carrier,
            supplier=carrier,
            prefix=prefix,
            enabled=True,
            priority=priority,
            throughput_per_s=1_000,
            actor="staff:0",
            now=before,
        )
    sms_pricing.add_costs(
        [CostLine(prefix, "", Money.parse(cost, "EUR"), "EUR") for prefix, cost in costs.items()],
        carrier=carrier,
        from_at=before,
        actor="staff:0",
        now=before,
    )


def call_rates(
    minutes: Mapping[str, str],
    *,
    carrier: str = "sandbox",
    setup: str = "0",
    minimum_s: int = 1,
    step_s: int = 1,
) -> None:
    """Sell talk to these prefixes at a price of a minute without tax, and buy it from a carrier."""
    before = NOW - timedelta(days=1)
    terms = {
        prefix: Terms(
            Money.parse(setup, "EUR").micro, Money.parse(net, "EUR").micro, minimum_s, step_s
        )
        for prefix, net in minutes.items()
    }
    call_pricing.add_call_rates(
        [
            CallRateLine("EUR", local=False, prefix=prefix, terms=one)
            for prefix, one in terms.items()
        ],
        from_at=before,
        actor="staff:0",
        now=before,
    )
    call_trunk(dict.fromkeys(minutes, "0.01"), carrier=carrier)


def call_trunk(costs: Mapping[str, str], *, carrier: str, priority: int = 1) -> None:
    """Buy talk to these prefixes from a carrier, at a price of a minute."""
    before = NOW - timedelta(days=1)
    for prefix in costs:
        call_pricing.set_call_route(
            carrier=carrier,
            supplier=carrier,
            prefix=prefix,
            enabled=True,
            priority=priority,
            actor="staff:0",
            now=before,
        )
    call_pricing.add_call_costs(
        [
            CallCostLine(prefix, "", "EUR", Terms(0, Money.parse(cost, "EUR").micro))
            for prefix, cost in costs.items()
        ],
        carrier=carrier,
        from_at=before,
        actor="staff:0",
        now=before,
    )


def sms_wish(
    lease: LeaseRow, *, to: str = "+4791234567", body: str = "hello", key: UUID | None = None
) -> SmsWish:
    """Return what a rented number shall send."""
    return SmsWish(lease_id=lease.id, to=to, body=body, key=key or new_id(), surface="test")
