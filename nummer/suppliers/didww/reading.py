"""Reads DIDWW's resources: what is offered, what is owned, what is left to spend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from nummer.apps.supply.ports import Funds, Offer, Owned
from nummer.kernel.money import Money

CURRENCY: Final = "USD"  # DIDWW's prices and balances are in no other
KINDS: Final[Mapping[str, str]] = {
    "local": "local",
    "mobile": "mobile",
    "national": "national",
    "toll-free": "tollfree",
    "tollfree": "tollfree",
}
TEXT_MAX: Final = 80
RESTRICTION_MAX: Final = 500
_E164: Final = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)


def read_offer(group: Any, *, country: str) -> Offer | None:
    """Read a group of numbers; None: of a kind that we do not sell, or not for sale at all."""
    kind = KINDS.get(str(group.did_group_type.name).strip().lower())
    units = list(group.stock_keeping_units)
    if kind is None or not units:
        return None
    unit = min(units, key=lambda each: int(each.channels_included_count or 0))
    features = {_text(getattr(each, "value", each), 20) for each in group.features or ()}
    meta = group.meta
    return Offer(
        remote_id=_text(group.id, 40),
        sku_id=_text(unit.id, 40),
        country=country,
        region=_name(group, "region"),
        city=_name(group, "city"),
        area=_text(group.area_name or "", TEXT_MAX),
        kind=kind,
        prefix=_text(group.prefix or "", 10),
        features=tuple(sorted(features)),
        setup=read_sum(unit.setup_price),
        monthly=read_sum(unit.monthly_price),
        needs_papers=bool(meta.get("needs_registration")),
        selectable=bool(meta.get("is_available")) and bool(meta.get("available_dids_enabled")),
        stock=max(0, int(meta.get("total_count") or 0)),
        restriction=_text(group.service_restrictions or "", RESTRICTION_MAX),
    )


def read_owned(did: Any) -> Owned:
    """Read a number that DIDWW counts as ours."""
    order = did.order
    reference = "" if order is None else str(order.external_reference_id or "")
    return Owned(
        e164=read_number(did.number) or "",
        reference=_text(reference, 100),
        stays=not did.terminated and did.billing_cycles_count != 0,
        blocked=bool(did.blocked),
    )


def read_funds(balance: Any) -> Funds:
    """Read what is left: money paid in, and what may be owed on top."""
    return Funds(balance=read_sum(balance.balance), credit=read_sum(balance.credit))


def read_number(digits: object) -> str | None:
    """Return a number as E.164; None where it is none."""
    return f"+{digits}" if isinstance(digits, str) and _E164.fullmatch(digits) else None


def read_sum(text: object) -> Money:
    """Read a price, as text with a point. Raises ValueError."""
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        raise ValueError("price") from None
    if not amount.is_finite():
        raise ValueError("price")
    return Money.parse(format(amount.normalize(), "f"), CURRENCY)


def _name(group: Any, relation: str) -> str:
    """Return the name of the place a group is in; '' where it has none of that sort."""
    if group.raw_object.relationships.get(relation) is None:
        return ""
    place = getattr(group, relation)
    return "" if place is None else _text(place.name or "", TEXT_MAX)


def _text(value: object, most: int) -> str:
    """Return text that can be shown and stored."""
    return "".join(letter for letter in str(value) if letter.isprintable())[:most]
