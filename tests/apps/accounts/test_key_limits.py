"""What a key may do, until when and from where; its last use; a new secret for it (ADR 431)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import connection

from nummer.apps.accounts import actions, admission, binding, queries, rolling
from nummer.apps.accounts.errors import (
    ExpiryNotPossible,
    KeyLacksScope,
    NoSuchKey,
    OverlapNotPossible,
    ScopeUnknown,
)
from nummer.apps.accounts.jobs import DUE_SOURCES
from nummer.apps.accounts.queries import KeyRow
from nummer.apps.accounts.scopes import Scope
from tests import builders
from tests.builders import A_DAY, NOW

pytestmark = pytest.mark.usefixtures("shop")
HOME = "198.51.100.7"
AN_HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_said() -> Iterator[None]:
    actions.strangers.clear()
    yield
    actions.strangers.clear()


def let_in(secret: str, *, address: str = HOME, after: timedelta = timedelta(0)) -> KeyRow | None:
    return admission.admit(secret, address=address, now=NOW + after)


def test_a_key_without_scopes_may_do_everything() -> None:
    row = let_in(actions.add_key(builders.customer(), label="", now=NOW).secret)
    assert row is not None
    for scope in (*Scope, None):
        row.require(scope)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_does_what_its_scope_says_and_no_more(scope: Scope) -> None:
    key = actions.add_key(builders.customer(), label="", scopes=[scope], now=NOW)
    row = let_in(key.secret)
    assert row is not None
    may = {scope} | ({Scope.NUMBERS_READ} if scope is Scope.NUMBERS_WRITE else set())
    row.require(None)
    for other in Scope:
        if other in may:
            row.require(other)
        else:
            with pytest.raises(KeyLacksScope):
                row.require(other)


def test_all_scopes_are_no_limit_and_unknown_ones_make_no_key() -> None:
    customer = builders.customer()
    actions.add_key(customer, label="", scopes=list(Scope), now=NOW)
    with pytest.raises(ScopeUnknown):
        actions.add_key(customer, label="", scopes=["orders", "root"], now=NOW)
    [kept] = queries.keys(customer)
    assert kept.scopes == ()


def test_a_key_ends_by_its_day_at_every_door() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", expires_at=NOW + A_DAY, now=NOW)
    sid = queries.credentials(customer).account_sid
    assert let_in(key.secret, after=A_DAY - timedelta(seconds=1)) is not None
    assert let_in(key.secret, after=A_DAY) is None
    known = admission.admit_as_known(key.secret, address=HOME, now=NOW)
    assert known is not None
    assert admission.admit_as_known(key.secret, address=HOME, now=NOW + A_DAY) is None
    for password in (key.secret, key.secret[:8]):
        assert binding.holder(system_id=sid, password=password, now=NOW) is not None
        assert binding.holder(system_id=sid, password=password, now=NOW + A_DAY) is None
    assert len(binding.secrets_of([customer], now=NOW)) == 2
    assert len(binding.secrets_of([customer], now=NOW + A_DAY)) == 1


@pytest.mark.parametrize("after", [timedelta(0), -A_DAY, 10 * 366 * A_DAY])
def test_an_end_that_is_none_makes_no_key(after: timedelta) -> None:
    customer = builders.customer()
    with pytest.raises(ExpiryNotPossible):
        actions.add_key(customer, label="", expires_at=NOW + after, now=NOW)
    assert queries.keys(customer) == []


def test_keys_that_are_over_leave_their_place_to_new_ones() -> None:
    customer = builders.customer()
    for _ in range(actions.KEYS_MAX):
        actions.add_key(customer, label="", expires_at=NOW + A_DAY, now=NOW)
    assert actions.add_key(customer, label="", now=NOW + A_DAY)


def test_calls_come_from_where_the_key_says_and_others_are_told_to_its_owner() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    assert admission.admit_as_known(key.secret, address="203.0.113.9", now=NOW) is not None
    actions.set_key_limits(
        customer, key_id=key.id, networks="198.51.100.0/24", binds_max=None, now=NOW
    )
    assert let_in(key.secret) is not None
    for _ in range(3):
        assert let_in(key.secret, address="203.0.113.9") is None
        assert let_in(key.secret, address="") is None
    tries = [(line.method, line.succeeded, line.ip) for line in queries.login_activity(customer)]
    assert sorted(tries) == [("api", False, ""), ("api", False, "203.0.113.9")]

    other = builders.customer()
    mine = actions.add_key(other, label="", now=NOW)
    actions.set_key_limits(other, key_id=mine.id, networks=HOME, binds_max=None, now=NOW)
    assert let_in(mine.secret, address="203.0.113.9") is None
    assert len(queries.login_activity(other)) == 1, "each owner is told of his own keys"


def test_what_a_process_remembers_does_not_outlive_a_change_of_networks() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    known = admission.admit_as_known(key.secret, address="203.0.113.9", now=NOW)
    assert known is not None
    assert lives(known)
    actions.set_key_limits(customer, key_id=key.id, networks=HOME, binds_max=None, now=NOW)
    assert not lives(known)
    fresh = admission.admit_as_known(key.secret, address=HOME, now=NOW, fresh=True)
    assert fresh is not None
    assert lives(fresh)
    assert admission.admit_as_known(key.secret, address="203.0.113.9", now=NOW) is None
    actions.set_key_limits(customer, key_id=key.id, networks="", binds_max=None, now=NOW)
    wider = admission.admit_as_known(key.secret, address="203.0.113.9", now=NOW)
    assert wider is not None, "what a process remembers keeps nobody out"
    assert lives(wider)


def lives(row: KeyRow) -> bool:
    """Ask what each purchase asks about the key it is made with."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lives FROM accounts_key_lives(%s, %s, %s)",
            [row.account_id, row.id, row.known],
        )
        return bool(cursor.fetchone()[0])


def test_the_last_use_is_a_day_and_an_address_for_the_owner_alone() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    assert queries.keys(customer)[0].used_on is None
    let_in(key.secret)
    [used] = queries.keys(customer)
    assert (used.used_on, used.used_from) == (date(2026, 11, 22), HOME)
    let_in(key.secret, address="2001:db8::1", after=A_DAY)
    [used] = queries.keys(customer)
    assert (used.used_on, used.used_from) == (date(2026, 11, 23), "2001:db8::1")
    assert HOME not in repr(used)
    with connection.cursor() as cursor:
        cursor.execute("SELECT used_from FROM accounts_apikey WHERE id = %s", [key.id])
        assert b"2001" not in bytes(cursor.fetchone()[0])


def test_a_wrong_key_or_place_is_no_use() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    actions.set_key_limits(customer, key_id=key.id, networks=HOME, binds_max=None, now=NOW)
    let_in(key.secret, address="203.0.113.9")
    let_in("nobody's")
    assert queries.keys(customer)[0].used_on is None


def test_the_address_of_the_last_use_goes_after_a_year_and_the_day_stays() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    let_in(key.secret)
    source = next(each for each in DUE_SOURCES if each.name == "accounts.key_uses")
    assert source.find(NOW + 364 * A_DAY, 10) == []
    [row] = source.find(NOW + 365 * A_DAY, 10)
    source.fire(row, row.due_at)
    assert source.find(NOW + 365 * A_DAY, 10) == []
    [used] = queries.keys(customer)
    assert (used.used_on, used.used_from) == (date(2026, 11, 22), "")


# Rolling


@pytest.mark.parametrize("overlap", rolling.OVERLAPS)
def test_the_old_secret_works_for_the_overlap_and_never_again(overlap: timedelta) -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="shop", scopes=[Scope.ORDERS], now=NOW)
    known = admission.admit_as_known(key.secret, address=HOME, now=NOW)
    new = rolling.roll_key(customer, key_id=key.id, overlap=overlap, now=NOW)
    assert (new.id, new.account_id) == (key.id, customer)
    assert new.secret != key.secret
    assert known is not None
    assert not lives(known), "what a process knew of the key is asked anew"
    just_before = overlap - timedelta(seconds=1)
    if overlap:
        old = let_in(key.secret, after=just_before)
        assert old is not None
        assert old.scopes == {Scope.ORDERS}
        assert lives(old)
    assert let_in(key.secret, after=overlap) is None
    again = admission.admit_as_known(key.secret, address=HOME, now=NOW + overlap, fresh=True)
    assert again is None
    row = let_in(new.secret, after=overlap)
    assert row is not None
    assert lives(row)
    assert [kept.label for kept in queries.keys(customer)] == ["shop"]


def test_programs_that_are_bound_by_the_old_secret_bind_anew_and_go_in_the_end() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    bound = binding.holder(system_id="api", password=key.secret, now=NOW)
    assert bound is not None
    new = rolling.roll_key(customer, key_id=key.id, overlap=AN_HOUR, now=NOW)
    assert bound.secret not in binding.secrets_of([customer], now=NOW)
    for secret in (key.secret, key.secret[:8], new.secret, new.secret[:8]):
        sid = queries.credentials(customer).account_sid
        found = binding.holder(system_id=sid, password=secret, now=NOW)
        assert found is not None
        assert found.secret in binding.secrets_of([customer], now=NOW)
    by_old = binding.holder(system_id="api", password=key.secret, now=NOW)
    assert by_old is not None
    assert by_old.secret not in binding.secrets_of([customer], now=NOW + AN_HOUR)
    assert binding.holder(system_id="api", password=key.secret, now=NOW + AN_HOUR) is None


def test_a_second_roll_ends_the_first_old_secret_at_once() -> None:
    customer = builders.customer()
    first = actions.add_key(customer, label="", now=NOW)
    second = rolling.roll_key(customer, key_id=first.id, overlap=A_DAY, now=NOW)
    third = rolling.roll_key(customer, key_id=first.id, overlap=AN_HOUR, now=NOW)
    assert let_in(first.secret) is None
    assert let_in(second.secret) is not None
    assert let_in(third.secret) is not None


def test_what_cannot_be_rolled_stays_as_it_is() -> None:
    customer, stranger = builders.customer(), builders.customer()
    key = actions.add_key(customer, label="", expires_at=NOW + A_DAY, now=NOW)
    with pytest.raises(OverlapNotPossible):
        rolling.roll_key(customer, key_id=key.id, overlap=timedelta(days=400), now=NOW)
    with pytest.raises(NoSuchKey):
        rolling.roll_key(stranger, key_id=key.id, overlap=AN_HOUR, now=NOW)
    with pytest.raises(NoSuchKey):
        rolling.roll_key(customer, key_id=key.id, overlap=AN_HOUR, now=NOW + A_DAY)
    assert let_in(key.secret) is not None
    actions.revoke_key(customer, key_id=key.id, now=NOW)
    with pytest.raises(NoSuchKey):
        rolling.roll_key(customer, key_id=key.id, overlap=AN_HOUR, now=NOW)


def test_a_withdrawn_key_takes_its_old_secret_with_it() -> None:
    customer = builders.customer()
    key = actions.add_key(customer, label="", now=NOW)
    new = rolling.roll_key(customer, key_id=key.id, overlap=A_DAY, now=NOW)
    actions.revoke_key(customer, key_id=key.id, now=NOW)
    assert let_in(key.secret) is None
    assert let_in(new.secret) is None
    assert binding.holder(system_id="api", password=key.secret, now=NOW) is None


def test_a_key_that_may_not_send_does_not_bind() -> None:
    customer = builders.customer()
    orders = actions.add_key(customer, label="", scopes=["orders"], now=NOW)
    sending = actions.add_key(customer, label="", scopes=["messages", "balance"], now=NOW)
    assert binding.holder(system_id="api", password=orders.secret, now=NOW) is None
    assert binding.holder(system_id="api", password=sending.secret, now=NOW) is not None
