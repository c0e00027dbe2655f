"""The ways to pay of the sandbox, and how Stripe's library reaches its provider."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nummer.apps.payments.limits import TopUpLimits
from nummer.apps.payments.ports import PaymentMethod
from nummer.kernel.errors import Unavailable
from nummer.kernel.locale import gettext_noop
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.stripe.provider import Access, StripeMethod, StripePayments

CODE: Final = "sandbox"
METHODS: Final = (
    StripeMethod(
        PaymentMethod(
            code="sandbox-card",
            name=gettext_noop("Card (sandbox)"),
            refundable=True,
            keepable=True,
        ),
        "card",
    ),
    StripeMethod(
        PaymentMethod(
            code="sandbox-voucher",
            name=gettext_noop("Voucher (sandbox)"),
            refundable=False,
            limits={
                currency: TopUpLimits(Money.parse(least, currency), Money.parse(most, currency))
                for currency, least, most in (
                    ("EUR", "5.00", "100.00"),
                    ("GBP", "5.00", "100.00"),
                    ("NOK", "50.00", "1000.00"),
                    ("USD", "5.00", "100.00"),
                )
            },
        ),
        "boleto",  # a slip that is paid in cash: what Stripe has of this kind
    ),
)


def sandbox_payments(folder: Path, *, port: Callable[[], int]) -> StripePayments:
    """Return Stripe's side of our payments, at the sandbox's provider.

    `port` tells where it answers, 0 while it is not up.
    """
    desk = Desk(folder)

    def access() -> Access:
        if not (answers_at := port()):
            raise Unavailable("payment provider", retry_after_s=1.0)
        key, secret = desk.keys()
        return Access(key=key, webhook_secret=secret, api=f"http://127.0.0.1:{answers_at}")

    return StripePayments(access, code=CODE, methods=METHODS)
