"""What we say to a BTCPay Server, and how its answers and webhooks are read."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

import structlog

from nummer.apps.payments.errors import CallbackNotGenuine, CallbackRefused, CallbackUnreadable
from nummer.apps.payments.ports import Checkout, ListedEvent, PaymentNotice
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money
from nummer.suppliers.btcpay.reading import asked, notices, object_id, order_id
from nummer.suppliers.json_api import Answer, JsonApi

AGE_S_MAX: Final = 2 * 3600  # it repeats what was not taken for an hour (Greenfield, webhooks)
PAYABLE_FOR: Final = timedelta(minutes=30)
WATCHED_FOR: Final = timedelta(days=1)  # so long it looks for coins that come late
LOOKED_BACK: Final = timedelta(days=3)  # lists go by creation: until coins came late and settled
PAGE: Final = 100
SIGNED: Final = "sha256="
TRIED: Final = "__test__"  # the invoice of a webhook that somebody tries out by a button

_MINUTE: Final = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class BtcPayCalls:
    """One store of the operator's BTCPay Server."""

    def __init__(self, *, url: str, store_id: str, key: str, webhook_secret: str) -> None:
        self._store_id = store_id
        self._store = f"/api/v1/stores/{store_id}"
        self._shown = {"Authorization": f"token {key}", "Content-Type": "application/json"}
        self._secret = webhook_secret.encode()
        self._api = JsonApi(url, provider="btcpay")

    def open_invoice(self, reference: str, *, amount: Money, return_url: str) -> Checkout:
        """Create an invoice, or return the one that bears our id already. Raises Unavailable.

        The interface knows no keys for repeats; payments let nobody else open the same page now.
        """
        invoice = self._invoice_of(reference) or self._create(reference, amount, return_url)
        try:
            same = (order_id(invoice), asked(invoice)) == (reference, amount)
            checkout = Checkout(object_id(invoice["id"]), str(invoice["checkoutLink"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            same = False
        if not same:
            log.warning("the provider has another sum for a page", provider="btcpay")
            raise self._api.away()
        return checkout

    def conclude(self, reference: str, *, invoice_id: str) -> PaymentNotice | None:
        """Return what became of an invoice, None while it is open. Raises Unavailable."""
        invoice = self._invoice(invoice_id)
        try:
            if invoice is None or order_id(invoice) != reference:
                return None
            return next(iter(notices(invoice)), None)
        except (ValueError, CallbackUnreadable):
            raise self._api.away() from None

    def verify(self, signature: str, body: bytes, *, received_at: datetime) -> PaymentNotice | None:
        """Return what became of the invoice that a webhook names; its sums are read anew.

        Refuses: CallbackNotGenuine, CallbackUnreadable, CallbackRefused (no such invoice).
        Raises Unavailable.
        """
        right = SIGNED + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right.encode(), signature.encode()):
            raise CallbackNotGenuine
        invoice_id = self._named(body, received_at)
        if invoice_id is None:
            return None
        invoice = self._invoice(invoice_id)
        if invoice is None:
            raise CallbackRefused(why="unknown_reference")
        return next(iter(notices(invoice)), None)

    def invoices_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return what became of the invoices since, newest first. Raises Unavailable."""
        query = {"take": str(PAGE)}
        if since is not None:
            query["startDate"] = str(int((since - LOOKED_BACK).timestamp()))
        skip = 0
        while page := self._list({**query, "skip": str(skip)}):
            for invoice in page:
                yield from _listed(invoice)
            if len(page) < PAGE:
                return
            skip += PAGE

    def webhooks(self) -> list[Mapping[str, Any]]:
        """Return how the store's webhooks are set up. Raises Unavailable."""
        return self._lists(f"{self._store}/webhooks")

    def _named(self, body: bytes, received_at: datetime) -> str | None:
        """Return the invoice that a signed webhook is about, None for another kind."""
        try:
            event = json.loads(body)
            sent_at = datetime.fromtimestamp(event["timestamp"], UTC)
            if not str(event["type"]).startswith("Invoice"):
                return None
            store_id, invoice_id = event["storeId"], event["invoiceId"]
            if isinstance(invoice_id, str) and invoice_id.startswith(TRIED):
                return None
            named = object_id(invoice_id)
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError, OSError):
            raise CallbackUnreadable from None
        if store_id != self._store_id or abs((received_at - sent_at).total_seconds()) > AGE_S_MAX:
            raise CallbackNotGenuine
        return named

    def _invoice_of(self, reference: str) -> Any:
        return next(iter(self._list({"orderId": reference, "take": "2"})), None)

    def _create(self, reference: str, amount: Money, return_url: str) -> Any:
        answer = self._ask(
            "POST",
            f"{self._store}/invoices",
            {
                "amount": amount.decimal_text(),
                "currency": amount.currency,
                "metadata": {"orderId": reference, "itemDesc": "Balance"},
                "checkout": {
                    "redirectURL": return_url,
                    "expirationMinutes": PAYABLE_FOR // _MINUTE,
                    "monitoringMinutes": WATCHED_FOR // _MINUTE,
                    "paymentTolerance": 0,  # settled means paid in full
                },
            },
        )
        if not answer.good:
            raise self._refused("open_invoice", answer)
        return answer.body

    def _invoice(self, invoice_id: str) -> Any:
        """Return an invoice, None where the store has none of that id."""
        answer = self._ask("GET", f"{self._store}/invoices/{object_id(invoice_id)}")
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not (answer.good and isinstance(answer.body, dict)):
            raise self._refused("show", answer)
        return answer.body

    def _list(self, query: Mapping[str, str]) -> list[Any]:
        return self._lists(f"{self._store}/invoices?{urlencode(query)}")

    def _lists(self, path: str) -> list[Any]:
        answer = self._ask("GET", path)
        if not (answer.good and isinstance(answer.body, list)):
            raise self._refused("list", answer)
        return answer.body

    def _ask(self, method: str, path: str, wish: Mapping[str, Any] | None = None) -> Answer:
        content = None if wish is None else json.dumps(wish).encode()
        return self._api.ask(method, path, headers=self._shown, content=content)

    def _refused(self, what: str, answer: Answer) -> Unavailable:
        """Return what to raise for a refusal that only a person can mend; it waits until then."""
        log.warning(
            "the payment provider refused", provider="btcpay", what=what, status=answer.status
        )
        return self._api.away()


def _listed(invoice: Any) -> Iterator[ListedEvent]:
    try:
        at = datetime.fromtimestamp(invoice["createdTime"], UTC)
        told: list[PaymentNotice | None] = [*notices(invoice)]
    except (CallbackUnreadable, KeyError, TypeError, ValueError, OverflowError, OSError):
        log.warning("an invoice of the provider's list cannot be read", provider="btcpay")
        return
    yield from (ListedEvent(at=at, notice=notice) for notice in told or [None])
