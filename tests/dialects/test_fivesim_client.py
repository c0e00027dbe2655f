"""fivesim 1.2.0, unmodified, with the address of its authors, against a whole installation.

Codes come by SMPP from the sandbox's carrier.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pytest
from fivesim import (
    ActivationProduct,
    Category,
    Country,
    ErrorType,
    FiveSim,
    FiveSimError,
    HostingProduct,
    Language,
    Operator,
    Order,
    OrderAction,
    Status,
)

from tests.dialects.proxy import Proxy
from tests.installation import Installation

TEXT = "Telegram code: 48213. Do not give this code to anyone."
_serial = itertools.count(1)


@pytest.fixture
def customer(installation: Installation) -> Callable[..., str]:
    """Return a maker of customers; it returns a customer's key."""

    def make(balance: str = "20.00") -> str:
        email = f"fivesim-{next(_serial)}@example.com"
        words = ("sandbox", "customer", "--email", email, "--balance", balance)
        return str(installation.json(*words)["api_key"])

    return make


@pytest.fixture
def client(customer: Callable[..., str], through_proxy: Proxy) -> FiveSim:
    return FiveSim(customer())


def buy(client: FiveSim) -> Order:
    return client.user.buy_number(Country.NORWAY, Operator.ANY_OPERATOR, ActivationProduct.TELEGRAM)


def receive(installation: Installation, client: FiveSim, order: Order) -> Order:
    """Let the carrier deliver a code; poll as programs do until it is there."""
    words = ("sandbox", "sms", "--to", order.phone, "--from", "Telegram", "--text", TEXT)
    assert installation.json(*words)["acknowledged"] == 1
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        checked = client.user.order(OrderAction.CHECK, order)
        if checked.sms:
            return checked
        time.sleep(0.2)
    raise AssertionError("the code did not arrive")


def balance(client: FiveSim) -> float:
    return float(client.user.get_profile_data().balance)


def refused(act: Callable[[], object]) -> ErrorType:
    with pytest.raises(FiveSimError) as error:
        act()
    return error.value.get_error()


def test_it_buys_polls_reads_the_code_and_finishes(
    client: FiveSim, installation: Installation, through_proxy: Proxy
) -> None:
    assert balance(client) == 20.0
    order = buy(client)
    assert (order.status, order.sms, order.country) == (Status.PENDING, None, Country.NORWAY)
    assert (order.product, order.phone[:3]) == (ActivationProduct.TELEGRAM, "+47")

    received = receive(installation, client, order)

    assert received.status == Status.RECEIVED
    (sms,) = received.sms
    assert (sms.activation_code, sms.text, sms.sender) == ("48213", TEXT, "Telegram")
    assert client.user.get_sms_inbox_list(order) == [sms]
    assert refused(lambda: client.user.order(OrderAction.CANCEL, order)) == ErrorType.ORDER_HAS_SMS
    assert refused(lambda: client.user.order(OrderAction.BAN, order)) == ErrorType.ORDER_HAS_SMS
    assert client.user.order(OrderAction.FINISH, order).status == Status.FINISHED
    assert balance(client) == pytest.approx(20 - order.price)
    assert set(through_proxy.asked) == {"5sim.net:443"}


@pytest.mark.parametrize(
    ("action", "status"),
    [(OrderAction.CANCEL, Status.CANCELED), (OrderAction.BAN, Status.BANNED)],
)
def test_before_a_code_it_gets_the_price_back(
    client: FiveSim, action: OrderAction, status: Status
) -> None:
    order = buy(client)
    unanswered = refused(lambda: client.user.order(OrderAction.FINISH, order))

    assert client.user.order(action, order).status == status
    assert client.user.order(OrderAction.CHECK, order).status == status
    assert unanswered == ErrorType.ORDER_NO_SMS
    assert balance(client) == 20.0


def test_it_reads_its_history_page_by_page(client: FiveSim) -> None:
    orders = [buy(client) for _ in range(3)]
    client.user.order(OrderAction.CANCEL, orders[0])

    newest = client.user.get_orders_history(Category.ACTIVATION, results_per_page=2, page_number=0)
    oldest = client.user.get_orders_history(Category.ACTIVATION, reverse_order=False)
    payments = client.user.get_payments_history(results_per_page=2)

    assert [order.id for order in newest.data] == [orders[2].id, orders[1].id]
    assert [order.id for order in oldest.data] == [order.id for order in orders]
    assert (newest.total, oldest.data[0].status) == (3, Status.CANCELED)
    assert client.user.get_orders_history(Category.HOSTING).data == []
    assert (payments.total, [line.type for line in payments.data]) == (5, ["refund", "order"])
    assert payments.data[0].balance == pytest.approx(balance(client))
    assert "topup" in payments.payment_types_names


def test_it_reads_prices_products_and_countries_without_a_key(client: FiveSim) -> None:
    telegram = ActivationProduct.TELEGRAM
    price = buy(client).price

    everything = client.guest.get_prices()
    of_country = client.guest.get_prices(country=Country.GERMANY)
    of_product = client.guest.get_prices(product=telegram)
    of_both = client.guest.get_prices(country=Country.NORWAY, product=telegram)

    offer = everything[Country.NORWAY][telegram][Operator.ANY_OPERATOR]
    assert (offer.price, offer.quantity > 3) == (price, True)
    assert set(of_country) == {Country.GERMANY}
    assert {Country.ENGLAND, Country.NORWAY} <= set(of_product)
    assert of_both[Country.NORWAY][telegram][Operator.ANY_OPERATOR] == offer
    assert client.guest.get_products(Country.NORWAY, Operator.ANY_OPERATOR)[telegram] == offer
    norway = client.guest.get_countries()[Country.NORWAY]
    assert (norway.iso, norway.prefix, norway.en) == ("no", "+47", "Norway")
    assert client.guest.get_notification(Language.ENGLISH) == ""
    assert client.user.get_profile_data().default_country.iso == "no"


def test_it_knows_each_refusal(client: FiveSim, customer: Callable[..., str]) -> None:
    user, norway, anybody = client.user, Country.NORWAY, Operator.ANY_OPERATOR
    telegram = ActivationProduct.TELEGRAM
    nobodys = Order.from_order_id(1)
    poor = FiveSim(customer("0.00"))
    stranger = FiveSim("nobody's key")
    hosting = HostingProduct.ONE_DAY

    assert refused(stranger.user.get_profile_data) == ErrorType.INVALID_API_KEY
    assert refused(lambda: buy(poor)) == ErrorType.BALANCE_TOO_LOW
    for action in OrderAction:
        assert refused(lambda it=action: user.order(it, nobodys)) == ErrorType.ORDER_NOT_FOUND  # type: ignore[misc]
    assert refused(lambda: user.get_sms_inbox_list(nobodys)) == ErrorType.ORDER_NOT_FOUND
    assert refused(lambda: user.buy_number(norway, Operator.TELE2, telegram)) == (
        ErrorType.BAD_OPERATOR
    )
    assert refused(lambda: user.buy_number(norway, anybody, ActivationProduct.ADIDAS)) == (
        ErrorType.MISSING_PRODUCT
    )
    assert refused(lambda: user.buy_number(Country.SAMOA, anybody, telegram)) == (
        ErrorType.BAD_COUNTRY
    )
    assert refused(lambda: user.buy_number(Country.AFGHANISTAN, anybody, telegram)) == (
        ErrorType.NO_FREE_PHONES
    )
    assert refused(lambda: user.buy_number(norway, anybody, hosting)) == ErrorType.NO_FREE_PHONES
    assert refused(lambda: user.buy_number(norway, anybody, telegram, voice=True)) == (
        ErrorType.NO_FREE_PHONES
    )
    assert refused(lambda: user.reuse_number(telegram, "4759440001")) == ErrorType.OTHER
    assert refused(lambda: client.guest.get_prices(country=Country.AFGHANISTAN)) == (
        ErrorType.INCORRECT_PRODUCT
    )
    assert refused(lambda: client.guest.get_prices(product=ActivationProduct.ADIDAS)) == (
        ErrorType.INCORRECT_PRODUCT
    )
    assert refused(client.vendor.get_wallets_reserve) == ErrorType.RECORD_NOT_FOUND
    assert balance(client) == 20.0
