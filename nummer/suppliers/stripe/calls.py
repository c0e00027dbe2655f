"""What we say to Stripe, by its library, and how its failures are read."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import stripe
import structlog

from nummer.apps.payments.errors import CallbackNotGenuine, CallbackUnreadable
from nummer.apps.payments.ports import (
    Checkout,
    ListedEvent,
    ProviderNotice,
    RefundAnswer,
    RefundWord,
)
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import MICRO, Money, minor_digits
from nummer.suppliers.stripe.reading import FOLLOWED, REFUND_WORDS, read_event
from nummer.suppliers.stripe.transport import BoundedClient

AGE_S_MAX: Final = 300  # Stripe's own default for signatures
RETRIES: Final = 1  # by the library, at once; later ones are for our due rows
RETRY_AFTER_S: Final = 30.0
PAGE: Final = 100

stripe.enable_telemetry = False  # it would name our machine

log = structlog.get_logger(__name__)
# The library writes whole answers down for who debugs: a charge names its payer and four digits.
logging.getLogger("stripe").setLevel(logging.INFO)


class StripeCalls:
    """One operator's account at Stripe."""

    def __init__(self, *, key: str, webhook_secret: str, api: str) -> None:
        self._webhook_secret = webhook_secret
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api},
            http_client=BoundedClient(),
            max_network_retries=RETRIES,
        )

    def open_checkout(
        self, reference: str, *, amount: Money, stripe_type: str, keep_method: bool, return_url: str
    ) -> Checkout:
        """Create a Checkout session in payment mode; our id makes the key. Raises Unavailable."""
        wish: dict[str, Any] = {
            "mode": "payment",
            "client_reference_id": reference,
            "success_url": return_url,
            "cancel_url": return_url,
            "payment_method_types": [stripe_type],
            "adaptive_pricing": {"enabled": False},  # nothing is ever converted
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": amount.currency.lower(),
                        "unit_amount": _minor(amount),
                        "product_data": {"name": "Balance"},
                    },
                }
            ],
            "metadata": {"top_up": reference},
            "payment_intent_data": {"metadata": {"top_up": reference}},
        }
        if keep_method:
            wish["customer_creation"] = "always"
            wish["payment_intent_data"]["setup_future_usage"] = "off_session"
        with _asking("open_checkout"):
            session = self._client.v1.checkout.sessions.create(
                wish,  # type: ignore[arg-type]  # a table of the wire form
                {"idempotency_key": f"top-up-{reference}"},
            )
            if not session.url:
                raise Unavailable("payment provider", retry_after_s=RETRY_AFTER_S)
            return Checkout(reference=session.id, pay_url=session.url)

    def take_kept(self, reference: str, *, payer: str, amount: Money) -> str:
        """Take a sum from the newest method kept for `payer`, who is not there.

        Returns the payment's name, also of a declined one; '' where there is no method any more.
        Raises Unavailable.
        """
        with _asking("take_kept"):
            try:
                kept = self._client.v1.customers.payment_methods.list(payer, {"limit": 1})
                if not kept.data:
                    return ""
                payment = self._client.v1.payment_intents.create(
                    {
                        "amount": _minor(amount),
                        "currency": amount.currency.lower(),
                        "customer": payer,
                        "payment_method": kept.data[0].id,
                        "off_session": True,
                        "confirm": True,
                        "metadata": {"top_up": reference, "kept": "yes"},
                    },
                    {"idempotency_key": f"top-up-{reference}"},
                )
            except stripe.CardError as declined:
                return _declined_payment(declined)
            except stripe.InvalidRequestError as refused:
                log.warning("the provider refused an automatic payment", code=refused.code)
                return ""
            return payment.id

    def refund(
        self, reference: str, *, payment: str, amount: Money, repeated: bool
    ) -> RefundAnswer:
        """Send a part of a payment back. Raises Unavailable."""
        with _asking("refund"):
            if repeated and (known := self._refund_known(reference, payment)) is not None:
                return known
            try:
                refund = self._client.v1.refunds.create(
                    {
                        "payment_intent": payment,
                        "amount": _minor(amount),
                        "metadata": {"refund": reference},
                    },
                    {"idempotency_key": f"refund-{reference}"},
                )
            except stripe.InvalidRequestError as refused:
                log.warning("the provider refused a refund", code=refused.code)
                return RefundAnswer(reference="", word=RefundWord.FAILED)
            return RefundAnswer(reference=refund.id, word=_refund_word(refund.status))

    def forget(self, payer: str) -> None:
        """Delete a payer and what is kept for him; one already gone is gone. Raises Unavailable."""
        with _asking("forget"):
            try:
                self._client.v1.customers.delete(payer)
            except stripe.InvalidRequestError as refused:
                log.info("the provider knows no such payer", code=refused.code)

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return the events of Stripe's list that concern us, newest first. Raises Unavailable."""
        wish: dict[str, Any] = {"types": sorted(FOLLOWED), "limit": PAGE}
        if since is not None:
            wish["created"] = {"gte": int(since.timestamp())}
        with _asking("events"):
            page = self._client.v1.events.list(wish)  # type: ignore[arg-type]  # as above
            for event in page.auto_paging_iter():
                at = datetime.fromtimestamp(event.created, UTC)
                yield ListedEvent(at=at, notice=_read_listed(event.to_dict()))

    def verify(
        self, signature: str, body: bytes, *, received_at: datetime
    ) -> ProviderNotice | None:
        """Return what a callback says, checked by the library.

        The library looks at what is too old; what is signed for a time to come would stay good
        for longer than that. Refuses: CallbackNotGenuine, CallbackUnreadable.
        """
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), signature, self._webhook_secret, AGE_S_MAX
            )
            ahead_s = _signed_at_s(signature) - received_at.timestamp()
        except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
            raise CallbackNotGenuine from None
        if ahead_s > AGE_S_MAX:
            raise CallbackNotGenuine
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            raise CallbackUnreadable from None
        return read_event(event)

    def _refund_known(self, reference: str, payment: str) -> RefundAnswer | None:
        listed = self._client.v1.refunds.list({"payment_intent": payment, "limit": PAGE})
        for refund in listed.auto_paging_iter():
            if (refund.to_dict()["metadata"] or {}).get("refund") == reference:
                return RefundAnswer(reference=refund.id, word=_refund_word(refund.status))
        return None


def _signed_at_s(signature: str) -> int:
    """Return the time of a header that the library has checked: the first one, as it reads it."""
    parts = (part.split("=", 2) for part in signature.split(","))
    return int(next(part[1] for part in parts if part[0] == "t"))


def _minor(amount: Money) -> int:
    """Return an amount in the currency's smallest coin."""
    coin = MICRO // 10 ** minor_digits(amount.currency)
    assert amount.micro % coin == 0, "only whole coins are asked for"
    return int(amount.micro // coin)


def _refund_word(status: str | None) -> RefundWord:
    return REFUND_WORDS.get(status or "", RefundWord.PENDING)


def _declined_payment(declined: stripe.CardError) -> str:
    error = declined.error
    payment = None if error is None else error.payment_intent
    return "" if payment is None else str(payment.id)


def _read_listed(event: dict[str, Any]) -> ProviderNotice | None:
    try:
        return read_event(event)
    except CallbackUnreadable:
        log.warning("an event of the provider's list cannot be read")
        return None


@contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turn what Stripe cannot do now into Unavailable; texts of errors are not kept."""
    try:
        yield
    except stripe.StripeError as error:
        log.warning(
            "the payment provider cannot be asked",
            what=what,
            error=type(error).__name__,
            code=error.code,
            status=error.http_status,
        )
        raise Unavailable("payment provider", retry_after_s=RETRY_AFTER_S) from None
