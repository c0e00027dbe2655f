"""BTCPay as our payments see it; the sandbox's server is the same one at another address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from nummer.apps.payments.limits import TopUpLimits
from nummer.apps.payments.ports import (
    Capabilities,
    Checkout,
    ClearedOrder,
    ListedEvent,
    PaymentMethod,
    PaymentNotice,
    ProviderNotice,
    RefundAnswer,
    RefundWord,
)
from nummer.kernel.locale import gettext_noop
from nummer.kernel.money import Money
from nummer.suppliers.btcpay.calls import BtcPayCalls

CODE: Final = "btcpay"
SIGNATURE: Final = "btcpay-sig"
FOLLOWED: Final = frozenset(
    {
        "InvoiceSettled",
        "InvoiceExpired",
        "InvoiceInvalid",
        "InvoiceReceivedPayment",
        "InvoicePaymentSettled",
    }
)
# Below, the network's fee is out of proportion; above, waiting for the rate to move would pay.
LIMITS: Final[Mapping[str, TopUpLimits]] = {
    currency: TopUpLimits(Money.parse(least, currency), Money.parse(most, currency))
    for currency, least, most in (
        ("EUR", "10.00", "500.00"),
        ("GBP", "10.00", "500.00"),
        ("NOK", "100.00", "5000.00"),
        ("USD", "10.00", "500.00"),
    )
}
METHOD: Final = PaymentMethod(
    code="bitcoin", name=gettext_noop("Bitcoin (BTCPay)"), refundable=False, limits=LIMITS
)
CAPABILITIES: Final = Capabilities(
    refunds=False, keeps_methods=False, lists_events=True, concludes=True
)


@dataclass(frozen=True, slots=True)
class Access:
    """The operator's store, and the keys to it."""

    url: str
    store_id: str
    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


class BtcPayPayments:
    """Takes coins on BTCPay's page; `access` is asked at every call, since ports change."""

    capabilities = CAPABILITIES

    def __init__(
        self, access: Callable[[], Access], *, code: str = CODE, method: PaymentMethod = METHOD
    ) -> None:
        self.code = code
        self.methods: Sequence[PaymentMethod] = (method,)
        self._access = access

    def open_checkout(self, order: ClearedOrder, *, return_url: str) -> Checkout:
        """Prepare an invoice and its page; the same reference gives the same one."""
        wanted = order.fields
        return self._calls().open_invoice(
            wanted["reference"],
            amount=Money.parse(wanted["amount"], wanted["currency"]),
            return_url=return_url,
        )

    def take_kept(self, order: ClearedOrder) -> str:
        """Never asked: nobody can take coins from a payer."""
        raise AssertionError("BTCPay keeps no method for us")

    def conclude(self, order: ClearedOrder) -> PaymentNotice | None:
        """Return what became of an invoice; its page takes the coins itself."""
        wanted = order.fields
        return self._calls().conclude(wanted["reference"], invoice_id=wanted["checkout"])

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> ProviderNotice | None:
        """Return what became of the invoice that a signed webhook names."""
        return self._calls().verify(headers.get(SIGNATURE, ""), body, received_at=received_at)

    def refund(self, order: ClearedOrder, *, repeated: bool) -> RefundAnswer:
        """Refuse: coins do not go back; what was booked for it returns to the balance."""
        del order, repeated
        return RefundAnswer(reference="", word=RefundWord.FAILED)

    def forget(self, order: ClearedOrder) -> None:
        """Nothing is kept, so nothing is to be forgotten."""

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return what became of the store's invoices, newest first."""
        return self._calls().invoices_since(since)

    def troubles(self, *, callback_url: str) -> Sequence[str]:
        """Return what is wrong with the store's webhook."""
        ours = [one for one in self._calls().webhooks() if one.get("url") == callback_url]
        if not ours:
            return [f"The store has no webhook to {callback_url}."]
        found = []
        if not any(one.get("enabled") for one in ours):
            found.append("The store's webhook is switched off.")
        told = ours[0].get("authorizedEvents") or {}
        missing = sorted(FOLLOWED - set(told.get("specificEvents") or []))
        if missing and not told.get("everything"):
            found.append(f"The store's webhook does not tell of {', '.join(missing)}.")
        return found

    def _calls(self) -> BtcPayCalls:
        return _calls_with(self._access())


@lru_cache(maxsize=8)
def _calls_with(access: Access) -> BtcPayCalls:
    return BtcPayCalls(
        url=access.url,
        store_id=access.store_id,
        key=access.key,
        webhook_secret=access.webhook_secret,
    )
