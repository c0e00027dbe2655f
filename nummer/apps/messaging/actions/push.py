"""Receiving an SMS that a partner pushed: once, on the path of all others (ADR 91)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from nummer.apps.catalogue.partners import PartnerRow, note_push
from nummer.apps.messaging.actions.receive import receive
from nummer.apps.messaging.errors import NumberNotOfPartner
from nummer.apps.numbers.models import Number
from nummer.protocols.partner import PushedSms
from nummer.protocols.sms.inbound import Doubt, IncomingSms

_UCS2: Final = 0x08  # SMPP 3.4 section 5.2.19; what came as text is kept as one that holds any
_ALPHANUMERIC: Final = 5  # SMPP 3.4 section 5.2.5
_INTERNATIONAL: Final = 1


def receive_push(partner: PartnerRow, sms: PushedSms, *, now: datetime) -> bool:
    """Store what a partner pushed; when this returns, he may be told so.

    Returns False where it was stored before: a repeat changes nothing.
    Refuses: NumberNotOfPartner. Raises Unavailable: nothing was stored.
    """
    with transaction.atomic():
        if not Number.objects.filter(e164=sms.number.e164, carrier=partner.carrier).exists():
            raise NumberNotOfPartner
        if not note_push(partner.id, push_id=sms.push_id, now=now):
            return False
        receive([_incoming(partner, sms, now=now)], now=now)
    return True


def _incoming(partner: PartnerRow, sms: PushedSms, *, now: datetime) -> IncomingSms:
    return IncomingSms(
        carrier=partner.carrier,
        source=sms.sender,
        source_ton=_INTERNATIONAL if sms.sender.lstrip("+").isdigit() else _ALPHANUMERIC,
        destination=sms.number.digits,
        data_coding=_UCS2,
        esm_class=0,
        body=sms.text.encode("utf-16-be", "replace"),
        user_data_header=b"",
        part=None,
        doubt=Doubt.NONE,
        received_at=now,
        carrier_reference=str(sms.push_id),
    )
