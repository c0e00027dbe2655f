"""Makes customers who did much, and one of the staff, signs them in and prints their sessions.

`python -m bench.residents COUNT` in the environment of an installation with a market. What they
bought, received and asked went through the verbs; their leases are filled in by SQL, as rents that
began yesterday.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from bench.visitors import signed_in, signed_up
from nummer.config.env import use_settings

if TYPE_CHECKING:
    from nummer.protocols.sms.inbound import IncomingSms

ORDERS: Final = 100
LEASES: Final = 3
SENDERS: Final = 20  # conversations of a lease
TEXTS: Final = 25  # of a conversation
CASES: Final = 15
NUMBER: Final = "+47590{place:05d}{lease}"
_PAID_IN: Final = "1000.00"
_A_DAY: Final = timedelta(days=1)


def main(count: int) -> None:
    """Make them and print JSON: {"customers": [[session, addresses], …], "staff": session}."""
    use_settings()
    import django  # noqa: PLC0415 -- settings come first

    django.setup()
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup

    now = clock.now()
    from nummer.apps.ledger.actions import roll_up  # noqa: PLC0415 -- after setup

    said = {"customers": [_resident(n, now) for n in range(count)], "staff": _staff(now)}
    roll_up(clock.now())  # the jobs' work of each hour
    json.dump(said, sys.stdout)


def _resident(place: int, now: datetime) -> tuple[str, list[str]]:
    person = signed_up(place, now)
    assert person.account is not None, "a customer has an account"
    account_id = int(person.account.id)
    _settle(account_id, place, now)
    lease_id = [_rent(account_id, place, lease, now) for lease in range(LEASES)][-1]
    talk = _receive(account_id, place, now)
    addresses = [
        f"/orders/{_buy(account_id, now)}/",
        f"/my-numbers/{lease_id}/",
        f"/inbox/{lease_id}/{talk}/",
        f"/cases/{_ask(account_id, now)}/",
    ]
    return signed_in(person), addresses


def _settle(account_id: int, place: int, now: datetime) -> None:
    """Confirm address and phone, and pay in."""
    from nummer.apps.accounts import actions as accounts  # noqa: PLC0415 -- after setup
    from nummer.apps.ledger import actions as ledger  # noqa: PLC0415 -- after setup
    from nummer.apps.ledger.actions import Book, Leg, TransferKind  # noqa: PLC0415 -- after setup
    from nummer.kernel.ids import new_id  # noqa: PLC0415 -- after setup
    from nummer.kernel.money import Money  # noqa: PLC0415 -- after setup
    from nummer.kernel.phone import PhoneNumber  # noqa: PLC0415 -- after setup

    phone = PhoneNumber(f"+4479460{place:05d}")
    accounts.confirm_email(account_id, now=now)
    accounts.set_phone(account_id, number=phone, now=now)
    accounts.confirm_phone(account_id, number=phone, now=now)
    ledger.open_wallet(account_id, currency="EUR", now=now)
    ledger.post(
        account_id,
        id=new_id(),
        kind=TransferKind.TOPUP,
        legs=[Leg(Book.PROVIDER_CLEARING, Money.parse(_PAID_IN, "EUR"))],
        reference=new_id(),
        now=now,
    )


def _rent(account_id: int, place: int, lease: int, now: datetime) -> str:
    from django.db import connection  # noqa: PLC0415 -- after setup

    from nummer.kernel.ids import new_id  # noqa: PLC0415 -- after setup

    asked: dict[str, Any] = {
        "account": account_id,
        "id": new_id(),
        "e164": NUMBER.format(place=place, lease=lease),
        "from": now - _A_DAY,
        "until": now + 29 * _A_DAY,
    }
    with connection.cursor() as cursor:
        for statement in _LEASE:
            cursor.execute(statement, asked)
    return str(asked["id"])


_LEASE: Final = (
    """
INSERT INTO leases_rentable (number_id, e164, country, kind, city, region, area, carrier, sms,
       voice, supplier, withdrawn, account_id, lease_id, held_since)
VALUES (%(id)s, %(e164)s, 'NO', 'local', '', '', '', 'bench', true, false, 'bench', false,
        %(account)s, %(id)s, %(from)s)""",
    """
INSERT INTO leases_lease (account_id, id, key, number_id, e164, country, kind, city, carrier,
       supplier, state, price_id, monthly_net_micro, currency, timezone, surface,
       consent_immediate_at, texts, documents, fee_kept, placed_at, activated_at, anchor_at,
       months, periods, paid_until, reminded, tries, next_due_at, end_reason, leave_reason,
       for_one_period)
VALUES (%(account)s, %(id)s, %(id)s, %(id)s, %(e164)s, 'NO', 'local', '', 'bench', 'bench',
        'active', %(id)s, 10000000, 'EUR', 'Europe/Oslo', 'bench', %(from)s, '[]', '[]', false,
        %(from)s, %(from)s, %(from)s, 1, 1, %(until)s, 0, 0, %(until)s, '', '', false)""",
    """
INSERT INTO leases_holding (account_id, id, lease_id, number_id, e164, from_at)
VALUES (%(account)s, %(id)s, %(id)s, %(id)s, %(e164)s, %(from)s)""",
)


def _receive(account_id: int, place: int, now: datetime) -> str:
    """Let SMS come to all leases, and return one of their conversations."""
    from nummer.apps.messaging import queries  # noqa: PLC0415 -- after setup
    from nummer.apps.messaging.actions import receive  # noqa: PLC0415 -- after setup

    for lease in range(LEASES):
        to = NUMBER.format(place=place, lease=lease)
        for text in range(TEXTS):
            receive([_sms(to, sender, text, now) for sender in range(SENDERS)], now=now)
    return str(queries.conversation_id(account_id, theirs="Sender0"))


def _sms(to: str, sender: int, text: int, now: datetime) -> IncomingSms:
    from nummer.protocols.sms.inbound import Doubt, IncomingSms  # noqa: PLC0415 -- after setup

    return IncomingSms(
        carrier="bench",
        source=f"Sender{sender}",
        source_ton=5,
        destination=to.lstrip("+"),
        data_coding=8,
        esm_class=0,
        body=f"Your parcel {text} arrives today between 14 and 16.".encode("utf-16-be"),
        user_data_header=b"",
        part=None,
        doubt=Doubt.NONE,
        received_at=now,
    )


def _buy(account_id: int, now: datetime) -> int:
    """Buy numbers, have a code come to each, and return the public id of one activation."""
    from bench.market import COUNTRY, SERVICES  # noqa: PLC0415 -- after setup
    from nummer.apps.agreements import queries as texts  # noqa: PLC0415 -- after setup
    from nummer.apps.messaging.actions import receive  # noqa: PLC0415 -- after setup
    from nummer.apps.orders.actions import (  # noqa: PLC0415 -- after setup
        ACKNOWLEDGED_DOCUMENTS,
        Wish,
        place_one_time,
    )
    from nummer.kernel.ids import new_id  # noqa: PLC0415 -- after setup

    accepted = [
        texts.in_force(document, language="en", now=now).as_accepted()
        for document in ACKNOWLEDGED_DOCUMENTS
    ]
    for n in range(ORDERS):
        wish = Wish(
            service=SERVICES[n % len(SERVICES)],
            country=COUNTRY,
            key=new_id(),
            surface="bench",
            texts=accepted,
            consent_immediate=True,
            consent_loss=True,
        )
        placed = place_one_time(account_id, wish=wish, now=now)
        receive([_sms(placed.number.e164, 0, 48_213 + n, now)], now=now)
    return placed.activation_id


def _ask(account_id: int, now: datetime) -> int:
    """Open cases and return the number of the last."""
    from nummer.apps.cases.actions import open_case  # noqa: PLC0415 -- after setup
    from nummer.apps.cases.models import Channel, Kind, Proof  # noqa: PLC0415 -- after setup
    from nummer.kernel.ids import new_id  # noqa: PLC0415 -- after setup

    for n in range(CASES):
        row = open_case(
            account_id,
            key=new_id(),
            kind=Kind.QUESTION,
            channel=Channel.PAGE,
            text=f"How does this work? It is question {n} about my numbers.",
            subject=f"Question {n}",
            proof=Proof.SIGNED_IN,
            actor=f"customer:{account_id}",
            received_at=now,
            now=now,
        )
    return row.head.number


def _staff(now: datetime) -> str:
    from allauth.mfa.totp.internal.auth import (  # noqa: PLC0415 -- after setup
        TOTP,
        generate_totp_secret,
    )

    from nummer.apps.accounts.actions import open_staff_login  # noqa: PLC0415 -- after setup

    person = open_staff_login(
        email="owner@example.com",
        password="correct horse battery",  # noqa: S106 -- of nobody
        role="owner",
        now=now,
    )
    TOTP.activate(person, generate_totp_secret())
    return signed_in(person, twice=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
