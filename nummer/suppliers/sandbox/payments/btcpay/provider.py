"""Bitcoin of the sandbox as a way to pay, and how our side of BTCPay reaches it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nummer.apps.payments.ports import PaymentMethod
from nummer.kernel.errors import Unavailable
from nummer.kernel.locale import gettext_noop
from nummer.suppliers.btcpay.provider import LIMITS, Access, BtcPayPayments
from nummer.suppliers.sandbox.payments.btcpay.api import btcpay_desk, store_keys

CODE: Final = "sandbox-btcpay"
METHOD: Final = PaymentMethod(
    code="sandbox-bitcoin",
    name=gettext_noop("Bitcoin (sandbox)"),
    refundable=False,
    limits=LIMITS,
)


def sandbox_btcpay(folder: Path, *, port: Callable[[], int]) -> BtcPayPayments:
    """Return BTCPay's side of our payments, at the sandbox's server.

    `port` tells where it answers, 0 while it is not up.
    """
    desk = btcpay_desk(folder)

    def access() -> Access:
        if not (answers_at := port()):
            raise Unavailable("payment provider", retry_after_s=1.0)
        store_id, key, secret = store_keys(desk)
        return Access(
            url=f"http://127.0.0.1:{answers_at}",
            store_id=store_id,
            key=key,
            webhook_secret=secret,
        )

    return BtcPayPayments(access, code=CODE, method=METHOD)
