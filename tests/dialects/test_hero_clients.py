"""herosms 0.1.1 and grizzly-sms-client 0.1.1, unmodified, with keys of the hero form.

herosms asks again after every error: the same call up to three times, then the older form. What
it lost on the way must not be bought a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from typing import Any, TypeVar

import httpx
import pytest
from django.db import connections
from grizzly_sms import ActivationAction, GrizzlySms, GrizzlySmsError
from herosms import HeroSMSClient
from herosms.exceptions import (
    ActivationNotFoundError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    InsufficientFundsError,
    NoNumbersAvailableError,
)
from pytest_django.live_server_helper import LiveServer

from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.refunds import actions as refunds
from nummer.kernel.money import Money
from tests.builders import deliver, price
from tests.dialects.conftest import NORWAY, PATH, Moment, Program

TEXT = "Telegram code: 48213. Do not give this code to anyone."
AGENT = "herosms-python/0.1.0"  # what the client says where no session is handed to it
T = TypeVar("T")
Act = Callable[[HeroSMSClient], Coroutine[Any, Any, T]]

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def hero(programs: Callable[..., Program]) -> Program:
    """Return a program with a key of the hero form."""
    return programs(dialect="hero")


@pytest.fixture
def run(live_server: LiveServer, hero: Program) -> Callable[..., Any]:
    """Return what lets herosms act against the live server."""

    def act(what: Act[T], *, key: str = hero.key, **options: Any) -> T:
        async def session() -> T:
            address = live_server.url + PATH
            async with HeroSMSClient(key, base_url=address, retry_wait=0.01, **options) as client:
                return await what(client)

        return asyncio.run(session())

    return act


@pytest.fixture
def grizzly(live_server: LiveServer, hero: Program) -> Iterator[GrizzlySms]:
    """Return the grizzly client with a key of the hero form."""
    with GrizzlySms(hero.key, base_url=live_server.url) as client:
        yield client


async def arrive(phone: str | None, *, at: datetime) -> None:
    """Let the code come in while the client's loop runs; the thread's connection goes with it."""

    def let_in() -> None:
        assert phone is not None
        deliver(phone, TEXT, at=at)
        connections.close_all()

    await asyncio.to_thread(let_in)


def paid(program: Program) -> Money:
    return Money.parse("20.00", "EUR") - ledger.balance(program.account_id).spendable


def test_herosms_reads_what_is_on_sale(run: Callable[..., Any]) -> None:
    total = float(price().decimal())

    async def look(client: HeroSMSClient) -> None:
        assert (await client.get_balance()).amount == 20.0
        (norway,) = await client.get_countries()
        assert (norway.id, norway.name) == (int(NORWAY), "Norway")
        assert "Telegram" in [service.name for service in await client.get_services()]
        assert await client.get_operators(country=int(NORWAY)) == {NORWAY: ["any", "sandbox"]}
        entry = (await client.get_prices(service="tg", country=int(NORWAY)))[NORWAY]["tg"]
        assert (entry.cost, entry.count) == (total, 12)
        assert (await client.get_top_countries(service="tg"))[NORWAY]["count"] == 12
        assert (await client.get_rent_availability("tg"))["services"] == {}

    run(look)


def test_herosms_buys_waits_reads_and_completes(
    run: Callable[..., Any], hero: Program, moment: Moment
) -> None:
    total = float(price().decimal())

    async def buy(client: HeroSMSClient) -> None:
        async with await client.activations.create(service="tg", country=int(NORWAY)) as bought:
            assert bought.cost == total
            await arrive(bought.phone, at=moment.now())
            assert (await bought.wait_for_sms(timeout=10, poll_interval=0.05)).code == "48213"
            (kept,) = await bought.get_all_sms()
            assert (kept.code, kept.text, kept.service) == ("48213", TEXT, "tg")
            (active,) = await client.activations.list_active()
            assert (active.sms_code, active.country_name) == ("48213", "Norway")
            assert await client.get_status_v1(bought.id) == "STATUS_OK:48213"
            await bought.request_sms()
            await bought.complete()
        (past,) = await client.activations.get_history()
        assert (past.id, past.status) == (str(bought.id), "6")
        assert await client.activations.list_active() == []

    run(buy)
    assert paid(hero) == price()


def test_herosms_cancels_and_the_wait_ends(
    run: Callable[..., Any], hero: Program, moment: Moment
) -> None:
    async def cancel(client: HeroSMSClient) -> None:
        bought = await client.activations.create(service="tg", country=int(NORWAY))
        with pytest.raises(ConflictError) as early:
            await bought.cancel()
        assert early.value.title == "EARLY_CANCEL_DENIED"
        moment.advance(minutes=2)
        await bought.cancel()
        with pytest.raises(ConflictError) as over:
            await bought.wait_for_sms(timeout=5, poll_interval=0.05)
        assert over.value.title == "STATUS_CANCEL"

    run(cancel)
    assert paid(hero).micro == 0


def test_herosms_that_fails_after_the_code_gets_nothing_back(
    run: Callable[..., Any], hero: Program, moment: Moment
) -> None:
    """Its context sends 8 when the caller's own code raised, also after the SMS."""

    async def fail(client: HeroSMSClient) -> None:
        async with await client.activations.create(service="tg", country=int(NORWAY)) as bought:
            await arrive(bought.phone, at=moment.now())
            await bought.wait_for_sms(timeout=10, poll_interval=0.05)
            moment.advance(minutes=3)
            raise LookupError("the caller's own mistake")

    with pytest.raises(LookupError):
        run(fail)
    (row,) = numbers.activations(hero.account_id)
    moment.advance(minutes=20)
    refunds.end_window(hero.account_id, key=row.key, now=moment.now())

    assert paid(hero) == price()


def test_herosms_makes_its_kinds_of_errors(
    run: Callable[..., Any], programs: Callable[..., Program]
) -> None:
    country = int(NORWAY)

    async def ask(client: HeroSMSClient) -> None:
        with pytest.raises(BadRequestError):
            await client.activations.create(service="nope", country=country)
        with pytest.raises(NoNumbersAvailableError):
            await client.activations.create(service="tg", country=country, phone_exception="47")
        with pytest.raises(BadRequestError):  # four hours: only a month is rented
            await client.rent_number("tg", country, 240)
        with pytest.raises(ActivationNotFoundError):
            await client.activations.attach(1).complete()
        with pytest.raises(ActivationNotFoundError):
            await client.activations.finish(1)
        bought = await client.activations.create(service="tg", country=country)
        with pytest.raises(ForbiddenError):
            await bought.reactivate()
        with pytest.raises(ForbiddenError):
            await bought.get_reactivation_price()

    async def buy(client: HeroSMSClient) -> None:
        await client.activations.create(service="tg", country=country)

    run(ask)
    with pytest.raises(InsufficientFundsError):
        run(buy, key=programs(dialect="hero", balance="0.10").key)
    with pytest.raises(AuthenticationError):
        run(buy, key="nobody's")


class Losing(httpx.AsyncBaseTransport):
    """Hands calls to the server and loses the answers to the first few of `action`."""

    def __init__(self, action: str, *, times: int) -> None:
        self._action = action
        self._left = times
        self._real = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._real.handle_async_request(request)
        if request.url.params["action"] == self._action and self._left:
            self._left -= 1
            await answer.aread()
            await answer.aclose()
            raise httpx.ReadError("the answer was lost", request=request)
        return answer

    async def aclose(self) -> None:
        await self._real.aclose()


@pytest.mark.parametrize("agent", [AGENT, "a session of the caller"])
def test_herosms_that_falls_back_does_not_buy_twice(
    run: Callable[..., Any], hero: Program, agent: str
) -> None:
    async def buy(_: HeroSMSClient) -> int:
        losing = Losing("getNumberV2", times=1)
        async with httpx.AsyncClient(transport=losing, headers={"User-Agent": agent}) as session:
            client = HeroSMSClient(
                hero.key, base_url=_._http._base_url, retry_attempts=1, http_client=session
            )
            return int((await client.activations.create(service="tg", country=int(NORWAY))).id)

    order_id = run(buy)

    assert [row.activation_id for row in numbers.activations(hero.account_id)] == [order_id]
    assert paid(hero) == price()


def test_herosms_reads_the_fall_back_even_where_the_first_call_never_arrived(
    live_server: LiveServer, hero: Program
) -> None:
    class Cut(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.params["action"] == "getNumberV2":
                raise httpx.ConnectError("nobody is there", request=request)
            return await super().handle_async_request(request)

    async def buy() -> int:
        async with httpx.AsyncClient(transport=Cut(), headers={"User-Agent": AGENT}) as session:
            client = HeroSMSClient(
                hero.key,
                base_url=live_server.url + PATH,
                retry_attempts=1,
                http_client=session,
            )
            return int((await client.activations.create(service="tg", country=int(NORWAY))).id)

    order_id = asyncio.run(buy())

    assert [row.activation_id for row in numbers.activations(hero.account_id)] == [order_id]


def test_grizzly_buys_waits_and_completes(
    grizzly: GrizzlySms, hero: Program, moment: Moment
) -> None:
    assert grizzly.get_balance() == 20.0
    assert grizzly.get_active_activations() == []
    assert [country.eng for country in grizzly.get_countries()] == ["Norway"]
    assert "Telegram" in [service.name for service in grizzly.get_services()]
    (quote,) = grizzly.find_prices(service="tg", country=NORWAY, min_count=1)
    assert quote.cost == float(price().decimal())
    assert grizzly.get_prices_v2(service="tg")[NORWAY]["tg"] == {price().decimal_text(): 12}
    assert grizzly.get_prices_v3(service="tg")[NORWAY]["tg"]["count"] == 12

    ordered = grizzly.get_number("tg", country=NORWAY, max_price=9)
    grizzly.ready(ordered.activation_id)
    assert grizzly.get_status(ordered.activation_id).status == "STATUS_WAIT_CODE"
    deliver(f"+{ordered.phone_number}", TEXT, at=moment.now())

    assert grizzly.wait_for_code(ordered.activation_id, interval_ms=50).code == "48213"
    assert grizzly.get_status_v2(ordered.activation_id)["sms"]["text"] == TEXT
    (active,) = grizzly.get_active_activations()
    assert (active.sms_code, active.can_get_another_sms) == ("48213", True)
    assert grizzly.complete(ordered.activation_id) == "ACCESS_ACTIVATION"
    assert paid(hero) == price()


def test_grizzly_buys_in_the_newer_form_and_cancels(
    grizzly: GrizzlySms, hero: Program, moment: Moment
) -> None:
    ordered = grizzly.get_number_v2("tg", country=NORWAY)
    assert (ordered.activation_cost, ordered.currency) == (float(price().decimal()), 978)
    moment.advance(minutes=2)

    status = ActivationAction.CANCEL_ALT
    assert grizzly.cancel(ordered.activation_id, status) == "ACCESS_CANCEL"

    with pytest.raises(GrizzlySmsError) as over:
        grizzly.wait_for_code(ordered.activation_id)
    assert over.value.code == "STATUS_CANCEL"
    assert paid(hero).micro == 0


def test_grizzly_knows_the_words_of_the_classic_form_and_the_statuses_of_the_hero_form(
    live_server: LiveServer, grizzly: GrizzlySms, program: Program
) -> None:
    with GrizzlySms(program.key, base_url=live_server.url) as classic:
        with pytest.raises(GrizzlySmsError) as word:
            classic.get_number("tg", country=NORWAY, phone_exception=["47"])
        assert classic.get_number("tg", country=NORWAY).phone_number.startswith("47")
    with pytest.raises(GrizzlySmsError) as status:
        grizzly.get_number("tg", country=NORWAY, phone_exception=["47"])

    assert word.value.code == "NO_NUMBERS"
    assert (status.value.code, status.value.raw["title"]) == ("HTTP_404", "NO_NUMBERS")
