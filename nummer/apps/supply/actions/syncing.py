"""A look at all that a wholesaler sells: offers and their changes, and numbers to choose from.

A job goes from country to country; one that was killed begins again and writes nothing twice,
since a change is what differs from the row that it then writes. No price of ours is touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from procrastinate.contrib.django import app

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue import actions as catalogue
from nummer.apps.catalogue import cities, leasing
from nummer.apps.catalogue import queries as countries
from nummer.apps.catalogue.cities import CityRow
from nummer.apps.identity import queries as identity
from nummer.apps.leases import actions as leases
from nummer.apps.leases import queries as rented
from nummer.apps.numbers.importing import NumberLine
from nummer.apps.supply.actions.asking import question, required
from nummer.apps.supply.models import Change, Group, Sync, Wholesale
from nummer.apps.supply.ports import Offer, Place, Wholesaler
from nummer.kernel.ids import id_of, new_id
from nummer.kernel.jobs import SYNC_SUPPLY, supplier_lane
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

SYSTEM: Final = "system:supply"
NEW: Final = "new"
GONE: Final = "gone"
CUSTOMERS: Final = ("person", "company")  # a rule may tell them apart
_COMPARED: Final = (
    "setup_micro",
    "monthly_micro",
    "needs_papers",
    "restriction",
    "features",
    "selectable",
)
_TEXT_MAX: Final = 80


def start_sync(code: str, *, actor: str, now: datetime) -> UUID:
    """Begin a look at what a wholesaler sells; one that is under way goes on and is returned.

    Refuses: NoSuchSupplier.
    """
    required(code)
    try:
        with transaction.atomic():
            run = Sync.objects.create(id=new_id(), supplier=code, actor=actor, began_at=now)
            audit.record(
                actor=actor, verb="supply_sync", place="supply_sync", row=str(run.id), now=now
            )
    except IntegrityError:
        run = Sync.objects.get(supplier=code, done_at=None)
    task = app.configure_task(SYNC_SUPPLY, queue=supplier_lane(code))
    task.defer(run_id=str(run.id))
    return run.id


def sync(run_id: UUID, *, now: datetime) -> None:
    """Do a look, or what is left of it. It may run twice.

    Raises Unavailable: the wholesaler is away; the look goes on later.
    """
    run = Sync.objects.get(id=run_id)
    if run.done_at is not None:
        return
    wholesaler = required(run.supplier)
    known = {row.code for row in countries.countries()}
    places = [
        place
        for place in wholesaler.places(question("supply-catalogue", now=now))
        if place.country in known
    ]
    Sync.objects.filter(id=run_id).update(places=len(places), places_done=0)
    for done, place in enumerate(places, start=1):
        _look_at(wholesaler, run, place, now)
        Sync.objects.filter(id=run_id).update(places_done=done)
    with transaction.atomic():
        _forget(run, now)
        Sync.objects.filter(id=run_id, done_at=None).update(
            done_at=now,
            groups=Group.objects.filter(supplier=run.supplier, gone_at=None).count(),
            numbers=sum(rented.free_by_place(run.supplier, now=now).values()),
        )
        Wholesale.objects.filter(code=run.supplier).update(synced_at=now)


def _look_at(wholesaler: Wholesaler, run: Sync, place: Place, now: datetime) -> None:
    """Take in what is sold in a country, and offer numbers of what we have a price for."""
    asked = question("supply-catalogue", now=now, place=place.id, country=place.country)
    offers = list(wholesaler.offers(asked))
    with transaction.atomic():
        for offer in offers:
            _take(run, offer, now)
    sold = {kind for country, kind in leasing.list_prices(now=now) if country == place.country}
    for kind in sorted({offer.kind for offer in offers} & sold):
        samples = [
            (offer, wholesaler.numbers(question("supply-numbers", now=now, group=offer.remote_id)))
            for offer in offers
            if offer.kind == kind and _chosen_from(offer, supplier=run.supplier, now=now)
        ]
        with transaction.atomic():
            kept = _offer(wholesaler, samples, now)
            leases.replace_offer(kept, supplier=run.supplier, country=place.country, kind=kind)


def _chosen_from(offer: Offer, *, supplier: str, now: datetime) -> bool:
    """Say whether numbers can be rented: chosen one by one, with SMS, and with papers by a rule.

    Where he asks for papers and no rule of ours does, there would be nothing to hand in.
    """
    if not offer.selectable or "sms_in" not in offer.features:
        return False
    return not offer.needs_papers or all(
        identity.asked(
            country=offer.country, kind=offer.kind, supplier=supplier, customer=customer, at=now
        )
        for customer in CUSTOMERS
    )


def _take(run: Sync, offer: Offer, now: datetime) -> None:
    """Write an offer and how it differs from what was known."""
    new = {
        "sku_id": offer.sku_id,
        "country": offer.country,
        "region": offer.region,
        "city": offer.city,
        "area": offer.area,
        "kind": offer.kind,
        "prefix": offer.prefix,
        "features": list(offer.features),
        "setup_micro": offer.setup.micro,
        "monthly_micro": offer.monthly.micro,
        "currency": offer.monthly.currency,
        "needs_papers": offer.needs_papers,
        "selectable": offer.selectable,
        "stock": offer.stock,
        "restriction": offer.restriction,
        "seen_at": now,
        "gone_at": None,
    }
    known = Group.objects.filter(supplier=run.supplier, remote_id=offer.remote_id).first()
    if known is None:
        group_id = id_of("supply-group", run.supplier, offer.remote_id)
        known = Group.objects.create(
            id=group_id, supplier=run.supplier, remote_id=offer.remote_id, **new
        )
        _note(run, known, NEW, before="", after=_price(known, "monthly_micro"), now=now)
        return
    before = {field: _shown(known, field) for field in _COMPARED}
    returned = known.gone_at is not None
    for field, value in new.items():
        setattr(known, field, value)
    known.save()
    if returned:
        _note(run, known, NEW, before="", after=_price(known, "monthly_micro"), now=now)
    for field in _COMPARED:
        if (after := _shown(known, field)) != before[field]:
            _note(run, known, field, before=before[field], after=after, now=now)


def _forget(run: Sync, now: datetime) -> None:
    """Note what is not sold any more."""
    for row in Group.objects.filter(supplier=run.supplier, gone_at=None, seen_at__lt=run.began_at):
        row.gone_at = now
        row.save(update_fields=["gone_at"])
        _note(run, row, GONE, before=_price(row, "monthly_micro"), after="", now=now)


def _offer(
    wholesaler: Wholesaler, samples: Sequence[tuple[Offer, Sequence[str]]], now: datetime
) -> list[str]:
    """Take the numbers of the latest samples into the stock, and return all of them."""
    kept: list[str] = []
    for offer, sample in samples:
        catalogue.add_carriers({(offer.country, wholesaler.carrier, wholesaler.carrier)})
        lines = [
            NumberLine(
                PhoneNumber(e164),
                country=offer.country,
                carrier=wholesaler.carrier,
                kind=offer.kind,
                sms=True,
                voice="voice_in" in offer.features,
            )
            for e164 in sample
        ]
        leases.add_numbers_for_rent(lines, supplier=wholesaler.code, city=_city(offer), now=now)
        kept += sample
    return kept


def _city(offer: Offer) -> CityRow | None:
    """Return the city in our catalogue that a wholesaler means; a new one is added to it."""
    if not offer.city:
        return None
    found = cities.city_named(offer.country, name=offer.city)
    if found is not None:
        return found
    made = CityRow(
        country=offer.country,
        code=cities.code_of(offer.city),
        region="",
        region_name=offer.region,
        area=offer.prefix if offer.prefix.isdigit() else "",
        names={"here": offer.city},
    )
    if not made.code:
        return None
    cities.add_cities([made])
    return made


def _note(run: Sync, row: Group, field: str, *, before: str, after: str, now: datetime) -> None:
    Change.objects.create(
        id=new_id(),
        sync_id=run.id,
        supplier=run.supplier,
        group_id=row.id,
        country=row.country,
        kind=row.kind,
        place=row.city or row.area,
        field=field.removesuffix("_micro"),
        before=before[:_TEXT_MAX],
        after=after[:_TEXT_MAX],
        at=now,
    )
    Sync.objects.filter(id=run.id).update(changes=F("changes") + 1)


def _shown(row: Group, field: str) -> str:
    if field.endswith("_micro"):
        return _price(row, field)
    value = getattr(row, field)
    if isinstance(value, list):
        return ", ".join(sorted(value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _price(row: Group, field: str) -> str:
    return str(Money(getattr(row, field), row.currency))
