"""The rows that several verbs of payments lock or write."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from nummer.apps.payments.errors import NoSuchTopUp, UnknownMethod
from nummer.apps.payments.models import Reference, TopUp, TopUpState
from nummer.apps.payments.ports import PaymentMethod, PaymentProvider, installed_payments


def locked(account_id: int, top_up_id: UUID) -> TopUp:
    """Return a top-up, locked until the transaction ends. Refuses: NoSuchTopUp."""
    row = TopUp.objects.select_for_update().filter(account_id=account_id, id=top_up_id).first()
    if row is None:
        raise NoSuchTopUp
    return row


def close(top_up: TopUp, state: TopUpState, now: datetime) -> None:
    """Write down how a top-up ended."""
    top_up.state = state
    top_up.closed_at = now
    top_up.ask_at = None
    top_up.save(update_fields=["state", "closed_at", "ask_at"])


def register(account_id: int, *, provider: str, word: str, top_up_id: UUID) -> None:
    """Note whose top-up a word belongs to that the provider may say; repeating changes nothing."""
    place, _ = Reference.objects.get_or_create(
        provider=provider,
        reference=word,
        defaults={"account_id": account_id, "top_up_id": top_up_id},
    )
    assert place.top_up_id == top_up_id, "a provider's word belongs to one top-up"


def way_to_pay(method: str, *, currency: str) -> tuple[PaymentProvider, PaymentMethod]:
    """Return a method and whose it is. Refuses: UnknownMethod."""
    for provider in installed_payments().providers:
        for offered in provider.methods:
            if offered.code == method and (
                offered.currencies is None or currency in offered.currencies
            ):
                return provider, offered
    raise UnknownMethod
