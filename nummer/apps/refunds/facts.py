"""Reads what happened to an order into the facts that the policy judges.

The facts are kept in the published form of our scenarios, so a stored decision can be recomputed
by `nummer refunds decide` from its row alone. They hold times, sums and states, nobody's data.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nummer.apps.accounts.queries import AccountRow
from nummer.apps.numbers.models import Activation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders.queries import OrderRow
from nummer.apps.refunds.models import Decision
from nummer.kernel.money import Money

CONTRACT_TIMEZONES = {"NO": "Europe/Oslo", "DE": "Europe/Berlin"}
EEA = frozenset(
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


def one_time_facts(
    *,
    order: OrderRow,
    activation: Activation | ActivationRow,
    customer: AccountRow,
    balance: Money,
    earlier: list[Decision],
    now: datetime,
    cancelled_at: datetime | None = None,
    carrier_block: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return the facts of a one-time order as they stand at `now`."""
    facts: dict[str, Any] = {
        "now": now.isoformat(),
        "timezone": CONTRACT_TIMEZONES.get(customer.country, "Europe/Oslo"),
        "operator_calendar": "NO",
        "customer_calendar": customer.country,
        "currency": order.total.currency,
        "account": {"status": "active", "balance": balance.decimal_text()},
        "order": {
            "kind": "one_time",
            "price": order.total.decimal_text(),
            "ordered_at": order.placed_at.isoformat(),
            "consent_immediate": True,
            "service": order.service,
            "country": order.country,
        },
        "sms": _sms(activation, cancelled_at),
        "prior_refunds": [_earlier(row) for row in earlier],
    }
    if activation.displayed_at is not None:
        facts["order"]["rendered_at"] = activation.displayed_at.isoformat()
    if customer.kind == "person" and customer.country in EEA:
        facts["profile"] = "eea_consumer"
    if carrier_block is not None:
        facts["carrier_block"] = carrier_block
    return facts


def _sms(activation: Activation | ActivationRow, cancelled_at: datetime | None) -> dict[str, Any]:
    sms: dict[str, Any] = {"window_end": activation.window_ends_at.isoformat()}
    if activation.displayed_at is not None:
        sms["displayed_at"] = activation.displayed_at.isoformat()
        sms["received_at"] = (activation.first_sms_at or activation.displayed_at).isoformat()
    if cancelled_at is not None:
        sms["cancelled_at"] = cancelled_at.isoformat()
    return sms


def _earlier(row: Decision) -> dict[str, Any]:
    return {
        "ground": row.clauses[0],
        "amount": Money(row.amount_micro, row.currency).decimal_text(),
        "destination": "balance",
        "decision": str(row.id),
    }
