"""What we say to DIDWW, by its library, and how its failures are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import structlog
from didww.callback.request_validator import RequestValidator
from didww.client import DidwwClient
from didww.encrypt import Encrypt
from didww.enums import CallbackMethod, OrderStatus
from didww.exceptions import DidwwApiError
from didww.query_params import QueryParams
from didww.resources.available_did import AvailableDid
from didww.resources.did import Did
from didww.resources.did_reservation import DidReservation
from didww.resources.order import Order
from didww.resources.order_item.reservation_did_order_item import ReservationDidOrderItem

from nummer.apps.leases.ports import Answer, Paper, Registered, Stand, Told
from nummer.apps.supply.ports import Funds, Offer, Owned, Place
from nummer.kernel.errors import Unavailable
from nummer.suppliers.didww.reading import read_funds, read_number, read_offer, read_owned
from nummer.suppliers.didww.registering import Registering
from nummer.suppliers.didww.transport import ANSWER_LIMIT_S, CALLS_PER_S, Pace, bound

RETRY_AFTER_S: Final = 30.0
NO_MONEY_AFTER_S: Final = 900.0  # somebody must pay in first
PAGE: Final = 100
PAGES_MAX: Final = 1000
NOT_FOUND: Final = 404
UNPROCESSABLE: Final = 422
MONEY_WORDS: Final = ("balance", "fund", "credit")  # in what DIDWW says when money is missing

log = structlog.get_logger(__name__)


class DidwwCalls:
    """One operator's account at DIDWW."""

    def __init__(
        self, *, key: str, api: str, callback_url: str, answer_limit_s: float = ANSWER_LIMIT_S
    ) -> None:
        self._callback_url = callback_url
        self._client = DidwwClient(key, base_url=api)
        bound(
            self._client._session,  # noqa: SLF001 -- it has no other door for limits (transport)
            pace=Pace(CALLS_PER_S),
            answer_limit_s=answer_limit_s,
        )

    def order(self, reference: str, *, number: str) -> Answer:
        """Reserve a number and order it under a reference of ours, never to be waited for.

        What is refused may be what an earlier call of ours, whose answer was lost, has bought:
        so a refusal is looked up before it is believed. Raises Unavailable.
        """
        with asking("order"):
            reservation = self._reserved(reference, number)
            if reservation is None:
                known = self._look_up(reference, number)
                return Answer.GONE if known is Answer.UNKNOWN else known
            try:
                placed = self._client.orders().create(self._wish(reference, reservation)).data
            except DidwwApiError as refused:
                if refused.status_code not in (NOT_FOUND, UNPROCESSABLE):
                    raise
                return self._refused(reference, number, reservation, refused)
            return self._answer(placed, number)

    def look_up(self, reference: str, *, number: str = "") -> Answer:
        """Return what became of the order of a reference. Raises Unavailable."""
        with asking("look_up"):
            return self._look_up(reference, number)

    def renew(self, reference: str) -> Told:
        """Make sure that what was bought under a reference is renewed. Raises Unavailable."""
        with asking("renew"):
            waits, bought = self._bought(reference)
            if not bought or all(did.blocked for did in bought):
                return Told.WAITING if waits else Told.GONE
            for did in bought:
                if did.terminated or did.billing_cycles_count is not None:
                    self._change(did, terminated=False, billing_cycles_count=None)
            return Told.DONE

    def stop(self, reference: str) -> Told:
        """Give back what was bought under a reference. Raises Unavailable."""
        with asking("stop"):
            waits, bought = self._bought(reference)
            for did in bought:
                if not did.terminated:
                    self._change(did, terminated=True, billing_cycles_count=0)
            if waits:
                return Told.WAITING
            return Told.DONE if bought or self._orders(reference) else Told.GONE

    def places(self) -> list[Place]:
        """Return the countries that DIDWW knows. Raises Unavailable."""
        listed = self._pages(self._client.countries())
        return [Place(id=str(each.id), country=str(each.iso).upper()) for each in listed]

    def offers(self, place: str, *, country: str) -> Iterator[Offer]:
        """Return what is sold in a country. Raises Unavailable."""
        include = ("stock_keeping_units", "did_group_type", "city", "region")
        for group in self._pages(
            self._client.did_groups(), include=include, filters={"country.id": place}
        ):
            with asking("read_offer"):
                offer = read_offer(group, country=country)
            if offer is not None:
                yield offer

    def numbers(self, group: str) -> list[str]:
        """Return numbers of a group that can be chosen: some, in no order. Raises Unavailable."""
        with asking("numbers"):
            params = QueryParams().filter("did_group.id", group)
            listed = self._client.available_dids().list(params).data
            found = (read_number(each.number) for each in listed)
            return [number for number in found if number is not None]

    def registered(self, reference: str) -> Registered:
        """Return how far the registration of a reference's number is. Raises Unavailable."""
        with asking("registered"):
            return self._registering().stand(reference, self._bought(reference)[1])

    def register(
        self, reference: str, *, fields: Mapping[str, str], papers: Sequence[Paper]
    ) -> Registered:
        """Hand in who holds the number of a reference, encrypted. Raises Unavailable."""
        with asking("register"):
            _, bought = self._bought(reference)
            if not bought:
                return Registered(Stand.NOT_WANTED)
            return self._registering().register(reference, bought[0], fields=fields, papers=papers)

    def verified_order(self, task: str) -> str:
        """Return the reference of ours that a request to verify bears. Raises Unavailable."""
        with asking("verified_order"):
            return self._registering().order_of(task)

    def reference(self, order: str) -> str:
        """Return the reference of ours that an order bears, '' where none. Raises Unavailable."""
        with asking("reference"):
            listed = self._client.orders().list(QueryParams().filter("id", order)).data
            return str(listed[0].external_reference_id or "") if listed else ""

    def funds(self) -> Funds:
        """Return what is left to spend. Raises Unavailable."""
        with asking("funds"):
            return read_funds(self._client.balance().find().data)

    def owned(self) -> Iterator[Owned]:
        """Return all numbers that DIDWW counts as ours. Raises Unavailable."""
        for did in self._pages(self._client.dids(), include=("order",)):
            with asking("read_owned"):
                owned = read_owned(did)
            yield owned

    def _pages(
        self,
        repository: Any,
        *,
        include: tuple[str, ...] = (),
        filters: Mapping[str, str] | None = None,
    ) -> Iterator[Any]:
        """Return all resources of a list, page by page. Raises Unavailable."""
        for page in range(1, PAGES_MAX + 1):
            params = QueryParams().page(number=page, size=PAGE)
            for name, value in (filters or {}).items():
                params.filter(name, value)
            if include:
                params.include(*include)
            with asking("list"):
                found = repository.list(params).data
            yield from found
            if len(found) < PAGE:
                return
        raise Unavailable("number supplier", retry_after_s=RETRY_AFTER_S)

    def upload(self, paper: bytes) -> str:
        """Encrypt a paper for DIDWW's two keys and leave it there; return its name for it.

        Raises Unavailable.
        """
        with asking("upload"):
            keys = [each.key for each in self._client.public_keys().list().data]
            sealed = Encrypt.encrypt_with_keys(paper, keys)
            return str(
                self._client.upload_encrypted_file(Encrypt.calculate_fingerprint(keys), sealed)
            )

    def _registering(self) -> Registering:
        return Registering(self._client, callback_url=self._callback_url, upload=self.upload)

    def _wish(self, reference: str, reservation: DidReservation) -> Order:
        item = ReservationDidOrderItem()
        item.sku_id = _first_sku(reservation.available_did).id
        item.did_reservation_id = reservation.id
        wish = Order()
        wish.allow_back_ordering = False
        wish.external_reference_id = reference
        wish.callback_url = self._callback_url
        wish.callback_method = CallbackMethod.POST
        wish.items = [item]
        return wish

    def _reserved(self, reference: str, number: str) -> DidReservation | None:
        """Return our reservation of a number, made now or by an earlier call; None: it is gone."""
        params = QueryParams().include("available_did.did_group.stock_keeping_units")
        for held in self._client.did_reservations().list(params).data:
            if held.description == reference and held.available_did.number == number:
                return held
        there = self._available(number)
        if there is None:
            return None
        wish = DidReservation()
        wish.description = reference
        wish.available_did = there
        try:
            made = self._client.did_reservations().create(wish).data
            # it may be gone already: another call of ours has ordered it
            return self._client.did_reservations().find(made.id, params).data
        except DidwwApiError as refused:
            if refused.status_code not in (NOT_FOUND, UNPROCESSABLE):
                raise
            return None

    def _available(self, number: str) -> AvailableDid | None:
        params = QueryParams().filter("number_contains", number)
        listed = self._client.available_dids().list(params).data
        return next((each for each in listed if each.number == number), None)

    def _refused(
        self, reference: str, number: str, reservation: DidReservation, refused: DidwwApiError
    ) -> Answer:
        """Say what a refused order means: bought before, no money, or refused for good."""
        known = self._look_up(reference, number)
        if known is not Answer.UNKNOWN:
            return known
        self._client.did_reservations().delete(reservation.id)
        said = str(refused.errors).lower()
        if any(word in said for word in MONEY_WORDS):
            log.error("the supplier says that our balance is too low")
            raise Unavailable("number supplier", retry_after_s=NO_MONEY_AFTER_S)
        log.warning("the supplier refused an order", codes=_codes(refused))
        return Answer.REFUSED

    def _look_up(self, reference: str, number: str) -> Answer:
        orders = self._orders(reference)
        answers = {self._answer(order, number) for order in orders}
        best = (Answer.SUPPLIED, Answer.WAITING, Answer.GONE)
        return next((answer for answer in best if answer in answers), Answer.UNKNOWN)

    def _answer(self, order: Order, number: str) -> Answer:
        """Say what an order means for us: only a number that is there and free to use is one."""
        if order.status == OrderStatus.CANCELED:
            return Answer.GONE
        if order.status != OrderStatus.COMPLETED:
            return Answer.WAITING
        bought = self._dids(order)
        ready = [did for did in bought if not did.awaiting_registration and not did.blocked]
        there = not number or any(did.number == number for did in ready)
        return Answer.SUPPLIED if ready and there else Answer.WAITING

    def _bought(self, reference: str) -> tuple[bool, list[Did]]:
        """Return whether an order still waits, and the numbers of all that are completed."""
        orders = self._orders(reference)
        waits = any(order.status == OrderStatus.PENDING for order in orders)
        return waits, [did for order in orders for did in self._dids(order)]

    def _orders(self, reference: str) -> list[Order]:
        params = QueryParams().filter("external_reference_id", reference)
        listed = self._client.orders().list(params).data
        return [order for order in listed if order.external_reference_id == reference]

    def _dids(self, order: Order) -> list[Did]:
        params = QueryParams().filter("order.id", order.id)
        return list(self._client.dids().list(params).data)

    def _change(self, did: Did, **changes: object) -> None:
        wish = Did.build(did.id)
        for name, value in changes.items():
            setattr(wish, name, value)
        self._client.dids().update(wish)


def genuine(secret: str, *, url: str, said: dict[str, str], signature: str) -> bool:
    """Say whether DIDWW signed a callback, by the library's own check."""
    return bool(RequestValidator(secret).validate(url, said, signature))


def _first_sku(available: AvailableDid) -> Any:
    """Return the cheapest way to have a number: the one with the fewest channels."""
    units = available.did_group.stock_keeping_units
    return min(units, key=lambda unit: int(unit.channels_included_count or 0))


def _codes(refused: DidwwApiError) -> list[str]:
    return [str(error.get("code", ""))[:20] for error in refused.errors if isinstance(error, dict)]


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Turn what DIDWW cannot do now into Unavailable; texts of errors are not kept."""
    try:
        yield
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 -- the library lets out whatever its reader meets, also its assertions
        log.warning(
            "the number supplier cannot be asked",
            what=what,
            error=type(error).__name__,
            status=getattr(error, "status_code", None),
        )
        raise Unavailable("number supplier", retry_after_s=RETRY_AFTER_S) from None
