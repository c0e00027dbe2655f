"""`nummer sandbox`: what outside checks type, and what they read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from click.testing import CliRunner
from django.contrib.auth import authenticate
from django.test import Client

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.invoices import queries as invoices
from nummer.apps.ledger import queries as ledger
from nummer.apps.numbers import queries as numbers
from nummer.apps.payments import actions as payment_actions
from nummer.apps.payments import queries as payments
from nummer.config import clock as shifted
from nummer.config.cli import nummer
from nummer.config.env import environment
from nummer.kernel import clock
from nummer.kernel.money import Money
from tests import builders


@dataclass
class Standing:
    """A clock that stands."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment at which it stands."""
        return self.at


@pytest.fixture
def shop(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Open a shop at a fixed moment."""
    clock.install(Standing(builders.NOW))
    monkeypatch.setattr(shifted, "install_where_needed", lambda _: None)  # it stands still here
    builders.shop()
    builders.numbers(["+4759440001"])
    yield
    clock.install(clock.SystemClock())


def run(*words: str) -> Any:
    done = CliRunner().invoke(nummer, ["sandbox", *words, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(nummer, ["sandbox", *words])
    return done.exit_code, done.stderr


@pytest.mark.usefixtures("shop")
def test_a_customer_can_sign_in_buy_and_bind_at_once() -> None:
    made = run("customer", "--email", "kari@example.com", "--balance", "12.50", "--locale", "de")

    account = accounts.account(made["account_id"])
    assert list(made) == [
        "account_id",
        "email",
        "password",
        "phone",
        "account_sid",
        "auth_token",
        "api_key",
    ]
    assert (account.confirmed, account.country, account.locale, account.kind) == (
        True,
        "NO",
        "de",
        "person",
    )
    assert agreements.outstanding(account.id, now=builders.NOW) == []
    assert ledger.balance(account.id).spendable.decimal_text() == "12.50"
    assert authenticate(email="kari@example.com", password=made["password"]) is not None
    assert accounts.sid_holder(made["account_sid"], auth_token=made["auth_token"]) == account.id
    call = {"api_key": made["api_key"], "action": "getNumber", "service": "tg", "country": "174"}
    assert Client().get("/stubs/handler_api.php", call).content.startswith(b"ACCESS_NUMBER:")
    assert len(numbers.open_activations(account.id)) == 1


@pytest.mark.usefixtures("shop")
def test_a_company_may_pay_in_another_currency() -> None:
    words = ["--email", "firma@example.com", "--currency", "NOK", "--country", "DE"]
    made = run("customer", "--company", *words)

    account = accounts.account(made["account_id"])
    assert (account.kind, account.currency, account.country) == ("company", "NOK", "DE")
    assert ledger.balance(account.id).total.decimal_text() == "0.00"


@pytest.mark.usefixtures("shop")
def test_the_balance_was_paid_at_the_provider_and_can_go_back_there() -> None:
    made = run("customer", "--email", "kari@example.com", "--balance", "2500.00")

    (top_up,) = payments.top_ups(made["account_id"])
    assert (top_up.state, top_up.amount.decimal_text()) == ("paid", "2500.00")
    left = payment_actions.refundable(made["account_id"], top_up_id=top_up.id)
    assert left == top_up.amount
    assert [line for line in payments.audit_lines() if line[1]] == []
    day = invoices.reconcile(invoices.day_of(builders.NOW))
    unknown = [one for one in day.differences if one.gap == "nothing_noted"]
    assert [one for one in unknown if one.account_id == made["account_id"]] == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("balance", "currency", "paid"),
    [
        ("0.055", "EUR", "0.05"),
        ("0.005", "EUR", None),
        ("1000", "JPY", "1000"),
        ("1.234", "KWD", "1.234"),
        ("200000000.00", "EUR", "100000000.00"),
    ],
)
def test_any_balance_can_be_had(balance: str, currency: str, paid: str | None) -> None:
    words = ["--email", "kari@example.com", "--balance", balance, "--currency", currency]
    made = run("customer", *words)

    whole = Money.parse(balance, currency)
    assert ledger.balance(made["account_id"]).total == whole
    found = [row.amount for row in payments.top_ups(made["account_id"])]
    assert found == ([] if paid is None else [Money.parse(paid, currency)])


@pytest.mark.usefixtures("shop")
def test_a_second_customer_with_the_address_is_refused() -> None:
    run("customer", "--email", "kari@example.com")

    code, said = refused("customer", "--email", "kari@example.com")

    assert code == 1
    assert "exists already" in said


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--email", "nobody"], "e-mail"),
        (["--email", "a@example.com", "--balance", "-1"], "20.00"),
        (["--email", "a@example.com", "--balance", "1e9"], "20.00"),
        (["--email", "a@example.com", "--country", "Norway"], "NO"),
        (["--email", "a@example.com", "--currency", "XXY"], "EUR"),
    ],
)
def test_a_customer_who_cannot_be_is_refused_with_a_hint(words: list[str], hint: str) -> None:
    code, said = refused("customer", *words)

    assert code == 1
    assert hint in said


@pytest.mark.usefixtures("db")
def test_a_member_of_the_staff_has_a_second_factor() -> None:
    made = run("staff", "--email", "ola@example.com", "--role", "finance")

    login = authenticate(email="ola@example.com", password=made["password"])
    assert login is not None
    assert login.staff_role == "finance"
    factor = totp.TOTP(Authenticator.objects.get(user=login))
    counter = next(totp.yield_hotp_counters_from_time())
    code = totp.format_hotp_value(totp.hotp_value(made["totp_secret"], counter))
    assert totp.validate_totp_code(made["totp_secret"], code)
    assert factor.instance.type == Authenticator.Type.TOTP


@pytest.mark.usefixtures("db")
def test_the_clock_goes_forward_and_never_back() -> None:
    before = shifted.ShiftedClock().now()

    moved = run("clock", "advance", "25h")
    moment = datetime.fromisoformat(moved["now"])
    set_to = (moment + timedelta(days=2)).astimezone(UTC).isoformat()
    run("clock", "set", set_to)

    assert moment - before >= timedelta(hours=25)
    assert moved["failed"] == 0
    assert datetime.fromisoformat(run("clock", "show")["now"]) >= datetime.fromisoformat(set_to)
    for words in (["set", "2020-01-01T00:00:00Z"], ["set", "soon"], ["advance", "1w"]):
        assert refused("clock", *words)[0] == 1
    assert refused("clock", "advance", "9" * 9 + "d")[0] == 1


@pytest.mark.parametrize(
    "words",
    [
        ["sms", "--to", "+4759440001", "--from", "Telegram", "--text", "Code 12345"],
        ["carrier", "outage"],
        ["carrier", "restore"],
        ["carrier", "block", "--number", "+4759440001"],
    ],
)
def test_a_carrier_that_does_not_run_is_said_so(words: list[str]) -> None:
    code, said = refused(*words)

    assert code == 1
    assert "make run" in said


def test_a_number_that_is_none_is_refused() -> None:
    code, said = refused("sms", "--to", "12", "--from", "Telegram", "--text", "x")

    assert code == 1
    assert "+" in said


@pytest.mark.parametrize(
    "words",
    [
        ["sandbox", "customer", "--email", "a@example.com"],
        ["sandbox", "clock", "show"],
        ["sandbox", "carrier", "outage"],
        ["sandbox", "mails"],
        ["demo"],
    ],
)
def test_production_refuses_them_all(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMMER_MODE", "production")
    environment.cache_clear()
    try:
        done = CliRunner().invoke(nummer, words)
    finally:
        monkeypatch.undo()
        environment.cache_clear()

    assert done.exit_code == 2
    assert "production" in done.stderr
