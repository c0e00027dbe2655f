"""What the sandbox's DIDWW sells: countries, cities, groups of numbers that nobody can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from nummer.suppliers.sandbox.payments.desk import Memory

SPACE: Final = UUID("5b0f3e0a-3f43-4c37-9d0e-5f2b7f3f6f11")
SETTING: Final = "stocked"
ASKED: Final = "papers-asked-for"
PERSONAL: Final = ("first_name", "last_name")  # without which nobody is registered
BUSINESS: Final = ("company_name",)
_FEATURES: Final = ("voice_in", "sms_in", "p2p")


@dataclass(frozen=True, slots=True)
class Group:
    """A group of numbers: `prefix` and then `digits` digits, from `first` on, `count` of them."""

    iso: str
    country: str
    code: str
    region: str
    city: str
    kind: str
    area: str
    prefix: str
    digits: int
    first: int
    count: int
    setup: str
    monthly: str
    papers: bool = False


# Ranges that are kept from people: Ofcom's numbers for drama, the NANP's 555-01xx, the
# Bundesnetzagentur's Mitteilung 148/2021; of Norway a block that no service of the plan uses.
GROUPS: Final = (
    Group("NO", "Norway", "47", "", "Oslo", "Local", "", "475958", 4, 0, 100, "1.00", "2.50"),
    Group(
        "GB", "United Kingdom", "44", "", "London", "Local", "20", "4420794609", 2, 0, 100,
        "0.50", "1.50",
    ),
    Group(
        "GB", "United Kingdom", "44", "", "Edinburgh", "Local", "131", "4413149609", 2, 0, 100,
        "0.50", "1.50",
    ),
    # Of Fargo only the last ten, most of which are trouble (objects.Trouble).
    Group(
        "US", "United States", "1", "North Dakota", "Fargo", "Local", "701", "1701555", 4, 190,
        10, "0.00", "1.00",
    ),
    Group(
        "US", "United States", "1", "South Dakota", "Sioux Falls", "Local", "605", "1605555", 4,
        100, 50, "0.00", "1.00",
    ),
    Group(
        "DE", "Germany", "49", "", "Berlin", "Local", "30", "493023125", 3, 900, 100, "2.00",
        "3.00", papers=True,
    ),
)  # fmt: skip
CHANNELS: Final = (("0", "0.00"), ("2", "4.00"))  # how many, and what they cost on top


def stock(memory: Memory) -> None:
    """Put everything on sale, once."""
    if memory.setting(SETTING):
        _ask_again(memory)
        return
    for group in GROUPS:
        _stock_group(memory, group)
    memory.set(SETTING, "yes")
    memory.set(ASKED, "yes")


def _ask_again(memory: Memory) -> None:
    """Say in a sandbox of before there were requirements what is asked of whom, once."""
    if memory.setting(ASKED):
        return
    for group in GROUPS:
        known = memory.find(group_id(group), "did_groups")
        if group.papers and known is not None:
            known["rel"]["address_requirement"] = _requirement(memory, group, known["rel"])
            memory.keep(known)
    memory.set(ASKED, "yes")


def name_of(*words: str) -> str:
    """Return the id of something that is sold: always the same, in every sandbox."""
    return str(uuid5(SPACE, "/".join(words)))


def group_id(group: Group) -> str:
    """Return the id of a group."""
    return name_of("group", group.prefix)


def _stock_group(memory: Memory, group: Group) -> None:
    rel: dict[str, Any] = {
        "country": _place(memory, "countries", group.iso, name=group.country, prefix=group.code,
                          iso=group.iso),
        "did_group_type": _place(memory, "did_group_types", group.kind, name=group.kind),
        "region": group.region and _place(memory, "regions", group.region, name=group.region),
        "city": _place(memory, "cities", f"{group.iso}/{group.city}", name=group.city),
        "stock_keeping_units": [
            _place(
                memory, "stock_keeping_units", f"{group.prefix}/{count}",
                setup_price=group.setup,
                monthly_price=f"{float(group.monthly) + float(more):.2f}",
                channels_included_count=int(count),
            )
            for count, more in CHANNELS
        ],
    }  # fmt: skip
    if group.papers:
        rel["address_requirement"] = _requirement(memory, group, rel)
    memory.keep(
        {
            "id": group_id(group),
            "object": "did_groups",
            "attributes": {
                "prefix": group.area,
                "features": list(_FEATURES),
                "is_metered": False,
                "area_name": group.city,
                "allow_additional_channels": True,
                "service_restrictions": "A proof of address is asked for." if group.papers else "",
            },
            "rel": {name: where for name, where in rel.items() if where},
            "meta": {"needs_registration": group.papers, "available_dids_enabled": True},
        },
        owner=name_of("countries", group.iso),
    )
    for number in range(group.first, group.first + group.count):
        digits = f"{group.prefix}{number:0{group.digits}d}"
        memory.keep(
            {
                "id": name_of("number", digits),
                "object": "available_dids",
                "attributes": {"number": digits},
                "rel": {"did_group": ["did_groups", group_id(group)]},
            },
            owner=group_id(group),
        )


def _requirement(memory: Memory, group: Group, rel: dict[str, Any]) -> list[str]:
    """Keep what is asked of whoever holds a number of a group, and return the reference."""
    kinds = {
        entity: name_of("proof_types", entity) for entity in ("personal", "business", "address")
    }
    for entity, name in kinds.items():
        memory.keep(
            {
                "id": name,
                "object": "proof_types",
                "attributes": {"name": f"Proof of {entity}", "entity_type": entity},
                "rel": {},
            }
        )
    name = name_of("address_requirements", group.prefix)
    memory.keep(
        {
            "id": name,
            "object": "address_requirements",
            "attributes": {
                "identity_type": "any",
                "personal_area_level": "world_wide",
                "business_area_level": "world_wide",
                "address_area_level": "world_wide",
                "personal_proof_qty": 1,
                "business_proof_qty": 1,
                "address_proof_qty": 1,
                "personal_mandatory_fields": list(PERSONAL),
                "business_mandatory_fields": list(BUSINESS),
                "service_description_required": False,
                "restriction_message": "A proof of address is asked for.",
            },
            "rel": {
                "country": rel["country"],
                "did_group_type": rel["did_group_type"],
                **{
                    f"{entity}_proof_types": [["proof_types", proof_type]]
                    for entity, proof_type in kinds.items()
                },
            },
        }
    )
    return ["address_requirements", name]


def _place(memory: Memory, kind: str, word: str, **attributes: object) -> list[str]:
    """Keep something that groups refer to, and return the reference."""
    name = name_of(kind, word)
    memory.keep({"id": name, "object": kind, "attributes": attributes, "rel": {}})
    return [kind, name]
