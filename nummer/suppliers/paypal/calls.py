"""What we say to PayPal, and how its refusals are read."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from threading import BoundedSemaphore, Lock
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog

from nummer.apps.payments.errors import CallbackNotGenuine, CallbackRefused, CallbackUnreadable
from nummer.apps.payments.ports import (
    Checkout,
    ListedEvent,
    PaymentNotice,
    ProviderNotice,
    RefundAnswer,
    RefundWord,
)
from nummer.kernel.errors import Unavailable
from nummer.kernel.money import Money
from nummer.suppliers.json_api import Answer, JsonApi
from nummer.suppliers.paypal.reading import (
    About,
    money,
    object_id,
    read_event,
    read_object,
    refund_word,
)

AGE_S_MAX: Final = 3600  # a copy tells nothing new, since what happened is read anew
TOKEN_ENDS_EARLY_S: Final = 60.0
ASKED_AT_ONCE_MAX: Final = 4  # callbacks under way in a process: anybody can send some
PAGE: Final = 100
ISSUE_NOT_AGREED: Final = frozenset({"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"})
ISSUE_DECLINED: Final = frozenset({"INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY"})
ISSUE_DONE: Final = "ORDER_ALREADY_CAPTURED"

_EVENTS: Final = "/v1/notifications/webhooks-events"
_VERIFY: Final = "/v1/notifications/verify-webhook-signature"
_ISSUE: Final = re.compile(r"[A-Z_]{1,60}", re.ASCII)
_SHOWN: Final = re.compile(r"[!-~]{1,500}", re.ASCII)
_HEADERS: Final = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}

log = structlog.get_logger(__name__)


class PayPalCalls:
    """One operator's account at PayPal."""

    def __init__(self, *, client_id: str, secret: str, webhook_id: str, api: str) -> None:
        self._webhook_id = webhook_id
        self._host = urlsplit(api).hostname or ""
        self._api = JsonApi(api, provider="paypal")
        self._access = _Access(self._api, client_id=client_id, secret=secret)
        self._callbacks = BoundedSemaphore(ASKED_AT_ONCE_MAX)

    def open_order(self, reference: str, *, amount: Money, return_url: str) -> Checkout:
        """Create an order to be captured; our id makes the key. Raises Unavailable.

        PayPal answers a known key with what it did before, whatever is asked now; so the sum of
        the answer is looked at.
        """
        answer = self._post(
            "/v2/checkout/orders",
            {
                "intent": "CAPTURE",
                "purchase_units": [
                    {
                        "custom_id": reference,
                        "invoice_id": reference,
                        "description": "Balance",
                        "amount": _amount(amount),
                    }
                ],
                "payment_source": {
                    "paypal": {
                        "experience_context": {
                            "return_url": return_url,
                            "cancel_url": return_url,
                            "user_action": "PAY_NOW",
                            "shipping_preference": "NO_SHIPPING",
                            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
                        }
                    }
                },
            },
            key=f"top-up-{reference}",
        )
        try:
            unit = answer.body["purchase_units"][0]
            same = (unit["custom_id"], money(unit["amount"])) == (reference, amount)
            checkout = Checkout(object_id(answer.body["id"]), _approve_url(answer.body))
        except (ValueError, KeyError, TypeError, IndexError):
            same = False
        if not (answer.good and same):
            raise self._refused("open_order", answer)
        return checkout

    def conclude(self, reference: str, *, order_id: str) -> PaymentNotice | None:
        """Capture an order that its payer approved; say what became of it. Raises Unavailable.

        The order is looked at first, since PayPal knows keys for hours only.
        """
        order = self._order(order_id)
        if order is None or order["purchase_units"][0].get("custom_id") != reference:
            return None
        if order["status"] == "APPROVED":
            # A payer who was declined approves anew; the same key would tell the old refusal.
            key = f"capture-{reference}-{order.get('update_time') or ''}"
            answer = self._post(f"{About.ORDER.path}{order_id}/capture", {}, key=key)
            issue = "" if answer.good else _issue(answer)
            if issue in ISSUE_NOT_AGREED:
                return None
            if issue in ISSUE_DECLINED:
                return _declined(order, reference)
            if issue and issue != ISSUE_DONE:
                raise self._refused("capture", answer)
            order = self._order(order_id)
        if order is None:
            raise self._api.away()
        try:
            notice = read_object(About.ORDER, order)
        except CallbackUnreadable:
            raise self._api.away() from None
        return notice if isinstance(notice, PaymentNotice) else None

    def refund(
        self, reference: str, *, capture_id: str, amount: Money, repeated: bool
    ) -> RefundAnswer:
        """Send a part of a capture back. Raises Unavailable."""
        if repeated and (known := self._refund_known(reference, capture_id)) is not None:
            return known
        answer = self._post(
            f"{About.CAPTURE.path}{object_id(capture_id)}/refund",
            {"amount": _amount(amount), "custom_id": reference, "invoice_id": reference},
            key=f"refund-{reference}",
        )
        if answer.good:
            try:
                if money(answer.body["amount"]) != amount:
                    raise self._refused("refund", answer)
                return RefundAnswer(object_id(answer.body["id"]), refund_word(answer.body))
            except (ValueError, KeyError, TypeError):
                raise self._refused("refund", answer) from None
        if answer.status not in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND):
            raise self._refused("refund", answer)
        log.warning("the provider refused a refund", provider="paypal", code=_issue(answer))
        return RefundAnswer(reference="", word=RefundWord.FAILED)

    def verify(
        self, headers: Mapping[str, str], body: bytes, *, received_at: datetime
    ) -> ProviderNotice | None:
        """Return what happened, once PayPal says that a callback is its own.

        The callback's content is not believed: its signature covers a CRC32, so the object that
        it names is read anew. Refuses: CallbackNotGenuine, CallbackUnreadable, CallbackRefused
        (our account has no such object). Raises Unavailable.
        """
        shown = self._shown(headers, received_at)
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            raise CallbackUnreadable from None
        if not self._callbacks.acquire(blocking=False):
            raise self._api.away()
        try:
            self._require_genuine(shown, body)
            told = read_event(event)
            if told is None:
                return None
            found = self._get(f"{told.about.path}{told.object_id}")
        finally:
            self._callbacks.release()
        if found is None:
            raise CallbackRefused(why="unknown_reference")
        return read_object(told.about, found)

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return the events of PayPal's list that concern us, newest first. Raises Unavailable."""
        query = {"page_size": str(PAGE)}
        if since is not None:
            query["start_time"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        while query:
            page = self._get(f"{_EVENTS}?{urlencode(query)}") or {}
            for event in page.get("events") or []:
                listed = _listed(event)
                if listed is not None:
                    yield listed
            query = _next(page)

    def webhook(self) -> Mapping[str, Any] | None:
        """Return how our webhook is set up, None where there is none. Raises Unavailable."""
        found: Mapping[str, Any] | None = self._get(
            f"/v1/notifications/webhooks/{object_id(self._webhook_id)}"
        )
        return found

    def _shown(self, headers: Mapping[str, str], received_at: datetime) -> dict[str, str]:
        """Return what a callback shows of its signature. Refuses: CallbackNotGenuine."""
        shown = {field: headers.get(name, "") for field, name in _HEADERS.items()}
        if not all(_SHOWN.fullmatch(text) for text in shown.values()):
            raise CallbackNotGenuine
        try:
            sent_at = datetime.fromisoformat(shown["transmission_time"])
            age_s = abs((received_at - sent_at).total_seconds())
            host = urlsplit(shown["cert_url"]).hostname or ""
        except (ValueError, TypeError, OverflowError):
            raise CallbackNotGenuine from None
        if age_s > AGE_S_MAX or not (host == self._host or host.endswith(".paypal.com")):
            raise CallbackNotGenuine
        return shown

    def _require_genuine(self, shown: Mapping[str, str], body: bytes) -> None:
        """Have PayPal check a signature; the event is handed on octet by octet, as it came."""
        asked = json.dumps({**shown, "webhook_id": self._webhook_id}).encode()
        answer = self._ask("POST", _VERIFY, asked[:-1] + b', "webhook_event": ' + body + b"}")
        said = answer.body.get("verification_status") if isinstance(answer.body, dict) else None
        if said != "SUCCESS":
            raise CallbackNotGenuine

    def _order(self, order_id: str) -> dict[str, Any] | None:
        order: dict[str, Any] | None = self._get(f"{About.ORDER.path}{object_id(order_id)}")
        return order

    def _refund_known(self, reference: str, capture_id: str) -> RefundAnswer | None:
        """Look for a refund of ours in the order that its capture belongs to."""
        capture = self._get(f"{About.CAPTURE.path}{object_id(capture_id)}") or {}
        related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
        order = self._order(related["order_id"]) if related.get("order_id") else None
        for unit in (order or {}).get("purchase_units") or []:
            for refund in (unit.get("payments") or {}).get("refunds") or []:
                if refund.get("custom_id") == reference:
                    return RefundAnswer(object_id(refund["id"]), refund_word(refund))
        return None

    def _get(self, path: str) -> Any:
        """Return an object, None where there is none."""
        answer = self._ask("GET", path)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        if not (answer.good and isinstance(answer.body, dict)):
            raise self._refused("show", answer)
        return answer.body

    def _post(self, path: str, wish: Mapping[str, Any], *, key: str) -> Answer:
        return self._ask("POST", path, json.dumps(wish).encode(), key=key)

    def _ask(
        self, method: str, path: str, content: bytes | None = None, *, key: str = ""
    ) -> Answer:
        """Ask with a token; one that ended before its time is replaced once."""
        headers = {"Content-Type": "application/json", "Prefer": "return=representation"}
        if key:
            headers["PayPal-Request-Id"] = key
        for again in (True, False):
            shown = {**headers, "Authorization": f"Bearer {self._access.token()}"}
            answer = self._api.ask(method, path, headers=shown, content=content)
            if answer.status != HTTPStatus.UNAUTHORIZED or not again:
                break
            self._access.forget()
        return answer

    def _refused(self, what: str, answer: Answer) -> Unavailable:
        """Return what to raise for a refusal that only a person can mend; it waits until then."""
        log.warning(
            "the payment provider refused",
            provider="paypal",
            what=what,
            status=answer.status,
            code=_issue(answer),
        )
        return self._api.away()


class _Access:
    """A token for our id and secret, kept until shortly before it ends."""

    def __init__(self, api: JsonApi, *, client_id: str, secret: str) -> None:
        self._api = api
        self._shown = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        self._lock = Lock()
        self._token, self._ends = "", 0.0

    def token(self) -> str:
        """Return a token that is in force. Raises Unavailable."""
        with self._lock:
            if not self._token or time.monotonic() >= self._ends:
                self._renew()
            return self._token

    def forget(self) -> None:
        """Ask for another token next time."""
        with self._lock:
            self._token = ""

    def _renew(self) -> None:
        answer = self._api.ask(
            "POST",
            "/v1/oauth2/token",
            headers={
                "Authorization": f"Basic {self._shown}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            content=b"grant_type=client_credentials",
        )
        try:
            token, lives_s = answer.body["access_token"], float(answer.body["expires_in"])
        except (KeyError, TypeError, ValueError):
            log.warning("the payment provider refused our keys", provider="paypal")
            raise self._api.away() from None
        self._token = str(token)
        self._ends = time.monotonic() + max(1.0, lives_s - TOKEN_ENDS_EARLY_S)


def _amount(amount: Money) -> dict[str, str]:
    return {"currency_code": amount.currency, "value": amount.decimal_text()}


def _approve_url(order: Mapping[str, Any]) -> str:
    for link in order["links"]:
        if link["rel"] in ("payer-action", "approve"):
            return str(link["href"])
    raise KeyError("approve")


def _issue(answer: Answer) -> str:
    """Return the code of a refusal, never its text."""
    body = answer.body if isinstance(answer.body, dict) else {}
    details = body.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    for found in (first.get("issue") if isinstance(first, dict) else None, body.get("name")):
        if isinstance(found, str) and _ISSUE.fullmatch(found):
            return found
    return "unknown"


def _declined(order: Mapping[str, Any], reference: str) -> PaymentNotice:
    """Return that the payer's money was refused; he may approve the order anew."""
    return PaymentNotice(
        event_id=f"{order['id']}.declined",
        reference=str(order["id"]),
        paid=False,
        amount=money(order["purchase_units"][0]["amount"]),
        ours=reference,
    )


def _listed(event: Any) -> ListedEvent | None:
    try:
        at = datetime.fromisoformat(event["create_time"])
        told = read_event(event)
        notice = None if told is None else read_object(told.about, told.resource)
    except (CallbackUnreadable, KeyError, TypeError, ValueError):
        log.warning("an event of the provider's list cannot be read", provider="paypal")
        return None
    return ListedEvent(at=at, notice=notice)


def _next(page: Mapping[str, Any]) -> dict[str, str]:
    """Return what to ask for the next page; only the question of its link is taken."""
    for link in page.get("links") or []:
        if isinstance(link, dict) and link.get("rel") == "next":
            return dict(parse_qsl(urlsplit(str(link.get("href"))).query))
    return {}
