"""The sandbox's payment provider: its own page, and callbacks signed as real providers sign them.

A checkout is a file in the sandbox's folder, so that every process sees the same. Nothing but a
signed callback tells the shop that somebody paid.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from nummer.apps.payments.errors import CallbackNotGenuine, CallbackUnreadable
from nummer.apps.payments.ports import Checkout, ClearedTopUp, PaymentMethod, PaymentNotice
from nummer.kernel.locale import gettext_noop
from nummer.kernel.money import Money, known_currencies

CODE: Final = "sandbox"
FOLDER: Final = "payments"
SIGNATURE: Final = "sandbox-signature"
AGE_MAX: Final = timedelta(minutes=5)  # as Stripe and others: an old copy is worth nothing
ANSWER_S_MAX: Final = 5.0

METHODS: Final = (
    PaymentMethod(code="sandbox-card", name=gettext_noop("Card (sandbox)"), refundable=True),
    PaymentMethod(code="sandbox-voucher", name=gettext_noop("Voucher (sandbox)"), refundable=False),
)

_REFERENCE = re.compile(r"pay_[0-9a-f]{24}", re.ASCII)
_WORD = re.compile(r"[!-~]{1,100}", re.ASCII)
_SIGNED = re.compile(r"t=([0-9]{1,11}),v1=([0-9a-f]{64})", re.ASCII)  # 11: up to the year 5138


@dataclass(frozen=True, slots=True)
class OpenPage:
    """One checkout: `state` is open, paid or failed; `told` says whether the shop knows."""

    reference: str
    amount: str
    currency: str
    method: str
    callback_url: str
    return_url: str
    state: str = "open"
    told: bool = False


class SandboxPayments:
    """The provider as the shop sees it."""

    code = CODE
    methods = METHODS

    def __init__(self, folder: Path, *, callback_url: str, page_url: str) -> None:
        """`page_url` has the placeholder {reference}."""
        self._desk = Desk(folder)
        self._callback_url = callback_url
        self._page_url = page_url

    def open_checkout(self, order: ClearedTopUp, *, return_url: str) -> Checkout:
        """Prepare a page; the same order gives the same one."""
        wanted = order.fields
        page = self._desk.open(
            OpenPage(
                reference=self._desk.reference(wanted["reference"]),
                amount=wanted["amount"],
                currency=wanted["currency"],
                method=wanted["method"],
                callback_url=self._callback_url,
                return_url=return_url,
            )
        )
        return Checkout(
            reference=page.reference, pay_url=self._page_url.format(reference=page.reference)
        )

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> PaymentNotice:
        """Return what a callback says once its signature and age are right."""
        signed = _SIGNED.fullmatch(headers.get(SIGNATURE, ""))
        if signed is None:
            raise CallbackNotGenuine
        sent_at = datetime.fromtimestamp(int(signed[1]), UTC)
        right = _signature(self._desk.secret(), signed[1], body)
        if not hmac.compare_digest(right, signed[2]) or abs(received_at - sent_at) > AGE_MAX:
            raise CallbackNotGenuine
        return _read(body)


class Desk:
    """The provider's own memory: checkouts and the secret it shares with the shop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def secret(self) -> bytes:
        """Return the key of signatures, made at first use."""
        path = self._folder / "secret"
        with self._locked():
            if not path.exists():
                path.touch(mode=0o600)
                path.write_text(secrets.token_hex(32))
            return path.read_text().encode()

    def reference(self, order: str) -> str:
        """Return the checkout's name: the same for the same order, not to be guessed from it."""
        digest = hmac.new(self.secret(), order.encode(), hashlib.sha256).hexdigest()
        return f"pay_{digest[:24]}"

    def open(self, wanted: OpenPage) -> OpenPage:
        """Keep a checkout; where it is known already, return it as it stands."""
        with self._locked():
            known = self._read(wanted.reference)
            if known is None:
                self._write(wanted)
        return known or wanted

    def page(self, reference: str) -> OpenPage | None:
        """Return a checkout, None where there is none of that name."""
        return self._read(reference) if _REFERENCE.fullmatch(reference) else None

    def decide(self, reference: str, state: str) -> OpenPage:
        """Pay or fail an open checkout; the first decision stands."""
        with self._locked():
            page = self._read(reference)
            assert page is not None, "the page was shown before"
            if page.state == "open":
                page = replace(page, state=state)
                self._write(page)
        return page

    def tell(self, page: OpenPage, *, sent_at: datetime) -> bool:
        """Call the shop back about a decided checkout; return whether it understood."""
        assert page.state != "open", "only a decision is told"
        body = _body(page)
        stamp = str(int(sent_at.timestamp()))
        headers = {
            "content-type": "application/json",
            SIGNATURE: f"t={stamp},v1={_signature(self.secret(), stamp, body)}",
        }
        try:
            with httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as client:
                answer = client.post(page.callback_url, content=body, headers=headers)
        except httpx.HTTPError:
            return False
        if answer.is_success:
            with self._locked():
                self._write(replace(page, told=True))
        return answer.is_success

    def _read(self, reference: str) -> OpenPage | None:
        try:
            return OpenPage(**json.loads((self._folder / f"{reference}.json").read_text()))
        except FileNotFoundError:
            return None

    def _write(self, page: OpenPage) -> None:
        path = self._folder / f"{page.reference}.json"
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(page)))
        draft.replace(path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _body(page: OpenPage) -> bytes:
    """Return the event of a decision; telling it again gives the same event."""
    kind = "payment.succeeded" if page.state == "paid" else "payment.failed"
    return json.dumps(
        {
            "id": f"evt_{page.reference.removeprefix('pay_')}_{page.state}",
            "type": kind,
            "reference": page.reference,
            "amount": page.amount,
            "currency": page.currency,
        }
    ).encode()


def _signature(secret: bytes, stamp: str, body: bytes) -> str:
    return hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def _read(body: bytes) -> PaymentNotice:
    try:
        event: Any = json.loads(body)
        paid = {"payment.succeeded": True, "payment.failed": False}[event["type"]]
        return PaymentNotice(
            event_id=_word(event["id"]),
            reference=_word(event["reference"]),
            paid=paid,
            amount=Money.parse(event["amount"], _currency(event["currency"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CallbackUnreadable from None


def _word(text: str) -> str:
    if not _WORD.fullmatch(text):
        raise ValueError("not a short word")
    return text


def _currency(text: str) -> str:
    if text not in known_currencies():
        raise ValueError("not a currency")
    return text
