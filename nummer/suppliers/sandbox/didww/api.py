"""The sandbox's DIDWW over HTTP: as much of version 3 as our side of it asks for."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from nummer.kernel import clock
from nummer.suppliers.sandbox.didww import coverage, document, objects, papers, registering
from nummer.suppliers.sandbox.didww.objects import Trouble, Wrong
from nummer.suppliers.sandbox.payments.desk import Desk, Memory
from nummer.suppliers.sandbox.payments.json_server import Asked, NoAnswer

FILE: Final = "didww.sqlite"
TYPE: Final = "application/vnd.api+json"
PAGE_USUAL: Final = 50
PAGE_MAX: Final = 100
CHOICES_MAX: Final = 10  # numbers of a group that can be chosen, in one answer
BASE: Final = "/v3/"

Route = Callable[[Memory, Asked, str], tuple[int, Any]]


def didww_desk(folder: Path) -> Desk:
    """Return the memory of the sandbox's DIDWW."""
    return Desk(folder, file=FILE)


def account_keys(desk: Desk) -> tuple[str, str]:
    """Return the key to the account and the secret of its callbacks, made at first use."""
    return desk.made("key", start=""), desk.made("callback_secret", start="")


def answer(desk: Desk, asked: Asked) -> tuple[int, Any]:
    """Answer a question; some orders are taken, and their answer is lost (objects.Trouble)."""
    path = asked.path.removeprefix(BASE)
    key, _ = account_keys(desk)
    shown = asked.headers.get("api-key", "")
    if path != "public_keys" and not hmac.compare_digest(shown.encode(), key.encode()):
        return 401, document.errors(401, "Unauthorized")
    try:
        for method, pattern, route in ROUTES:
            if method == asked.method and (match := pattern.fullmatch(path)):
                with desk.change() as memory:
                    coverage.stock(memory)
                    objects.complete(memory, now=clock.now())
                    registering.complete(memory)
                    status, answered = route(memory, asked, match[1])
                if route is _order and status < objects.NOT_FOUND:
                    _lose(desk, answered["data"]["id"])
                return status, answered
    except Wrong as wrong:
        return wrong.status, document.errors(wrong.status, wrong.title, pointer=wrong.pointer)
    except (ValueError, KeyError, TypeError):
        return 400, document.errors(400, "the request cannot be read")
    return 404, document.errors(404, "not found")


def work(desk: Desk) -> None:
    """Do what time brings: orders are fulfilled, months are charged."""
    with desk.change() as memory:
        coverage.stock(memory)
        objects.expire(memory)
        objects.complete(memory, now=clock.now())
        registering.complete(memory)
        objects.bill(memory, now=clock.now())


def _lose(desk: Desk, order_id: str) -> None:
    """Lose the answer to an order that was taken. Raises NoAnswer, Wrong."""
    with desk.change() as memory:
        number = str(memory.hidden(order_id)["number"])
    if number.endswith(Trouble.SILENT):
        raise NoAnswer
    if number.endswith(Trouble.ERROR):
        raise Wrong("internal error", status=500)


def _list_of(kind: str, filters: Sequence[str] = ()) -> Route:
    """Return the route of a list; each filter names the relation or attribute that it compares."""

    def route(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
        found = [
            thing
            for thing in reversed(memory.all_of(kind))
            if all(
                _matches(thing, name, wanted)
                for name in filters
                if (wanted := asked.query.get(f"filter[{name}]")) is not None
            )
        ]
        page = int(asked.query.get("page[number]", "1"))
        size = min(int(asked.query.get("page[size]", str(PAGE_USUAL))), PAGE_MAX)
        shown = found[(page - 1) * size : page * size]
        include = asked.query.get("include", "")
        return 200, document.many(memory, shown, include=include, total=len(found))

    return route


def _matches(thing: Any, name: str, wanted: str) -> bool:
    if name == "id":
        return bool(thing["id"] == wanted)
    relation, _, tail = name.partition(".")
    if tail == "id":
        said = thing["rel"].get(relation)
        return bool(said and said[1] == wanted)
    return str(thing["attributes"].get(name)) == wanted


def _groups(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
    """List groups; how many numbers each has is counted, and said beside it."""
    status, said = _list_of("did_groups", ("id", "country.id", "did_group_type.id"))(
        memory, asked, ""
    )
    for group in said["data"]:
        left = len(memory.all_of("available_dids", group["id"]))
        group["meta"] |= {"total_count": left, "is_available": left > 0}
    return status, said


def _choices(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
    """List numbers that can be chosen: a few, and no reserved ones; there are no pages."""
    objects.expire(memory)
    part = asked.query.get("filter[number_contains]", "")
    owner = asked.query.get("filter[did_group.id]")
    held = {each["rel"]["available_did"][1] for each in memory.all_of("did_reservations")}
    found = [
        each
        for each in reversed(memory.all_of("available_dids", owner))
        if part in each["attributes"]["number"] and each["id"] not in held
    ][:CHOICES_MAX]
    include = asked.query.get("include", "")
    return 200, document.many(memory, found, include=include, total=len(found))


def _reservation(memory: Memory, asked: Asked, name: str) -> tuple[int, Any]:
    objects.expire(memory)
    held = memory.find(name, "did_reservations")
    if held is None:
        raise Wrong("not found", status=objects.NOT_FOUND)
    return 200, document.one(memory, held, include=asked.query.get("include", ""))


def _reserve(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
    return 201, document.one(memory, objects.reserve(memory, asked.wish()["data"]), include="")


def _free(memory: Memory, _asked: Asked, name: str) -> tuple[int, Any]:
    objects.free(memory, name)
    return 204, None


def _order(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
    wish = asked.wish()["data"]
    if _stumbles(memory, wish):
        return 503, document.errors(503, "try again later")
    return 201, document.one(memory, objects.place(memory, wish, now=clock.now()), include="")


def _stumbles(memory: Memory, wish: Any) -> bool:
    """Say whether an order meets an error: the first one of some numbers; nothing is bought."""
    (item,) = wish["attributes"]["items"]
    held = memory.find(str(item["attributes"].get("did_reservation_id")), "did_reservations")
    number = held and memory.find(held["rel"]["available_did"][1], "available_dids")
    digits = number["attributes"]["number"] if number else ""
    if not digits.endswith(Trouble.AWAY) or memory.setting(f"stumbled-{digits}"):
        return False
    memory.set(f"stumbled-{digits}", "yes")
    return True


def _change(memory: Memory, asked: Asked, name: str) -> tuple[int, Any]:
    return 200, document.one(memory, objects.change(memory, name, asked.wish()["data"]), include="")


def _balance(memory: Memory, _asked: Asked, _name: str) -> tuple[int, Any]:
    return 200, document.one(memory, objects.balance(memory), include="")


def _keys(memory: Memory, _asked: Asked, _name: str) -> tuple[int, Any]:
    return 200, document.many(memory, papers.public_keys(memory), include="", total=2)


def _take_paper(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
    made = papers.take(memory, asked.headers.get("content-type", ""), asked.octets)
    return 201, document.one(memory, made, include="")


def _one_of(kind: str) -> Route:
    """Return the route of one thing."""

    def route(memory: Memory, asked: Asked, name: str) -> tuple[int, Any]:
        found = registering.found(memory, name, kind)
        return 200, document.one(memory, found, include=asked.query.get("include", ""))

    return route


def _create(kind: str) -> Route:
    """Return the route by which a thing about the holder of a number is made."""

    def route(memory: Memory, asked: Asked, _name: str) -> tuple[int, Any]:
        made = registering.CREATED[kind](memory, asked.wish()["data"])
        return 201, document.one(memory, made, include="")

    return route


_REFERENCE: Final = ("id", "external_reference_id")
_REQUIREMENT: Final = ("id", "country.id", "did_group_type.id")
_ABOUT_HOLDERS: Final = ("identities", "addresses", "proofs", "address_verifications")
_NAME: Final = r"([A-Za-z0-9-]{1,60})"
ROUTES: Final[tuple[tuple[str, re.Pattern[str], Route], ...]] = tuple(
    (method, re.compile(pattern), route)
    for method, pattern, route in (
        ("GET", r"countries()", _list_of("countries", ("id", "iso"))),
        ("GET", r"regions()", _list_of("regions", ("id",))),
        ("GET", r"cities()", _list_of("cities", ("id",))),
        ("GET", r"did_group_types()", _list_of("did_group_types", ("id",))),
        ("GET", r"did_groups()", _groups),
        ("GET", r"available_dids()", _choices),
        ("GET", r"did_reservations()", _list_of("did_reservations", ("id",))),
        ("POST", r"did_reservations()", _reserve),
        ("GET", rf"did_reservations/{_NAME}", _reservation),
        ("DELETE", rf"did_reservations/{_NAME}", _free),
        ("GET", r"orders()", _list_of("orders", ("id", "external_reference_id", "status"))),
        ("POST", r"orders()", _order),
        ("GET", r"dids()", _list_of("dids", ("id", "number", "order.id"))),
        ("GET", rf"dids/{_NAME}", _one_of("dids")),
        ("GET", rf"did_groups/{_NAME}", _one_of("did_groups")),
        ("GET", r"address_requirements()", _list_of("address_requirements", _REQUIREMENT)),
        ("GET", r"proof_types()", _list_of("proof_types", ("id",))),
        *(("GET", rf"{kind}()", _list_of(kind, _REFERENCE)) for kind in _ABOUT_HOLDERS),
        *(("POST", rf"{kind}()", _create(kind)) for kind in registering.CREATED),
        ("PATCH", rf"dids/{_NAME}", _change),
        ("GET", r"balance()", _balance),
        ("GET", r"public_keys()", _keys),
        ("POST", r"encrypted_files()", _take_paper),
    )
)
