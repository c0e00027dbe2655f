"""PayPal of the sandbox as a way to pay, and how our side of PayPal reaches it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nummer.apps.payments.ports import PaymentMethod
from nummer.kernel.errors import Unavailable
from nummer.kernel.locale import gettext_noop
from nummer.suppliers.paypal.provider import CURRENCIES, Access, PayPalPayments
from nummer.suppliers.sandbox.payments.paypal.api import client_keys, paypal_desk

CODE: Final = "sandbox-paypal"
METHOD: Final = PaymentMethod(
    code="sandbox-paypal",
    name=gettext_noop("PayPal (sandbox)"),
    refundable=True,
    currencies=CURRENCIES,
)


def sandbox_paypal(folder: Path, *, port: Callable[[], int]) -> PayPalPayments:
    """Return PayPal's side of our payments, at the sandbox's PayPal.

    `port` tells where it answers, 0 while it is not up.
    """
    desk = paypal_desk(folder)

    def access() -> Access:
        if not (answers_at := port()):
            raise Unavailable("payment provider", retry_after_s=1.0)
        client_id, secret, webhook_id = client_keys(desk)
        return Access(
            client_id=client_id,
            secret=secret,
            webhook_id=webhook_id,
            api=f"http://127.0.0.1:{answers_at}",
        )

    return PayPalPayments(access, code=CODE, method=METHOD)
