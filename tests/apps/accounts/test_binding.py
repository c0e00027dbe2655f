"""Who may bind to the SMPP server: whole credentials, and what short clients make of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from nummer.apps.accounts import actions, binding, queries
from nummer.apps.accounts.throttle import (
    FAILURES_PER_ACCOUNT,
    FAILURES_WITHOUT_ACCOUNT,
    FailureCount,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Customer(NamedTuple):
    """A customer with both kinds of credentials."""

    id: int
    sid: str
    token: str
    key: str


@pytest.fixture(autouse=True)
def _no_failures() -> Iterator[None]:
    binding.failures.clear()
    yield
    binding.failures.clear()


def made(email: str) -> Customer:
    login = actions.open_account(
        email=email,
        password=None,
        phone=None,
        kind="company",
        country="NO",
        currency="NOK",
        locale="nb",
        now=NOW,
    )
    assert login.account is not None
    account_id = login.account.id
    sid, token = queries.credentials(account_id).account_sid, queries.credentials(account_id)
    key = actions.add_key(account_id, label="", now=NOW)
    return Customer(account_id, sid, token.auth_token, key.secret)


@pytest.fixture
def ola() -> Customer:
    return made("ola@example.no")


@pytest.fixture
def kari() -> Customer:
    return made("kari@example.no")


@pytest.mark.parametrize(
    ("label", "pair"),
    [
        ("sid and token, whole", ("{sid}", "{token}")),
        ("sid and token, cut as SMPP 3.4 does", ("{sid:.15}", "{token:.8}")),
        ("only the name is cut", ("{sid:.15}", "{token}")),
        ("only the password is cut", ("{sid}", "{token:.8}")),
        ("sid and key, whole", ("{sid}", "{key}")),
        ("sid and key, cut", ("{sid:.15}", "{key:.8}")),
        ("a program that knows only its key", ("api", "{key}")),
        ("a short client that knows only its key", ("api", "{key:.8}")),
    ],
)
def test_credentials_bind_whole_and_cut(
    ola: Customer, kari: Customer, label: str, pair: tuple[str, str]
) -> None:
    holder = queries.smpp_holder(
        system_id=pair[0].format(**ola._asdict()), password=pair[1].format(**ola._asdict())
    )

    assert holder == ola.id


@pytest.mark.parametrize(
    ("label", "pair"),
    [
        ("nothing", ("", "")),
        ("no password", ("{ola.sid}", "")),
        ("a token without its name", ("api", "{ola.token}")),
        ("a short token without its name", ("api", "{ola.token:.8}")),
        ("the token of somebody else", ("{ola.sid}", "{kari.token}")),
        ("the key of somebody else", ("{ola.sid}", "{kari.key}")),
        ("the short key of somebody else", ("{ola.sid:.15}", "{kari.key:.8}")),
        ("seven characters", ("{ola.sid:.15}", "{ola.token:.7}")),
        ("nine characters", ("{ola.sid:.15}", "{ola.token:.9}")),
        ("a name cut too short", ("{ola.sid:.14}", "{ola.token}")),
        ("another name", ("root", "{ola.key}")),
        ("a name that is a pattern", ("AC%%%%%%%%%%%%%%%", "{ola.token}")),
        ("other letters of the key", ("api", "{ola.key:.7}_")),
    ],
)
def test_nothing_else_binds(
    ola: Customer, kari: Customer, label: str, pair: tuple[str, str]
) -> None:
    assert (
        queries.smpp_holder(
            system_id=pair[0].format(ola=ola, kari=kari),
            password=pair[1].format(ola=ola, kari=kari),
        )
        is None
    )


def test_a_withdrawn_key_no_longer_binds(ola: Customer) -> None:
    (key,) = queries.keys(ola.id)
    actions.revoke_key(ola.id, key_id=key.id, now=NOW)

    assert queries.smpp_holder(system_id="api", password=ola.key) is None
    assert queries.smpp_holder(system_id="api", password=ola.key[:8]) is None


def test_guessing_short_passwords_is_slowed_down_for_that_account_only(
    ola: Customer, kari: Customer
) -> None:
    for guess in range(FAILURES_PER_ACCOUNT):
        assert queries.smpp_holder(system_id=ola.sid, password=f"{guess:08}") is None

    assert queries.smpp_holder(system_id=ola.sid, password=ola.token[:8]) is None
    assert queries.smpp_holder(system_id=ola.sid, password=ola.token) == ola.id
    assert queries.smpp_holder(system_id=kari.sid, password=kari.token[:8]) == kari.id


def test_guessing_short_keys_without_a_name_is_slowed_down(ola: Customer) -> None:
    for guess in range(FAILURES_WITHOUT_ACCOUNT):
        assert queries.smpp_holder(system_id="api", password=f"{guess:08}") is None

    assert queries.smpp_holder(system_id="api", password=ola.key[:8]) is None
    assert queries.smpp_holder(system_id="api", password=ola.key) == ola.id
    assert queries.smpp_holder(system_id=ola.sid, password=ola.key[:8]) == ola.id


def test_failures_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("nummer.apps.accounts.throttle.time.monotonic", lambda: clock[0])
    failures = FailureCount()
    failures.add("name")

    assert failures.reached("name", limit=1)
    clock[0] += 60.1
    assert not failures.reached("name", limit=1)
