"""Hostile 39: every address with the ids of a customer, as everybody else.

The addresses are those of the resolver, so that a new one is walked, too, and fails here as long as
nothing is known to fill in for its names. What the customer wrote is marked: no answer to
anybody else contains the mark, and nothing in the tables is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote_plus

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.urls import resolve

from nummer.apps.accounts import queries as accounts
from nummer.faces.api_activate.views import ACTIONS
from nummer.faces.backoffice.rights import EVERYBODY, OWNER, RIGHTS
from nummer.faces.backoffice.urls import urlpatterns as of_staff
from nummer.faces.site.rights import ROLES, may
from nummer.kernel import limits
from tests import builders
from tests.apps.leases.conftest import supplier
from tests.apps.payments.conftest import provider
from tests.faces.addresses import VERBS_OF_ONLINESIM, Address, addresses, answers_there
from tests.faces.backoffice.test_staff import at_work
from tests.faces.conftest import Enter
from tests.faces.forms import Fields, forms_of
from tests.faces.settled import RENTED, Settled, basic, known_again, program_of, settled
from tests.faces.site.test_members import browser_of, member_of

__all__ = ["provider", "supplier"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider", "supplier")]
MARK: Final = "Zq7Mk"
READ, WRITTEN = ("GET", "HEAD"), ("POST", "PUT", "PATCH", "DELETE")
# A page answers to GET and POST; the other four are asked by nobody in particular, which is cheap.
OF_A_PAGE: Final = ("GET", "POST")
NOT_HIS: Final = frozenset({400, 401, 403, 404, 405})
# His own browser looks for his forms and gives his password again: his session gets another key.
VISITS: Final = {"accounts_opensession": ("seen_at", "ip", "agent", "key")}
# What a try of a stranger may leave behind.
TRACES: Final = frozenset({"django_session", "audit_line", "visits_pageday"})
# He objected to mail of his own; the table knows addresses by their digests only.
HIS_OWN: Final = frozenset({"agreements_suppression"})
# What the world has none of: it was not paid by a transfer, is offered to another, or never is.
HAS_NONE: Final = ("/balance/transfer/", "/my-numbers/offered/", "/Media/ME", "/Calls")


@cache
def lean() -> tuple[str, ...]:
    """Return what addresses of programs begin with."""
    from nummer.config.asgi import LEAN  # it looks for files that a fixture makes

    return LEAN


@pytest.fixture
def theirs(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> Iterator[Settled]:
    """Return the customer whose things they are; nobody's calls are too many."""
    settings.ACCOUNT_RATE_LIMITS = False
    monkeypatch.setattr(limits.CallLimit, "wait_s", lambda *_of, **_named: 0.0)
    with settled(enter, words=lambda field: f"{MARK}{field}") as found:
        yield found


@dataclass(slots=True)
class Walker:
    """Somebody who tries every address, and what he was told that he should not have been."""

    theirs: Settled
    come_in: Callable[[str], Client]
    secrets: tuple[str, ...]
    signs_in: bool = True
    told: list[tuple[object, ...]] = field(default_factory=list)
    _browser: Client | None = None

    def ask(self, method: str, path: str, form: Fields | None = None) -> Any:
        """Ask, look through the whole answer for what is another's, and return it."""
        answer = self._client(path).generic(method, path, **_body(form))
        whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
        said = whole.decode(errors="replace") + str(dict(answer.items()))
        self.told += [(method, path, "says", one) for one in self.secrets if one in said]
        if answer.status_code >= 500 or answer.status_code == 429:
            self.told.append((method, path, answer.status_code))
        return answer

    def _client(self, path: str) -> Client:
        if path.startswith((*lean(), "/accounts/")) or self._browser is None:
            client = self.come_in(path)
            client.raise_request_exception = False
            if path.startswith((*lean(), "/accounts/")):
                return client
            self._browser = client
        elif self.signs_in and not self._browser.session.get("_auth_user_id"):
            self._browser = self.come_in(path)  # something signed him out
            self._browser.raise_request_exception = False
        return self._browser

    def walk(self, found: list[Address], *, pages: tuple[str, ...] = OF_A_PAGE) -> None:
        """Try programs' addresses by every method and `pages` by theirs: nobody's row answers."""
        for one in found:
            for method in (*READ, *WRITTEN) if one.path.startswith(lean()) else pages:
                answer = self.ask(method, one.path)
                if one.owned and not self._refused(answer):
                    self.told.append((method, one.path, answer.status_code))

    def _refused(self, answer: Any) -> bool:
        if answer.status_code == 302:
            return str(answer["Location"]).startswith(("/accounts/login/", "/staff/customers/"))
        return answer.status_code in NOT_HIS


def _body(form: Fields | None) -> dict[str, str]:
    if form is None:
        return {}
    pairs = [(name, value) for name, values in form.items() for value in values]
    content = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    return {"data": content, "content_type": "application/x-www-form-urlencoded"}


def quote(text: str) -> str:
    """Write a word into a form; what is marked is another word there, or he would echo it."""
    return quote_plus(text.replace(MARK, "mine"))


def rows(*, but: int | None = None) -> dict[str, tuple[int, str]]:
    """Return how many rows each table has and a digest of them, but those of one account."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in TRACES or table.startswith("procrastinate"):
                continue
            columns = connection.introspection.get_table_description(cursor, table)
            own = but is not None and any(each.name == "account_id" for each in columns)
            where = f"WHERE account_id IS DISTINCT FROM {but}" if own else ""
            cursor.execute(
                "SELECT count(*), coalesce(md5(string_agg(md5(line), '' ORDER BY md5(line))), '')"
                f" FROM (SELECT (to_jsonb(t) - %s::text[])::text AS line"
                f' FROM "{table}" t {where}) lines',
                [list(VISITS.get(table, ()))],
            )
            found[table] = cursor.fetchone()
    return found


def changed(before: dict[str, tuple[int, str]], after: dict[str, tuple[int, str]]) -> list[str]:
    """Return the tables that are not as they were."""
    return [table for table in after if before.get(table) != after[table]]


def secrets_of(theirs: Settled) -> tuple[str, ...]:
    """Return what nobody else may read anywhere."""
    phone = accounts.phone(theirs.account_id)
    assert phone is not None
    known = accounts.credentials(theirs.account_id)
    people = [str(login.email) for login in theirs.members.values()]
    numbers = [number.lstrip("+") for number in RENTED]
    email = builders.email_of(theirs.account_id)
    keys = (theirs.program.key, known.auth_token)
    return (MARK, email, phone.number.e164.lstrip("+"), *keys, *numbers, *people)


def asks_with_his_ids(theirs: Settled, walker: Walker) -> None:
    """Replay each form of his own pages, and each verb of the protocols with one address."""
    known_again(theirs.browser)
    for one in addresses(theirs.name):
        if not one.owned or one.path.startswith((*lean(), "/staff/")):
            continue
        answer = theirs.browser.get(one.path)
        if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html"):
            continue
        for form in forms_of(answer.text, at=one.path):
            if form.method != "post" or not any(
                name in form.action for name in theirs.names.values() if len(name) > 2
            ):
                continue
            for sent in form.sent():
                if walker.ask("POST", form.action, sent).status_code not in {302, *NOT_HIS}:
                    walker.told.append(("POST", form.action, sent))


def of_protocols(theirs: Settled, walker: Walker, *, key: str) -> None:
    """Call every verb of the protocols with one address, with his ids and another's key."""
    number, lease = theirs.names["activation_id"], theirs.names["lease_id"]
    for action in ACTIONS:
        for status in ("1", "3", "6", "8"):
            query = f"api_key={key}&action={action}&id={number}&activationId={number}"
            walker.ask("GET", f"/stubs/handler_api.php?{query}&status={status}&rent={lease}")
    for verb in VERBS_OF_ONLINESIM:
        query = f"apikey={key}&tzid={number}&operation_id={number}&number={RENTED[0][1:]}"
        walker.ask("GET", f"/api/{verb}.php?{query}")


def stranger(theirs: Settled, enter: Enter) -> tuple[Walker, int]:
    """Return another customer, with a program of his own."""
    account_id = builders.customer(balance="0.00")
    key = program_of(enter(account_id), lambda field: "own").key

    def come_in(path: str) -> Client:
        if path.startswith(("/twilio/", "/2010-04-01", "/v2/")):
            return Client(headers={"authorization": basic(account_id)})
        if path.startswith(lean()):
            return Client(headers={"authorization": f"Bearer {key}"})
        browser = enter(account_id)
        known_again(browser)
        return browser

    return Walker(theirs, come_in, secrets_of(theirs)), account_id


def test_every_address_can_be_filled_in_and_is_reached(theirs: Settled) -> None:
    shadowed = [one.route for one in addresses(theirs.name) if not answers_there(one)]
    assert shadowed == []


def test_what_is_his_is_there_for_himself(theirs: Settled) -> None:
    """Or the walks below would show nothing."""
    owner = Walker(theirs, lambda path: _his(theirs, path), ())
    owned = [one for one in addresses(theirs.name) if one.owned and _reads(one)]
    owned = [one for one in owned if not any(part in one.path for part in HAS_NONE)]
    missing = [
        one.path for one in owned if owner.ask("GET", one.path).status_code in {401, 403, 404}
    ]
    assert missing == []


def _reads(one: Address) -> bool:
    return not one.path.startswith("/staff/")


def _his(theirs: Settled, path: str) -> Client:
    if path.startswith(("/twilio/", "/2010-04-01", "/v2/")):
        return Client(headers={"authorization": basic(theirs.account_id)})
    if path.startswith(lean()):
        return Client(headers={"authorization": f"Bearer {theirs.program.key}"})
    return theirs.browser


def test_the_marks_are_on_his_own_pages(theirs: Settled) -> None:
    owner = Walker(theirs, lambda path: _his(theirs, path), (MARK,))
    for one in addresses(theirs.name):
        if not one.path.startswith(("/staff/", "/accounts/")):
            owner.ask("GET", one.path)
    assert len(owner.told) > 20


def test_nobody_finds_anything_of_his(theirs: Settled) -> None:
    walker = Walker(theirs, lambda path: Client(), secrets_of(theirs), signs_in=False)
    before = rows()
    walker.walk(addresses(theirs.name), pages=(*READ, *WRITTEN))
    asks_with_his_ids(theirs, walker)
    of_protocols(theirs, walker, key="guessed")
    assert walker.told == []
    assert changed(before, rows()) == []


def test_another_customer_finds_anything_of_his_nowhere(theirs: Settled, enter: Enter) -> None:
    walker, account_id = stranger(theirs, enter)
    before = rows(but=account_id)
    walker.walk(addresses(theirs.name))
    asks_with_his_ids(theirs, walker)
    own = accounts.credentials(account_id).account_sid
    sid = theirs.names["account_sid"]
    mixed = [one for one in addresses(theirs.name) if sid in one.path]
    for one in mixed:  # his own account, another's rows
        for method in (*READ, *WRITTEN):
            walker.ask(method, one.path.replace(sid, own))
    of_protocols(theirs, walker, key=program_of(enter(account_id), lambda field: "own").key)
    assert walker.told == []
    assert set(changed(before, rows(but=account_id))) <= HIS_OWN


def test_a_member_finds_nothing_that_his_role_does_not_see(theirs: Settled) -> None:
    browsers = {role: browser_of(login) for role, login in theirs.members.items()}
    before = rows()
    told = []
    for role, browser in browsers.items():
        others = tuple(one for one in secrets_of(theirs) if one != theirs.members[role].email)
        walker = Walker(theirs, lambda path, browser=browser: browser, others)
        for one, name in of_the_site(theirs):
            for method in ("GET", "POST"):
                if not may(role, name, reading=method == "GET"):
                    answer = walker.ask(method, one.path)
                    if answer.status_code != HTTPStatus.FORBIDDEN:
                        walker.told.append((method, one.path, answer.status_code))
        told += [(role, *each) for each in walker.told]
    assert told == []
    assert changed(before, rows()) == []


def test_a_member_of_another_account_finds_nothing_of_his(theirs: Settled) -> None:
    account_id = builders.customer()
    logins = {role: member_of(account_id, role=role) for role in ROLES}
    before = rows(but=account_id)
    told = []
    for role, login in logins.items():
        walker = Walker(theirs, lambda path, login=login: browser_of(login), secrets_of(theirs))
        for one, _ in of_the_site(theirs):
            for method in ("GET", "POST") if one.owned else ():
                answer = walker.ask(method, one.path)
                if answer.status_code not in NOT_HIS:
                    walker.told.append((method, one.path, answer.status_code))
        told += [(role, *each) for each in walker.told]
    assert told == []
    assert changed(before, rows(but=account_id)) == []


def of_the_site(theirs: Settled) -> Iterator[tuple[Address, str]]:
    """Yield the addresses of the site with their names in the table of rights."""
    for one in addresses(theirs.name):
        match = resolve(one.path)
        if match.namespace == "site":
            yield one, match.url_name or ""


@pytest.mark.parametrize("role", EVERYBODY)
def test_staff_without_the_right_find_nothing_of_his(theirs: Settled, role: str) -> None:
    browser = at_work(role, reasons=False)
    walker = Walker(theirs, lambda path: browser, secrets_of(theirs))
    names = {str(each.pattern): each.name for each in of_staff}
    found = [one for one in addresses(theirs.name) if one.path.startswith("/staff/")]
    before = rows()
    for one in found:
        right = RIGHTS[names[one.route.removeprefix("staff/")] or ""]
        for method in (*READ, *WRITTEN):
            if not right.allows(role, reading=method in READ):
                answer = walker.ask(method, one.path)
                if answer.status_code not in {403, 405}:
                    walker.told.append((method, one.path, answer.status_code))
    assert walker.told == []
    assert changed(before, rows()) == []


def test_staff_have_no_pages_of_customers(theirs: Settled) -> None:
    browser = at_work(OWNER)
    walker = Walker(theirs, lambda path: browser, secrets_of(theirs))
    found = [
        one
        for one in addresses(theirs.name)
        if one.owned and not one.path.startswith((*lean(), "/staff/", "/accounts/"))
    ]
    walker.walk(found)
    assert walker.told == []
