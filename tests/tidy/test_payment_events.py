"""What operators are told to subscribe to is what the code follows."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from nummer.suppliers.btcpay import provider as btcpay
from nummer.suppliers.paypal import reading as paypal
from nummer.suppliers.stripe import reading as stripe

PAGE = Path(__file__).resolve().parents[2] / "docs/operate/payments.md"
EVENT = re.compile(r"`([a-z_]+(?:\.[a-z_]+)+|[A-Z]+(?:\.[A-Z]+)+|Invoice[A-Za-z]+)`")
# Names with points that are no events: permissions of BTCPay's keys.
PERMISSION = "btcpay."


@pytest.mark.parametrize(
    ("heading", "followed"),
    [
        ("Stripe", stripe.FOLLOWED),
        ("PayPal", paypal.FOLLOWED),
        ("Bitcoin by BTCPay", btcpay.FOLLOWED),
    ],
)
def test_page_for_operators_names_every_event_and_no_other(
    heading: str, followed: Collection[str]
) -> None:
    (part,) = re.findall(
        rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE
    )

    named = {name for name in EVENT.findall(part) if not name.startswith(PERMISSION)}

    assert named == set(followed)
