"""DIDWW as our leases and our supply see it; the sandbox's is the same one at another address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from nummer.apps.leases.ports import Answer, ClearedOrder, Paper, Registered, Told
from nummer.apps.supply.ports import Funds, Offer, Owned, Place
from nummer.suppliers.didww.transport import ANSWER_LIMIT_S

if TYPE_CHECKING:
    from nummer.suppliers.didww.calls import DidwwCalls

CODE: Final = "didww"
API: Final = "https://api.didww.com/v3"


@dataclass(frozen=True, slots=True)
class Access:
    """The operator's key to DIDWW, the secret of its callbacks, and where both sides answer."""

    key: str = field(repr=False)
    callback_secret: str = field(repr=False)
    callback_url: str
    api: str = API
    answer_limit_s: float = ANSWER_LIMIT_S


class DidwwNumbers:
    """Lends numbers of many countries; `access` is asked at every call, since ports change."""

    def __init__(
        self, access: Callable[[], Access], *, code: str = CODE, carrier: str = CODE
    ) -> None:
        self._access = access
        self._code = code
        self._carrier = carrier

    @property
    def code(self) -> str:
        """Return what our tables call it."""
        return self._code

    @property
    def carrier(self) -> str:
        """Return by which link SMS of its numbers come and go."""
        return self._carrier

    def order(self, order: ClearedOrder) -> Answer:
        """Order a `number` under a `reference` of ours; what is bought already is not again."""
        wanted = order.fields
        return self._calls().order(wanted["reference"], number=_digits(wanted["number"]))

    def look_up(self, question: ClearedOrder) -> Answer:
        """Return what became of a `reference`."""
        return self._calls().look_up(question.fields["reference"])

    def renew(self, order: ClearedOrder) -> Told:
        """Make sure that the number of a `reference` stays."""
        return self._calls().renew(order.fields["reference"])

    def stop(self, order: ClearedOrder) -> Told:
        """Give the number of a `reference` back."""
        return self._calls().stop(order.fields["reference"])

    def places(self, question: ClearedOrder) -> Sequence[Place]:
        """Return the countries that it knows."""
        del question
        return self._calls().places()

    def offers(self, question: ClearedOrder) -> Iterator[Offer]:
        """Return what it sells in the country of `place`."""
        return self._calls().offers(question.fields["place"], country=question.fields["country"])

    def numbers(self, question: ClearedOrder) -> Sequence[str]:
        """Return numbers (E.164) that can be chosen of a `group`: some, in no order."""
        return self._calls().numbers(question.fields["group"])

    def funds(self, question: ClearedOrder) -> Funds:
        """Return what is left to spend."""
        del question
        return self._calls().funds()

    def owned(self, question: ClearedOrder) -> Iterator[Owned]:
        """Return all numbers that it counts as ours."""
        del question
        return self._calls().owned()

    def reference(self, question: ClearedOrder) -> str:
        """Return under which reference of ours an `order`, or a `verification`, stands."""
        asked = question.fields
        if "verification" in asked:
            return self._calls().verified_order(asked["verification"])
        return self._calls().reference(asked["order"])

    def registered(self, question: ClearedOrder) -> Registered:
        """Return how far the registration of the number of a `reference` is."""
        return self._calls().registered(question.fields["reference"])

    def register(
        self, order: ClearedOrder, *, dossier: ClearedOrder, papers: Sequence[Paper]
    ) -> Registered:
        """Hand in who holds the number of a `reference`; papers are encrypted on our side."""
        return self._calls().register(
            order.fields["reference"], fields=dossier.fields, papers=papers
        )

    def hand_in(self, paper: ClearedOrder, *, octets: bytes) -> str:
        """Leave a paper there, encrypted for its keys before it leaves; return its name for it."""
        assert "paper" in paper.fields, "the gate let a paper through"
        return self._calls().upload(octets)

    def genuine(self, said: dict[str, str], *, signature: str) -> bool:
        """Say whether a callback came from it, by the library's own check."""
        from nummer.suppliers.didww.calls import genuine  # noqa: PLC0415 -- the library is heavy

        access = self._access()
        return genuine(
            access.callback_secret, url=access.callback_url, said=said, signature=signature
        )

    def _calls(self) -> DidwwCalls:
        return _calls_with(self._access())


@lru_cache(maxsize=8)
def _calls_with(access: Access) -> DidwwCalls:
    from nummer.suppliers.didww.calls import DidwwCalls  # noqa: PLC0415 -- the library is heavy

    return DidwwCalls(
        key=access.key,
        api=access.api,
        callback_url=access.callback_url,
        answer_limit_s=access.answer_limit_s,
    )


def _digits(e164: str) -> str:
    return e164.removeprefix("+")
