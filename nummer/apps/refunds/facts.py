"""Reads what happened to an order into the facts that the policy judges.

The facts are kept in the published form of our scenarios, so a stored decision can be recomputed
by `nummer refunds decide` from its row alone. They hold times, sums and states, nobody's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from nummer.apps.accounts.queries import AccountRow
from nummer.apps.agreements.queries import operator
from nummer.apps.incidents import queries as incidents
from nummer.apps.incidents.queries import Known, Place
from nummer.apps.ledger import queries as wallets
from nummer.apps.numbers.models import Activation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders.queries import OrderRow
from nummer.apps.payments import queries as payments
from nummer.apps.refunds.life import Held, account_state, happened
from nummer.apps.refunds.models import Decision
from nummer.kernel.money import Money
from nummer.policy.calendar import contract_timezone
from nummer.policy.refund import Verdict

SLICED: Final = "RP-B1"  # each outage of a month is a matter of its own (ADR 187)
ONE_TIME_RESTRICTIONS: Final = "one-time-restrictions"
EEA: Final = frozenset(
    (
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    )
)


def what_is_known(
    order: OrderRow, activation: Activation | ActivationRow, *, now: datetime
) -> list[Known]:
    """Return what life brought to a one-time order and its account by `now`; one statement."""
    return incidents.known(
        order.account_id,
        subject_id=order.id,
        place=_place(activation),
        since=activation.opened_at,
        until=_held_until(activation),
        now=now,
    )


class Paid(Protocol):
    """What was paid from a balance: an order, or a period of a lease."""

    @property
    def account_id(self) -> int:
        """Return whose it is."""

    @property
    def id(self) -> UUID:
        """Return what its charge is known by in the ledger."""


def disputed(order: Paid) -> bool:
    """Tell whether a payment that funded an order is disputed with its bank (RULE-CB).

    One statement, and the journal only where the account has a dispute.
    """
    top_ups = payments.disputed_top_ups(order.account_id)
    if not top_ups:
        return False
    paid_by = wallets.shares(order.account_id, reference=order.id)
    return any(share.source in top_ups for share in paid_by)


def one_time_facts(
    *,
    order: OrderRow,
    activation: Activation | ActivationRow,
    customer: AccountRow,
    balance: Money,
    earlier: list[Decision],
    known: Sequence[Known],
    payment_disputed: bool = False,
    now: datetime,
    cancelled_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the facts of a one-time order as they stand at `now`.

    `payment_disputed` is asked where something may be paid out; a credit does not depend on it.
    """
    ticked = any(text["document"] == ONE_TIME_RESTRICTIONS for text in order.texts)
    held = Held(
        since=activation.opened_at,
        until=_held_until(activation),
        restrictions_shown=ticked,
        restrictions_ticked=ticked,
    )
    timezone, calendar = contract_place(customer.country)
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "timezone": timezone,
        "operator_calendar": calendar,
        "customer_calendar": customer.country,
        "currency": order.total.currency,
        "account": {
            **account_state(known, closed_at=customer.closed_at),
            "balance": balance.decimal_text(),
        },
        "order": {
            "kind": "one_time",
            "price": order.total.decimal_text(),
            "ordered_at": order.placed_at.isoformat(),
            "consent_immediate": True,
            "service": order.service,
            "country": order.country,
        },
        "sms": _sms(activation, cancelled_at),
        "prior_refunds": prior_refunds(earlier),
        **happened(known, held=held, now=now),
    }
    if activation.displayed_at is not None:
        facts["order"]["rendered_at"] = activation.displayed_at.isoformat()
    if customer.kind == "person" and customer.country in EEA:
        facts["profile"] = "eea_consumer"
    if payment_disputed:
        facts["chargeback"] = True
    return facts


def contract_place(country: str) -> tuple[str, str]:
    """Return the time zone of a customer's contracts and the calendar of our working days.

    Where we know no single zone of the customer's country, the contract has the operator's.
    """
    seller = operator()
    return contract_timezone(country, otherwise=seller.zone.key), seller.country


def _place(activation: Activation | ActivationRow) -> Place:
    carrier, country = activation.carrier, activation.country
    if isinstance(activation, ActivationRow):
        return Place(activation.number.e164, carrier, country, activation.service)
    return Place(activation.e164, carrier, country, activation.service_code)


def _held_until(activation: Activation | ActivationRow) -> datetime:
    """Return when the customer lost the number; the end of a window belongs to the window."""
    end = activation.window_ends_at
    return end if activation.closed_at is None else min(end, activation.closed_at)


def _sms(activation: Activation | ActivationRow, cancelled_at: datetime | None) -> dict[str, Any]:
    sms: dict[str, Any] = {"window_end": activation.window_ends_at.isoformat()}
    if activation.displayed_at is not None:
        sms["displayed_at"] = activation.displayed_at.isoformat()
        sms["received_at"] = (activation.first_sms_at or activation.displayed_at).isoformat()
    if cancelled_at is not None:
        sms["cancelled_at"] = cancelled_at.isoformat()
    return sms


def prior_refunds(rows: Iterable[Decision]) -> list[dict[str, Any]]:
    """Return what earlier decisions about the same gave."""
    return [prior for row in rows for prior in _earlier(row)]


def _earlier(row: Decision) -> list[dict[str, Any]]:
    """Return what a decision gave: its credit, and what left the balance with it."""
    ground = (row.outcome or {}).get("ground") or (row.clauses[0] if row.clauses else "NONE")
    prior = {"ground": ground, "decision": str(row.id)}
    credit = Money(row.credited_micro, row.currency).decimal_text()
    found = [{**prior, "amount": credit, "destination": "balance"}]
    if row.decision == Verdict.PAYOUT:
        paid = Money(row.amount_micro, row.currency).decimal_text()
        found.append({**prior, "amount": paid, "destination": "payment_method"})
    return found
