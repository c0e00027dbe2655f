"""Sub-accounts: parts of one account, told apart by SID, each with a token of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from nummer.apps.accounts import sub_accounts
from nummer.apps.accounts.errors import (
    NoSuchSubAccount,
    NoSuchSubAccountState,
    SubAccountClosed,
    SubAccountNeedsAName,
    TooManySubAccounts,
)
from nummer.apps.accounts.models import Account, SubAccount
from tests import builders

pytestmark = pytest.mark.usefixtures("shop")
NOW = builders.NOW


def test_its_token_opens_it_and_stands_nowhere_in_the_clear() -> None:
    customer = builders.customer()
    made = sub_accounts.create(customer, name="  Fjord AS ", now=NOW)

    assert (made.row.name, made.row.state) == ("Fjord AS", "active")
    assert sub_accounts.holder(made.row.sid, token=made.token) == (customer, made.row.id)
    assert sub_accounts.holder(made.row.sid, token="0" * 32) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM accounts_subaccount s")
        ((stored,),) = cursor.fetchall()
    for secret in (made.token, "Fjord AS"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_a_token_opens_no_sibling() -> None:
    customer = builders.customer()
    one = sub_accounts.create(customer, name="One", now=NOW)
    two = sub_accounts.create(customer, name="Two", now=NOW)

    assert sub_accounts.holder(two.row.sid, token=one.token) is None


def test_suspended_opens_nothing_until_it_is_active_again() -> None:
    customer = builders.customer()
    made = sub_accounts.create(customer, name="One", now=NOW)
    later = NOW + timedelta(hours=1)

    changed = sub_accounts.change(customer, sid=made.row.sid, state="suspended", now=later)
    assert (changed.state, changed.changed_at, changed.name) == ("suspended", later, "One")
    assert sub_accounts.holder(made.row.sid, token=made.token) is None

    sub_accounts.change(customer, sid=made.row.sid, state="active", now=later)
    assert sub_accounts.holder(made.row.sid, token=made.token) == (customer, made.row.id)


def test_closed_is_for_good() -> None:
    customer = builders.customer()
    made = sub_accounts.create(customer, name="One", now=NOW)
    closed = sub_accounts.change(customer, sid=made.row.sid, state="closed", now=NOW)

    assert sub_accounts.holder(made.row.sid, token=made.token) is None
    for changes in ({"state": "active"}, {"state": "suspended"}, {"name": "Two"}):
        with pytest.raises(SubAccountClosed):
            sub_accounts.change(customer, sid=made.row.sid, now=NOW, **changes)
    with pytest.raises(SubAccountClosed):
        sub_accounts.roll(customer, sid=made.row.sid, now=NOW)
    assert sub_accounts.change(customer, sid=made.row.sid, state="closed", now=NOW) == closed


def test_a_rolled_token_ends_the_one_before() -> None:
    customer = builders.customer()
    made = sub_accounts.create(customer, name="One", now=NOW)
    rolled = sub_accounts.roll(customer, sid=made.row.sid, now=NOW)

    assert sub_accounts.holder(made.row.sid, token=made.token) is None
    assert sub_accounts.holder(made.row.sid, token=rolled.token) == (customer, made.row.id)


def test_with_its_parents_account_it_ends() -> None:
    customer = builders.customer()
    made = sub_accounts.create(customer, name="One", now=NOW)
    Account.objects.filter(id=customer).update(closed_at=NOW)

    assert sub_accounts.holder(made.row.sid, token=made.token) is None


def test_a_strangers_is_not_there() -> None:
    customer, stranger = builders.customer(), builders.customer()
    sid = sub_accounts.create(customer, name="One", now=NOW).row.sid

    with pytest.raises(NoSuchSubAccount):
        sub_accounts.named(stranger, sid=sid)
    with pytest.raises(NoSuchSubAccount):
        sub_accounts.change(stranger, sid=sid, state="nonsense", now=NOW)
    with pytest.raises(NoSuchSubAccount):
        sub_accounts.roll(stranger, sid=sid, now=NOW)
    assert sub_accounts.listed(stranger, limit=10) == []
    assert sub_accounts.named(customer, sid=sid).state == "active"


@pytest.mark.parametrize("name", ["", "  ", "x" * 65])
def test_a_name_has_its_length(name: str) -> None:
    customer = builders.customer()
    with pytest.raises(SubAccountNeedsAName):
        sub_accounts.create(customer, name=name, now=NOW)
    assert not SubAccount.objects.exists()


def test_no_other_state_is_known() -> None:
    customer = builders.customer()
    sid = sub_accounts.create(customer, name="One", now=NOW).row.sid
    with pytest.raises(NoSuchSubAccountState):
        sub_accounts.change(customer, sid=sid, name="Two", state="gone", now=NOW)
    assert sub_accounts.named(customer, sid=sid).name == "One"


def test_they_are_listed_newest_first_by_pages_name_and_state() -> None:
    customer = builders.customer()
    rows = [sub_accounts.create(customer, name=f"n{i}", now=NOW).row for i in range(4)][::-1]
    sub_accounts.change(customer, sid=rows[3].sid, state="suspended", now=NOW)

    def sids(**filters: object) -> list[str]:
        found = sub_accounts.listed(customer, **{"limit": 10, **filters})  # type: ignore[arg-type]  # mixed
        return [row.sid for row in found]

    assert sids() == [row.sid for row in rows]
    assert sids(before=rows[0].id, limit=2) == [rows[1].sid, rows[2].sid]
    assert sids(after=rows[3].id, limit=2) == [rows[1].sid, rows[2].sid]
    assert sids(name="n2") == [rows[1].sid]
    assert sids(name="n") == []
    assert sids(state="suspended") == [rows[3].sid]


def test_there_is_a_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    customer = builders.customer()
    monkeypatch.setattr(sub_accounts, "SUB_ACCOUNTS_MAX", 1)
    sid = sub_accounts.create(customer, name="One", now=NOW).row.sid
    sub_accounts.change(customer, sid=sid, state="closed", now=NOW)
    with pytest.raises(TooManySubAccounts):
        sub_accounts.create(customer, name="Two", now=NOW)
    assert SubAccount.objects.count() == 1
