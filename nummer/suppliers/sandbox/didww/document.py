"""Writes JSON:API: a resource, what it refers to, and the resources that a question includes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nummer.suppliers.sandbox.payments.desk import Memory

Thing = Mapping[str, Any]


def one(memory: Memory, thing: Thing, *, include: str) -> dict[str, Any]:
    """Return a document of one resource."""
    return _document(memory, [thing], include, _resource(thing, _heads(include)))


def many(memory: Memory, things: Sequence[Thing], *, include: str, total: int) -> dict[str, Any]:
    """Return a document of a page; `total` is how many there are on all pages."""
    data = [_resource(thing, _heads(include)) for thing in things]
    return {**_document(memory, things, include, data), "meta": {"total_records": total}}


def errors(status: int, title: str, *, pointer: str = "") -> dict[str, Any]:
    """Return a document of one error."""
    error: dict[str, Any] = {"title": title, "detail": title, "code": "100", "status": str(status)}
    if pointer:
        error["source"] = {"pointer": pointer}
    return {"errors": [error]}


def _document(memory: Memory, things: Sequence[Thing], include: str, data: Any) -> dict[str, Any]:
    included: dict[tuple[str, str], dict[str, Any]] = {}
    for path in filter(None, include.split(",")):
        for thing in things:
            _include(memory, thing, path.split("."), included)
    document: dict[str, Any] = {"data": data, "meta": {"api_version": "2026-04-16"}}
    if included:
        document["included"] = list(included.values())
    return document


def _include(
    memory: Memory, thing: Thing, path: list[str], included: dict[tuple[str, str], dict[str, Any]]
) -> None:
    for kind, name in _targets(thing, path[0]):
        found = memory.find(name, kind)
        if found is None:
            continue
        heads = {path[1]} if len(path) > 1 else set()
        there = included.setdefault((kind, name), _resource(found, heads))
        for head in heads:
            there["relationships"][head] = _relation(found, head)
        if path[1:]:
            _include(memory, found, path[1:], included)


def _targets(thing: Thing, relation: str) -> list[tuple[str, str]]:
    said = thing["rel"].get(relation)
    if not said:
        return []
    return [(kind, name) for kind, name in (said if isinstance(said[0], list) else [said])]


def _relation(thing: Thing, relation: str) -> dict[str, Any]:
    said = thing["rel"].get(relation)
    if not said:
        return {"data": None}
    if isinstance(said[0], list):
        return {"data": [{"type": kind, "id": name} for kind, name in said]}
    return {"data": {"type": said[0], "id": said[1]}}


def _resource(thing: Thing, heads: set[str]) -> dict[str, Any]:
    """Return a resource; of what is not included it says only where it stands, as DIDWW does."""
    path = f"{thing['object']}/{thing['id']}"
    related = {name: {"links": {"related": f"/v3/{path}/{name}"}} for name in thing["rel"] if name}
    resource = {
        "id": thing["id"],
        "type": thing["object"],
        "attributes": thing["attributes"],
        "relationships": {**related, **{head: _relation(thing, head) for head in heads}},
    }
    if "meta" in thing:
        resource["meta"] = thing["meta"]
    return resource


def _heads(include: str) -> set[str]:
    return {path.split(".")[0] for path in filter(None, include.split(","))}
