"""Asking a provider about one page, and taking what its customer agreed to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog

from nummer.apps.outbound import actions as outbound
from nummer.apps.outbound.register import PAYMENT_PROVIDER
from nummer.apps.payments.actions.notices import take_notice
from nummer.apps.payments.errors import CallbackRefused
from nummer.apps.payments.models import TopUp, TopUpState
from nummer.apps.payments.ports import installed_payments

log = structlog.get_logger(__name__)


def conclude(account_id: int, *, top_up_id: UUID, now: datetime) -> None:
    """Ask what became of a top-up's page; the answer goes the way of every notice.

    One that is paid is left alone. Raises Unavailable: a due row has it asked again.
    """
    top_up = TopUp.objects.filter(account_id=account_id, id=top_up_id).first()
    if top_up is None or top_up.state == TopUpState.PAID or not top_up.provider_reference:
        return
    provider = installed_payments().provider(top_up.provider)
    if provider is None or not provider.capabilities.concludes:
        return
    cleared = outbound.clear(
        PAYMENT_PROVIDER,
        "conclude",
        {"reference": top_up_id.hex, "checkout": top_up.provider_reference},
        account_id=account_id,
        now=now,
    )
    notice = provider.conclude(cleared)
    if notice is None:
        return
    try:
        take_notice(top_up.provider, notice=notice, now=now)
    except CallbackRefused as refusal:
        log.warning("a page's end fits nothing", provider=top_up.provider, **refusal.data)
