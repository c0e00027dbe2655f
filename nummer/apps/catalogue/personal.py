"""What the columns of the catalogue say about people: nothing, but for the keys of partners."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import (
    Basis,
    Category,
    Copied,
    Erased,
    Inventory,
    Keep,
    NotPersonal,
    Personal,
    Purpose,
)

_LIST: Final = NotPersonal("part of the public list of what is offered")
_COST: Final = NotPersonal("what we pay carriers and how well they do, about nobody")
_PARTNER: Final = NotPersonal("describes a company that brings us numbers")
_PARTNER_KEY: Final = Personal(
    category=Category.CREDENTIAL,
    purpose=Purpose.LOGIN,
    basis=Basis.CONTRACT,
    kept=Keep.ACCOUNT,
    copied=Copied.NO,
    erased=Erased.KEPT,
)
_STAFF: Final = Personal(
    category=Category.PURCHASE,
    purpose=Purpose.EVIDENCE,
    basis=Basis.LAW,
    kept=Keep.BOOKS,
    copied=Copied.NO,
    erased=Erased.KEPT,
    plain="who decided on money; compared by a constraint",
)
_PUSH: Final = NotPersonal("a partner's running number of a message; gone after 30 days")

PERSONAL: Final[Inventory] = {
    "catalogue_country": {"code": _LIST, "activate_id": _LIST},
    "catalogue_carrier": {"id": _LIST, "code": _LIST, "country_id": _LIST, "name": _LIST},
    "catalogue_service": {
        "code": _LIST,
        "name": _LIST,
        "enabled": _LIST,
        "window_s": _LIST,
        "version": _LIST,
    },
    "catalogue_taxrate": {
        "id": _LIST,
        "country_id": _LIST,
        "rate_bp": _LIST,
        "from_on": _LIST,
    },
    "catalogue_price": {
        "id": _LIST,
        "service_id": _LIST,
        "country_id": _LIST,
        "currency": _LIST,
        "net_micro": _LIST,
        "from_at": _LIST,
    },
    "catalogue_leaseprice": dict.fromkeys(
        (
            "id",
            "country_id",
            "kind",
            "currency",
            "monthly_net_micro",
            "setup_net_micro",
            "from_at",
        ),
        _LIST,
    ),
    "catalogue_smsrate": dict.fromkeys(
        ("id", "currency", "local", "prefix", "net_micro", "from_at", "reason"), _LIST
    ),
    "catalogue_smscost": dict.fromkeys(
        (
            "id",
            "carrier",
            "prefix",
            "destination",
            "currency",
            "cost_micro",
            "from_at",
            "import_id",
            "reason",
        ),
        _COST,
    ),
    "catalogue_smslist": {
        **dict.fromkeys(
            (
                "id",
                "carrier",
                "currency",
                "decimal",
                "whole",
                "from_at",
                "state",
                "created_at",
                "content",
                "total",
                "done",
                "stamp",
                "ended_at",
                "reason",
            ),
            _COST,
        ),
        "actor": _STAFF,
        "ended_by": _STAFF,
    },
    "catalogue_smslistline": dict.fromkeys(
        (
            "list_id",
            "prefix",
            "line",
            "destination",
            "change",
            "cost_micro",
            "before_micro",
            "before_currency",
            "change_bp",
            "from_at",
            "sold_micro",
            "sold_currency",
            "margin_bp",
            "loss",
        ),
        _COST,
    ),
    "catalogue_smsroute": dict.fromkeys(
        ("id", "carrier", "supplier", "prefix", "enabled", "priority", "throughput_per_s"), _COST
    ),
    "catalogue_callrate": dict.fromkeys(
        (
            "id",
            "currency",
            "local",
            "prefix",
            "setup_net_micro",
            "minute_net_micro",
            "minimum_s",
            "step_s",
            "free_s",
            "from_at",
        ),
        _LIST,
    ),
    "catalogue_callcost": dict.fromkeys(
        (
            "id",
            "carrier",
            "prefix",
            "destination",
            "currency",
            "setup_micro",
            "minute_micro",
            "minimum_s",
            "step_s",
            "from_at",
        ),
        _COST,
    ),
    "catalogue_callroute": dict.fromkeys(
        ("id", "carrier", "supplier", "prefix", "enabled", "priority"), _COST
    ),
    "catalogue_smsquality": dict.fromkeys(
        ("id", "carrier", "prefix", "sent", "delivered", "delay_ms", "measured_at"), _COST
    ),
    "catalogue_parity": dict.fromkeys(("id", "currency", "euro_micro", "from_at"), _COST),
    "catalogue_ratestamp": dict.fromkeys(("id", "stamp"), _COST),
    "catalogue_leaseterms": dict.fromkeys(
        ("id", "country_id", "kind", "delivery_h", "papers"), _LIST
    ),
    "catalogue_city": dict.fromkeys(
        ("id", "country_id", "code", "region", "region_name", "area", "names"), _LIST
    ),
    "catalogue_notice": {
        "id": _LIST,
        "code": _LIST,
        "version": _LIST,
        "language": _LIST,
        "kind": _LIST,
        "text": _LIST,
        "from_at": _LIST,
    },
    "catalogue_partner": {
        **dict.fromkeys(("id", "carrier", "key_sha256", "url", "added_at", "stopped_at"), _PARTNER),
        "key": _PARTNER_KEY,
    },
    "catalogue_partnerpush": dict.fromkeys(("partner_id", "push_id", "taken_at"), _PUSH),
}
