"""Reservations, orders and numbers of the sandbox's DIDWW, and what may go wrong with each."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from nummer.suppliers.sandbox.didww.telling import tell
from nummer.suppliers.sandbox.payments.desk import Memory

RESERVED_S: Final = 600
RESERVED_MAX: Final = 10
MONTH: Final = timedelta(days=30)
REFERENCE_MAX: Final = 100
BALANCE_USUAL: Final = "1000.00"
COMPLETE_AFTER_S: Final = "0.5"
LATE_AFTER_S: Final = "10"
NOT_FOUND: Final = 404
UNPROCESSABLE: Final = 422


class Trouble(StrEnum):
    """What goes wrong with numbers that end with these digits."""

    TAKEN = "90"  # it is listed, and somebody else is quicker
    CANCELED = "91"  # the order is taken, and canceled
    SILENT = "92"  # the order is taken, and the answer is lost
    LATE = "93"  # the order waits for a while
    AWAY = "94"  # the first order meets an error, and nothing is bought
    ERROR = "95"  # the order is taken, and the answer is an error
    REJECTED = "96"  # it is sold, and the papers of its holder are not accepted


class Wrong(Exception):  # noqa: N818 -- an answer, as it goes over the wire
    """A request that is refused."""

    def __init__(self, title: str, *, status: int = UNPROCESSABLE, pointer: str = "") -> None:
        super().__init__(title)
        self.title, self.status, self.pointer = title, status, pointer


def reserve(memory: Memory, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a number for ten minutes. Raises Wrong."""
    expire(memory)
    there = memory.find(str(wish["relationships"]["available_did"]["data"]["id"]), "available_dids")
    if there is None or there["attributes"]["number"].endswith(Trouble.TAKEN):
        raise Wrong("available_did is invalid", pointer="/data/relationships/available_did")
    if len(memory.all_of("did_reservations")) >= RESERVED_MAX:
        raise Wrong("the maximum of reservations is reached")
    if _reservation_of(memory, there["id"]) is not None:
        raise Wrong("available_did is reserved", pointer="/data/relationships/available_did")
    made = {
        "id": str(uuid4()),
        "object": "did_reservations",
        "attributes": {
            "description": str(wish["attributes"].get("description") or "")[:255],
            "created_at": _stamp(time.time()),
            "expires_at": _stamp(time.time() + RESERVED_S),
        },
        "rel": {"available_did": ["available_dids", there["id"]]},
    }
    memory.keep(made, owner=there["id"], hidden={"until": time.time() + RESERVED_S})
    return made


def free(memory: Memory, name: str) -> None:
    """Let go of a reservation. Raises Wrong."""
    if memory.find(name, "did_reservations") is None:
        raise Wrong("not found", status=NOT_FOUND)
    memory.remove(name)


def expire(memory: Memory) -> None:
    """Let go of reservations that are too old."""
    for held in memory.all_of("did_reservations"):
        if memory.hidden(held["id"])["until"] <= time.time():
            memory.remove(held["id"])


def place(memory: Memory, wish: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Take an order of one number. Two wishes are two orders: there are no keys here.

    Raises Wrong: no reservation, another price than that group's, too little money.
    """
    expire(memory)
    said = wish["attributes"]
    reference = said.get("external_reference_id")
    if reference is not None and (
        not isinstance(reference, str) or not 0 < len(reference) <= REFERENCE_MAX
    ):
        raise Wrong("external_reference_id is invalid")
    if said.get("allow_back_ordering", True):
        raise Wrong("the sandbox sells what it has")
    (item,) = said["items"]
    number, group = _wanted(memory, item["attributes"])
    unit = _unit(memory, group, item["attributes"]["sku_id"])
    cost = Decimal(unit["setup_price"]) + Decimal(unit["monthly_price"])
    _pay(memory, cost)
    digits = number["attributes"]["number"]
    order = {
        "id": str(uuid4()),
        "object": "orders",
        "attributes": {
            "amount": str(cost),
            "status": "pending",
            "reference": f"SBX-{secrets.randbelow(10**6):06d}",
            "external_reference_id": reference,
            "created_at": _stamp(now.timestamp()),
            "description": "DID",
            "callback_url": said.get("callback_url"),
            "callback_method": said.get("callback_method"),
            "items": [
                {
                    "type": "did_order_items",
                    "attributes": {
                        "qty": 1,
                        "nrc": unit["setup_price"],
                        "mrc": unit["monthly_price"],
                        "prorated_mrc": False,
                        "billing_cycles_count": item["attributes"].get("billing_cycles_count"),
                        "did_group_id": group["id"],
                    },
                }
            ],
        },
        "rel": {},
    }
    wait_s = float(memory.setting("complete_after_s") or COMPLETE_AFTER_S)
    if digits.endswith(Trouble.LATE):
        wait_s = float(memory.setting("late_after_s") or LATE_AFTER_S)
    memory.keep(
        order,
        owner=reference or "",
        hidden={"number": digits, "due": time.time() + wait_s, "monthly": unit["monthly_price"]},
    )
    memory.remove(number["id"])
    for held in memory.all_of("did_reservations", number["id"]):
        memory.remove(held["id"])
    return order


def complete(memory: Memory, *, now: datetime) -> None:
    """Fulfil the orders whose time has come, and tell of it."""
    for order in memory.all_of("orders"):
        hidden = memory.hidden(order["id"])
        if order["attributes"]["status"] != "pending" or hidden["due"] > time.time():
            continue
        canceled = hidden["number"].endswith(Trouble.CANCELED)
        order["attributes"]["status"] = "canceled" if canceled else "completed"
        memory.keep(order)
        if canceled:
            _pay(memory, -Decimal(order["attributes"]["amount"]))
        else:
            _hand_over(memory, order, hidden, now)
        tell(memory, order)


def change(memory: Memory, name: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Change how long a number stays. Raises Wrong."""
    did = memory.find(name, "dids")
    if did is None:
        raise Wrong("not found", status=NOT_FOUND)
    said = wish["attributes"]
    if "terminated" in said:
        did["attributes"]["terminated"] = bool(said["terminated"])
    if "billing_cycles_count" in said:
        count = said["billing_cycles_count"]
        if count is not None and not (isinstance(count, int) and 0 <= count <= 999):  # noqa: PLR2004 -- DIDWW's most
            raise Wrong("billing_cycles_count is invalid")
        did["attributes"]["billing_cycles_count"] = count
    memory.keep(did)
    _note(memory, did, said)
    return did


def bill(memory: Memory, *, now: datetime) -> None:
    """Renew the numbers whose month is over, or take them back."""
    for did in memory.all_of("dids"):
        said = did["attributes"]
        while datetime.fromisoformat(said["expires_at"]) <= now:
            if said["terminated"] or said["billing_cycles_count"] == 0:
                memory.remove(did["id"])
                break
            _pay(memory, Decimal(memory.hidden(did["id"])["monthly"]), owed=True)
            ends = datetime.fromisoformat(said["expires_at"]) + MONTH
            said["expires_at"] = _stamp(ends.timestamp())
            if said["billing_cycles_count"] is not None:
                said["billing_cycles_count"] -= 1
            memory.keep(did)


def balance(memory: Memory) -> dict[str, Any]:
    """Return what is left to spend."""
    left = memory.setting("balance") or BALANCE_USUAL
    return {
        "id": str(UUID(int=1)),
        "object": "balances",
        "attributes": {"total_balance": left, "credit": "0.00", "balance": left},
        "rel": {},
    }


def _wanted(memory: Memory, item: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the number of a reservation, or one that was chosen, and its group. Raises Wrong."""
    name = item.get("available_did_id")
    if (reservation := item.get("did_reservation_id")) is not None:
        held = memory.find(str(reservation), "did_reservations")
        name = None if held is None else held["rel"]["available_did"][1]
    elif name is not None and _reservation_of(memory, str(name)) is not None:
        name = None  # somebody keeps it
    number = None if name is None else memory.find(str(name), "available_dids")
    if number is None:
        raise Wrong("did_reservation is invalid", pointer="/data/attributes/items/0")
    group = memory.find(number["rel"]["did_group"][1], "did_groups")
    assert group is not None, "a number is of a group"
    return number, group


def _unit(memory: Memory, group: Mapping[str, Any], name: object) -> dict[str, Any]:
    if ["stock_keeping_units", name] not in group["rel"]["stock_keeping_units"]:
        raise Wrong("sku is invalid", pointer="/data/attributes/items/0")
    unit = memory.find(str(name), "stock_keeping_units")
    assert unit is not None, "it was looked up in its group"
    attributes: dict[str, Any] = unit["attributes"]
    return attributes


def _pay(memory: Memory, cost: Decimal, *, owed: bool = False) -> None:
    """Take money from the account. Raises Wrong where there is too little and nothing is owed."""
    left = Decimal(memory.setting("balance") or BALANCE_USUAL) - cost
    if left < 0 and not owed:
        raise Wrong("insufficient balance")
    memory.set("balance", str(left))


def _hand_over(
    memory: Memory, order: Mapping[str, Any], hidden: Mapping[str, Any], now: datetime
) -> None:
    item = order["attributes"]["items"][0]["attributes"]
    group = memory.find(item["did_group_id"], "did_groups")
    assert group is not None, "a number is of a group"
    did = {
        "id": str(uuid4()),
        "object": "dids",
        "attributes": {
            "number": hidden["number"],
            "blocked": False,
            "terminated": False,
            "awaiting_registration": bool(group["meta"]["needs_registration"]),
            "description": "",
            "capacity_limit": None,
            "channels_included_count": 0,
            "dedicated_channels_count": 0,
            "billing_cycles_count": item["billing_cycles_count"],
            "created_at": _stamp(now.timestamp()),
            "expires_at": _stamp((now + MONTH).timestamp()),
        },
        "rel": {
            "order": ["orders", order["id"]],
            "did_group": ["did_groups", item["did_group_id"]],
        },
    }
    memory.keep(did, owner=order["id"], hidden={"monthly": hidden["monthly"], "history": []})


def _note(memory: Memory, did: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """Keep what was changed: `did_history`, by which tests see how often something was said."""
    hidden = memory.hidden(did["id"])
    hidden["history"].append({name: said[name] for name in sorted(said)})
    memory.hide(did["id"], hidden)


def _reservation_of(memory: Memory, name: str) -> dict[str, Any] | None:
    return next(iter(memory.all_of("did_reservations", name)), None)


def _stamp(at_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000+00:00", time.gmtime(at_s))
