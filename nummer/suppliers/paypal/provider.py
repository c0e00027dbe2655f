"""PayPal as our payments see it; the sandbox's PayPal is the same one at another address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

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
from nummer.suppliers.paypal.calls import PayPalCalls
from nummer.suppliers.paypal.reading import FOLLOWED

CODE: Final = "paypal"
API: Final = "https://api-m.paypal.com"
CURRENCIES: Final = frozenset({"EUR", "GBP", "NOK", "USD"})  # of ours; PayPal takes some more
METHOD: Final = PaymentMethod(
    code="paypal", name=gettext_noop("PayPal"), refundable=True, currencies=CURRENCIES
)
CAPABILITIES: Final = Capabilities(
    refunds=True, keeps_methods=False, lists_events=True, concludes=True
)


@dataclass(frozen=True, slots=True)
class Access:
    """The operator's keys to PayPal, and where it answers."""

    client_id: str
    secret: str = field(repr=False)
    webhook_id: str
    api: str = API


class PayPalPayments:
    """Takes payments on PayPal's page; `access` is asked at every call, since ports change."""

    capabilities = CAPABILITIES

    def __init__(
        self, access: Callable[[], Access], *, code: str = CODE, method: PaymentMethod = METHOD
    ) -> None:
        self.code = code
        self.methods: Sequence[PaymentMethod] = (method,)
        self._access = access

    def open_checkout(self, order: ClearedOrder, *, return_url: str) -> Checkout:
        """Prepare an order and its page; the same reference gives the same one."""
        wanted = order.fields
        return self._calls().open_order(
            wanted["reference"], amount=_amount(wanted), return_url=return_url
        )

    def take_kept(self, order: ClearedOrder) -> str:
        """Never asked: nothing is kept here for later payments."""
        raise AssertionError("PayPal keeps no method for us")

    def conclude(self, order: ClearedOrder) -> PaymentNotice | None:
        """Capture an order that its payer approved."""
        wanted = order.fields
        return self._calls().conclude(wanted["reference"], order_id=wanted["checkout"])

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> ProviderNotice | None:
        """Return what happened, once PayPal has verified the callback and was asked anew."""
        return self._calls().verify(headers, body, received_at=received_at)

    def refund(self, order: ClearedOrder, *, repeated: bool) -> RefundAnswer:
        """Send money of a capture back, once for each reference."""
        wanted = order.fields
        return self._calls().refund(
            wanted["reference"],
            capture_id=wanted["payment"],
            amount=_amount(wanted),
            repeated=repeated,
        )

    def forget(self, order: ClearedOrder) -> None:
        """Nothing is kept, so nothing is to be forgotten."""

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return the events of PayPal's list that concern us, newest first."""
        return self._calls().events_since(since)

    def troubles(self, *, callback_url: str) -> Sequence[str]:
        """Return what is wrong with the app's webhook."""
        webhook = self._calls().webhook()
        if webhook is None:
            return ["PayPal knows no webhook of this id (NUMMER_PAYPAL_WEBHOOK_ID)."]
        found = []
        if webhook.get("url") != callback_url:
            found.append(f"The webhook's address at PayPal is not {callback_url}.")
        told = {each.get("name") for each in webhook.get("event_types") or []}
        missing = [] if "*" in told else sorted(FOLLOWED.keys() - told)
        if missing:
            found.append(f"The webhook does not tell of {', '.join(missing)}.")
        return found

    def _calls(self) -> PayPalCalls:
        return _calls_with(self._access())


@lru_cache(maxsize=8)
def _calls_with(access: Access) -> PayPalCalls:
    return PayPalCalls(
        client_id=access.client_id,
        secret=access.secret,
        webhook_id=access.webhook_id,
        api=access.api,
    )


def _amount(wanted: Mapping[str, str]) -> Money:
    return Money.parse(wanted["amount"], wanted["currency"])
