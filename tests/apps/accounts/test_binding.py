"""Who may bind to the SMPP server: whole credentials, and what short clients make of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from nummer.apps.accounts import actions, binding, queries
from nummer.apps.accounts.errors import BindsNotPossible, NetworksNotReadable, NoSuchKey
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
    actions.strangers.clear()
    yield
    binding.failures.clear()
    actions.strangers.clear()


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


def holder(*, system_id: str, password: str) -> int | None:
    """Return whose credentials these are."""
    found = queries.smpp_holder(system_id=system_id, password=password, now=NOW)
    return None if found is None else found.account_id


def binds(customer: Customer, *, address: str, password: str = "") -> bool:
    """Tell whether a program binds from an address, with the key where nothing else is said."""
    found = actions.smpp_bind(
        system_id=customer.sid, password=password or customer.key, address=address, now=NOW
    )
    return found is not None


def limit(customer: Customer, networks: str, *, binds_max: int | None = None) -> None:
    (key,) = queries.keys(customer.id)
    actions.set_key_limits(
        customer.id, key_id=key.id, networks=networks, binds_max=binds_max, now=NOW
    )


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
    found = holder(
        system_id=pair[0].format(**ola._asdict()), password=pair[1].format(**ola._asdict())
    )

    assert found == ola.id


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
        holder(
            system_id=pair[0].format(ola=ola, kari=kari),
            password=pair[1].format(ola=ola, kari=kari),
        )
        is None
    )


def test_a_withdrawn_key_no_longer_binds(ola: Customer) -> None:
    (key,) = queries.keys(ola.id)
    actions.revoke_key(ola.id, key_id=key.id, now=NOW)

    assert holder(system_id="api", password=ola.key) is None
    assert holder(system_id="api", password=ola.key[:8]) is None


def test_guessing_short_passwords_is_slowed_down_for_that_account_only(
    ola: Customer, kari: Customer
) -> None:
    for guess in range(FAILURES_PER_ACCOUNT):
        assert holder(system_id=ola.sid, password=f"{guess:08}") is None

    assert holder(system_id=ola.sid, password=ola.token[:8]) is None
    assert holder(system_id=ola.sid, password=ola.token) == ola.id
    assert holder(system_id=kari.sid, password=kari.token[:8]) == kari.id


def test_guessing_short_keys_without_a_name_is_slowed_down(ola: Customer) -> None:
    for guess in range(FAILURES_WITHOUT_ACCOUNT):
        assert holder(system_id="api", password=f"{guess:08}") is None

    assert holder(system_id="api", password=ola.key[:8]) is None
    assert holder(system_id="api", password=ola.key) == ola.id
    assert holder(system_id=ola.sid, password=ola.key[:8]) == ola.id


def test_failures_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("nummer.apps.accounts.throttle.time.monotonic", lambda: clock[0])
    failures = FailureCount()
    failures.add("name")

    assert failures.reached("name", limit=1)
    clock[0] += 60.1
    assert not failures.reached("name", limit=1)


def test_a_key_binds_only_from_the_networks_that_it_was_given(ola: Customer) -> None:
    assert binds(ola, address="203.0.113.9")
    limit(ola, "198.51.100.7/24, 203.0.113.8\n2001:db8::/32")
    (key,) = queries.keys(ola.id)

    assert key.networks.split() == ["198.51.100.0/24", "203.0.113.8/32", "2001:db8::/32"]
    for inside in ("198.51.100.200", "203.0.113.8", "2001:db8:1::5", "::ffff:203.0.113.8"):
        assert binds(ola, address=inside), inside
    for outside in ("203.0.113.9", "198.51.101.1", "2001:db9::1", "::ffff:203.0.113.9", ""):
        assert not binds(ola, address=outside), outside
    assert binds(ola, address="203.0.113.9", password=ola.token)
    limit(ola, " ")
    assert binds(ola, address="203.0.113.9")


def test_a_key_at_a_wrong_address_stands_in_the_login_activity_once_an_hour(
    ola: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("nummer.apps.accounts.throttle.time.monotonic", lambda: clock[0])
    limit(ola, "198.51.100.7")
    for _ in range(3):
        assert not binds(ola, address="203.0.113.9")
    (line,) = queries.login_activity(ola.id)

    assert (line.succeeded, line.method, line.ip) == (False, "smpp", "203.0.113.9")
    assert not binds(ola, address="203.0.113.10")
    clock[0] += 3601
    assert not binds(ola, address="203.0.113.9")
    assert len(queries.login_activity(ola.id)) == 3
    assert not binds(ola, address="203.0.113.9", password="x" * 32)
    assert len(queries.login_activity(ola.id)) == 3


@pytest.mark.parametrize("networks", ["here", "198.51.100.0/33", "1.2.3", "\n".join(["::1"] * 21)])
def test_a_list_of_networks_that_cannot_be_read_changes_nothing(
    ola: Customer, networks: str
) -> None:
    limit(ola, "198.51.100.7")
    with pytest.raises(NetworksNotReadable):
        limit(ola, networks)
    assert queries.keys(ola.id)[0].networks == "198.51.100.7/32"


@pytest.mark.parametrize("binds_max", [0, 11])
def test_a_number_of_binds_that_cannot_be_changes_nothing(ola: Customer, binds_max: int) -> None:
    with pytest.raises(BindsNotPossible):
        limit(ola, "", binds_max=binds_max)
    assert queries.keys(ola.id)[0].binds_max is None


def test_limits_of_somebody_elses_or_a_withdrawn_key_are_not_set(
    ola: Customer, kari: Customer
) -> None:
    (key,) = queries.keys(ola.id)
    for account_id in (kari.id, ola.id):
        with pytest.raises(NoSuchKey):
            actions.set_key_limits(account_id, key_id=key.id, networks="::1", binds_max=1, now=NOW)
        actions.revoke_key(ola.id, key_id=key.id, now=NOW)


def test_a_secret_is_over_when_it_is_withdrawn_renewed_or_its_limits_change(ola: Customer) -> None:
    def bound(password: str) -> str:
        found = queries.smpp_holder(system_id=ola.sid, password=password, now=NOW)
        assert found is not None
        return found.secret

    by_key, by_token = bound(ola.key), bound(ola.token[:8])
    assert queries.smpp_secrets([ola.id], now=NOW) == {by_key, by_token}
    limit(ola, "::1", binds_max=2)
    assert by_key not in queries.smpp_secrets([ola.id], now=NOW)
    found = queries.smpp_holder(system_id=ola.sid, password=ola.key[:8], now=NOW)
    assert found is not None
    assert found.binds_max == 2
    assert {found.secret, by_token} == queries.smpp_secrets([ola.id], now=NOW)
    actions.renew_auth_token(ola.id, now=NOW + timedelta(seconds=1))
    (key,) = queries.keys(ola.id)
    actions.revoke_key(ola.id, key_id=key.id, now=NOW)
    assert not {found.secret, by_token} & queries.smpp_secrets([ola.id], now=NOW)
