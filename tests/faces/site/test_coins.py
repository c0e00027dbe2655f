"""What a customer reads of coins that came beside their sum or too late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nummer.apps.payments import actions
from tests import builders
from tests.apps.payments.sides import NOW, BtcPaySide, side
from tests.faces.conftest import Enter

SAID = "Money came that does not fit this payment"
NOT_MADE = "This payment was not made"


@pytest.fixture
def btcpay(tmp_path: Path) -> Iterator[BtcPaySide]:
    with side(BtcPaySide, tmp_path) as one:
        assert isinstance(one, BtcPaySide)
        yield one


@pytest.mark.parametrize(
    ("label", "share", "late", "beside", "words"),
    [
        ("nothing came", None, True, False, NOT_MADE),
        ("half came in time", "0.5", False, True, SAID),
        ("all came too late", "1", True, True, SAID),
        ("too much came", "1.1", False, True, SAID),
        ("all came in time", "1", False, False, "Paid."),
    ],
)
def test_the_page_says_what_came(
    enter: Enter,
    btcpay: BtcPaySide,
    *,
    label: str,
    share: str | None,
    late: bool,
    beside: bool,
    words: str,
) -> None:
    customer = builders.customer(balance="0.00")
    started = btcpay.start(customer)
    if late:
        btcpay.expire(started)
    if share is not None:
        btcpay.pay(started, share=share)
    btcpay.expire(started)
    actions.read_events(btcpay.code, now=NOW)

    page = enter(customer).get(f"/balance/top-up/{started.id}/").text

    assert words in page, label
    assert (SAID in page) is beside, label


def test_another_customer_sees_nothing_of_it(enter: Enter, btcpay: BtcPaySide) -> None:
    started = btcpay.start(builders.customer())

    assert enter(builders.customer()).get(f"/balance/top-up/{started.id}/").status_code == 404
