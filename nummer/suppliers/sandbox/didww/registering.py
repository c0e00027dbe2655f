"""Who holds a number, at the sandbox's DIDWW: identities, addresses, proofs and their verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from nummer.suppliers.sandbox.didww.coverage import BUSINESS, PERSONAL
from nummer.suppliers.sandbox.didww.objects import NOT_FOUND, Trouble, Wrong
from nummer.suppliers.sandbox.didww.telling import tell
from nummer.suppliers.sandbox.payments.desk import Memory

REFERENCE_MAX: Final = 100
VERIFIED_AFTER_S: Final = "2"
PLACE: Final = ("city_name", "postal_code", "address")

Wish = Mapping[str, Any]


def identity(memory: Memory, wish: Wish) -> dict[str, Any]:
    """Keep a person or a company. Raises Wrong."""
    said = wish["attributes"]
    business = said.get("identity_type") == "business"
    _require(said, ("identity_type", *(BUSINESS if business else PERSONAL)))
    return _kept(memory, "identities", said, rel=_related(memory, wish, ("country",)))


def address(memory: Memory, wish: Wish) -> dict[str, Any]:
    """Keep where somebody lives. Raises Wrong."""
    said = wish["attributes"]
    _require(said, PLACE)
    return _kept(memory, "addresses", said, rel=_related(memory, wish, ("country", "identity")))


def proof(memory: Memory, wish: Wish) -> dict[str, Any]:
    """Tie files to whom they prove something of. Raises Wrong."""
    rel = _related(memory, wish, ("entity", "proof_type"))
    files = [["encrypted_files", str(one["id"])] for one in _data(wish, "files")]
    if not files or any(memory.find(name, kind) is None for kind, name in files):
        raise Wrong("files is invalid", pointer="/data/relationships/files")
    made = _kept(memory, "proofs", wish.get("attributes") or {}, rel={**rel, "files": files})
    kind, name = rel["entity"]
    whole = memory.find(name, kind)
    assert whole is not None, "it was looked up as the relation"
    whole["rel"]["proofs"] = [*whole["rel"].get("proofs", []), ["proofs", made["id"]]]
    memory.keep(whole)
    return made


def validate(memory: Memory, wish: Wish) -> dict[str, Any]:
    """Say whether an identity and an address are what a requirement asks for. Raises Wrong."""
    rel = _related(memory, wish, ("address_requirement", "identity", "address"))
    _require_enough(memory, rel)
    return {
        "id": str(uuid4()),
        "object": "address_requirement_validations",
        "attributes": {},
        "rel": rel,
    }


def verify(memory: Memory, wish: Wish) -> dict[str, Any]:
    """Take a request to look at who holds numbers. Raises Wrong."""
    said = wish["attributes"]
    rel = _related(memory, wish, ("address",))
    dids = [memory.find(str(one["id"]), "dids") for one in _data(wish, "dids")]
    if not dids or any(did is None for did in dids):
        raise Wrong("dids is invalid", pointer="/data/relationships/dids")
    found = [did for did in dids if did is not None]
    group = memory.find(found[0]["rel"]["did_group"][1], "did_groups")
    place = memory.find(rel["address"][1], "addresses")
    assert group is not None, "a number is of a group"
    assert place is not None, "it was looked up as the relation"
    requirement = group["rel"].get("address_requirement")
    if requirement is None:
        raise Wrong("dids is invalid", pointer="/data/relationships/dids")
    needs = {**rel, "address_requirement": requirement, "identity": place["rel"]["identity"]}
    _require_enough(memory, needs)
    wait_s = float(memory.setting("verified_after_s") or VERIFIED_AFTER_S)
    return _kept(
        memory,
        "address_verifications",
        {
            **said,
            "status": "pending",
            "reject_reasons": None,
            "reject_comment": None,
            "reference": f"SBX-{uuid4().hex[:6]}",
        },
        rel={**rel, "dids": [["dids", did["id"]] for did in found]},
        hidden={"due": time.time() + wait_s},
    )


def complete(memory: Memory) -> None:
    """Look at the requests whose time has come, and tell of it."""
    for task in memory.all_of("address_verifications"):
        said = task["attributes"]
        if said["status"] != "pending" or memory.hidden(task["id"])["due"] > time.time():
            continue
        dids = [memory.find(name, "dids") for _, name in task["rel"]["dids"]]
        there = [did for did in dids if did is not None]
        rejected = any(did["attributes"]["number"].endswith(Trouble.REJECTED) for did in there)
        if rejected:
            said |= {
                "status": "rejected",
                "reject_reasons": ["The address is not that of the proof."],
                "reject_comment": "Please send a newer one.",
            }
        else:
            said["status"] = "approved"
            for did in there:
                did["attributes"]["awaiting_registration"] = False
                memory.keep(did)
        memory.keep(task)
        tell(memory, task)


def _require_enough(memory: Memory, rel: Mapping[str, Any]) -> None:
    """Refuse whoever lacks a proof that the requirement asks for. Raises Wrong."""
    wants = memory.find(rel["address_requirement"][1], "address_requirements")
    who = memory.find(rel["identity"][1], "identities")
    place = memory.find(rel["address"][1], "addresses")
    assert wants is not None, "it was looked up as the relation"
    assert who is not None, "as above"
    assert place is not None, "as above"
    asked = wants["attributes"]
    kind = who["attributes"]["identity_type"]
    _require(who["attributes"], asked[f"{kind}_mandatory_fields"])
    for whole, count in ((who, asked[f"{kind}_proof_qty"]), (place, asked["address_proof_qty"])):
        if len(whole["rel"].get("proofs", [])) < count:
            raise Wrong("proofs are missing", pointer="/data/relationships/identity")


def _kept(
    memory: Memory,
    kind: str,
    said: Wish,
    *,
    rel: Mapping[str, Any],
    hidden: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    reference = said.get("external_reference_id")
    if reference is not None and not 0 < len(str(reference)) <= REFERENCE_MAX:
        raise Wrong("external_reference_id is invalid")
    made = {"id": str(uuid4()), "object": kind, "attributes": dict(said), "rel": dict(rel)}
    memory.keep(made, hidden=hidden)
    return made


def _require(said: Wish, names: Sequence[str]) -> None:
    for name in names:
        if not said.get(name):
            raise Wrong(f"{name} can't be blank", pointer=f"/data/attributes/{name}")


def _related(memory: Memory, wish: Wish, names: Sequence[str]) -> dict[str, list[str]]:
    rel = {}
    for name in names:
        said = _data(wish, name)
        if not said or memory.find(str(said["id"]), str(said["type"])) is None:
            raise Wrong(f"{name} is invalid", pointer=f"/data/relationships/{name}")
        rel[name] = [str(said["type"]), str(said["id"])]
    return rel


def _data(wish: Wish, name: str) -> Any:
    return wish.get("relationships", {}).get(name, {}).get("data") or []


CREATED: Final[Mapping[str, Callable[[Memory, Wish], dict[str, Any]]]] = {
    "identities": identity,
    "addresses": address,
    "proofs": proof,
    "address_requirement_validations": validate,
    "address_verifications": verify,
}


def found(memory: Memory, name: str, kind: str) -> dict[str, Any]:
    """Return one thing of a kind. Raises Wrong."""
    thing = memory.find(name, kind)
    if thing is None:
        raise Wrong("not found", status=NOT_FOUND)
    return thing
