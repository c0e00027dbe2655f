"""Stripe as our payments see it; the sandbox's provider is the same one at another address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from nummer.apps.payments.ports import (
    Capabilities,
    Checkout,
    ClearedOrder,
    ListedEvent,
    PaymentMethod,
    PaymentNotice,
    ProviderNotice,
    RefundAnswer,
)
from nummer.kernel.locale import gettext_noop
from nummer.kernel.money import Money

if TYPE_CHECKING:
    from nummer.suppliers.stripe.calls import StripeCalls

CODE: Final = "stripe"
API: Final = "https://api.stripe.com"
SIGNATURE: Final = "stripe-signature"


@dataclass(frozen=True, slots=True)
class StripeMethod:
    """A way to pay of ours, and what Stripe calls it."""

    method: PaymentMethod
    stripe_type: str


@dataclass(frozen=True, slots=True)
class Access:
    """The operator's keys to Stripe, and where it answers."""

    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api: str = API


METHODS: Final = (
    StripeMethod(
        PaymentMethod(
            code="card", name=gettext_noop("Card (Stripe)"), refundable=True, keepable=True
        ),
        "card",
    ),
)
CAPABILITIES: Final = Capabilities(refunds=True, keeps_methods=True, lists_events=True)


class StripePayments:
    """Takes payments by hosted Checkout; `access` is asked at every call, since ports change."""

    capabilities = CAPABILITIES

    def __init__(
        self,
        access: Callable[[], Access],
        *,
        code: str = CODE,
        methods: Sequence[StripeMethod] = METHODS,
    ) -> None:
        self.code = code
        self._access = access
        self._types = {each.method.code: each.stripe_type for each in methods}
        self.methods: Sequence[PaymentMethod] = tuple(each.method for each in methods)

    def open_checkout(self, order: ClearedOrder, *, return_url: str) -> Checkout:
        """Prepare a page; the same reference gives the same one."""
        wanted = order.fields
        return self._calls().open_checkout(
            wanted["reference"],
            amount=_amount(wanted),
            stripe_type=self._types[wanted["method"]],
            keep_method=wanted["keep"] == "yes",
            return_url=return_url,
        )

    def take_kept(self, order: ClearedOrder) -> str:
        """Take a sum from the method that is kept for a payer."""
        wanted = order.fields
        return self._calls().take_kept(
            wanted["reference"], payer=wanted["payer"], amount=_amount(wanted)
        )

    def conclude(self, order: ClearedOrder) -> PaymentNotice | None:
        """Nothing: its pages take the money themselves, and the list of events tells of it."""
        del order
        return None

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> ProviderNotice | None:
        """Return what a callback says; the library checks signature and age by the real clock."""
        return self._calls().verify(headers.get(SIGNATURE, ""), body, received_at=received_at)

    def refund(self, order: ClearedOrder, *, repeated: bool) -> RefundAnswer:
        """Send money of a payment back, once for each reference."""
        wanted = order.fields
        return self._calls().refund(
            wanted["reference"],
            payment=wanted["payment"],
            amount=_amount(wanted),
            repeated=repeated,
        )

    def forget(self, order: ClearedOrder) -> None:
        """Forget a payer and the method kept for him."""
        self._calls().forget(order.fields["payer"])

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return the events of Stripe's list that concern us, newest first."""
        return self._calls().events_since(since)

    def troubles(self, *, callback_url: str) -> Sequence[str]:
        """Ask for one event: a restricted key may not look at webhooks, so they are not."""
        del callback_url
        next(self._calls().events_since(None), None)
        return []

    def _calls(self) -> StripeCalls:
        return _calls_with(self._access())


@lru_cache(maxsize=8)
def _calls_with(access: Access) -> StripeCalls:
    from nummer.suppliers.stripe.calls import StripeCalls  # noqa: PLC0415 -- the library is heavy

    return StripeCalls(key=access.key, webhook_secret=access.webhook_secret, api=access.api)


def _amount(wanted: Mapping[str, str]) -> Money:
    return Money.parse(wanted["amount"], wanted["currency"])
