"""The pages of the staff: two factors, roles, and a record of what was done."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, reverse

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts.models import Login
from nummer.apps.audit.models import Line
from nummer.apps.catalogue import queries as catalogue
from nummer.apps.numbers import importing
from nummer.faces.backoffice import views
from nummer.faces.backoffice.rights import EVERYBODY, OWNER, RIGHTS
from nummer.faces.backoffice.urls import urlpatterns
from tests import builders
from tests.faces.conftest import BACKEND, Enter, StandingClock

PASSWORD = "correct horse battery"


def hire(role: str) -> Login:
    """Return the login of a new member of the staff, without a second factor."""
    return accounts.open_staff_login(
        email=f"{role}-{uuid4().hex[:6]}@example.com",
        password=PASSWORD,
        role=role,
        now=builders.NOW,
    )


class Reasoned(Client):
    """The browser of one of the support who gives a reason wherever she is asked for one."""

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        """Answer as ever; where a reason is asked for, give it and come again."""
        answer = super().generic(method, path, *args, **kwargs)
        asked = re.match(r"(/staff/customers/\d+/open/)", answer.get("Location", ""))
        if asked is None:
            return answer
        super().generic(
            "POST", asked[1], "why=check", content_type="application/x-www-form-urlencoded"
        )
        return super().generic(method, path, *args, **kwargs)


def at_work(role: str, *, reasons: bool = True) -> Client:
    """Return the browser of somebody who signed in with both factors."""
    login = hire(role)
    TOTP.activate(login, generate_totp_secret())
    browser = Reasoned() if reasons and role == "support" else Client()
    browser.force_login(login, backend=BACKEND)
    session = browser.session
    request = HttpRequest()
    request.session = session
    record_authentication(request, login, "mfa", type="totp")
    session.save()
    return browser


def pages() -> Iterator[tuple[str, URLPattern]]:
    """Yield the address of every page of the staff, with its pattern."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        route = (
            route.replace("<slug:code>", "tg")
            .replace("<slug:part>", "orders")
            .replace("<int:account_id>", "1")
        )
        route = route.replace("<int:number>", "1")
        route = re.sub(r"<uuid:\w+>", str(UUID(int=0)), route)
        route = route.replace("<str:month>", "2026-11")
        yield f"/staff/{route}", pattern


ALL = list(pages())
ADDRESSES = [address for address, _ in ALL]


def test_every_page_says_who_may_open_it() -> None:
    assert {pattern.name for _, pattern in ALL} == RIGHTS.keys()
    assert [name for name, right in RIGHTS.items() if not right.roles] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_visitor_is_sent_to_the_login(shop: StandingClock, address: str) -> None:
    for answer in (Client().get(address), Client().post(address)):
        assert answer.status_code in {302, 405}
        assert "/accounts/login/" in answer.get("Location", "/accounts/login/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_for_customers_there_are_no_such_pages(enter: Enter, address: str) -> None:
    browser = enter(builders.customer())
    assert {browser.get(address).status_code, browser.post(address).status_code} <= {404, 405}


@pytest.mark.parametrize("address", ["/orders/", "/balance/", "/keys/", "/account/"])
def test_for_the_staff_there_are_no_pages_of_customers(shop: StandingClock, address: str) -> None:
    assert at_work(OWNER).get(address).status_code == 403


def opened(browser: Client, address: str) -> bool:
    """Say whether a page was there for its reader, or led him on to another one of the staff's."""
    answer = browser.get(address)
    leads_on = answer.status_code == 302 and answer["Location"].startswith("/staff/")
    return leads_on or answer.status_code in {200, 404, 405}


@pytest.mark.parametrize("role", EVERYBODY)
def test_role_opens_its_own_pages_and_no_others(shop: StandingClock, role: str) -> None:
    browser = at_work(role)
    for address, pattern in ALL:
        if role in RIGHTS[pattern.name or ""].see:
            assert opened(browser, address), address
        else:
            assert browser.get(address).status_code in {403, 405}, address


@pytest.mark.parametrize("role", EVERYBODY)
def test_role_does_its_own_deeds_and_no_others(shop: StandingClock, role: str) -> None:
    browser = at_work(role)
    for address, pattern in ALL:
        if role in RIGHTS[pattern.name or ""].do:
            assert browser.post(address).status_code not in {403, 405, 500}, address
        else:
            assert browser.post(address).status_code in {403, 405}, address


@pytest.mark.parametrize("role", [*EVERYBODY, OWNER])
def test_menu_names_what_a_role_may_open_and_nothing_else(shop: StandingClock, role: str) -> None:
    page = at_work(role).get("/staff/").text
    for name, right in RIGHTS.items():
        if right.title is not None:
            link = f'href="{reverse(f"backoffice:{name}")}">'
            assert (link in page) is right.allows(role, reading=True), name


def test_owner_opens_everything(shop: StandingClock) -> None:
    browser = at_work(OWNER)
    assert [address for address in ADDRESSES if not opened(browser, address)] == []


def test_without_a_second_factor_nothing_opens(shop: StandingClock) -> None:
    browser = Client()
    browser.force_login(hire(OWNER), backend=BACKEND)
    assert browser.get("/staff/")["Location"] == "/accounts/2fa/totp/activate/"


def test_second_factor_that_was_not_asked_is_asked(shop: StandingClock) -> None:
    login = hire(OWNER)
    TOTP.activate(login, generate_totp_secret())
    browser = Client()
    browser.force_login(login, backend=BACKEND)
    assert browser.get("/staff/")["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_password_and_authenticator_open_the_pages(shop: StandingClock) -> None:
    login, secret = hire("support"), generate_totp_secret()
    TOTP.activate(login, secret)
    browser = Client()
    first = browser.post("/accounts/login/", {"login": login.email, "password": PASSWORD})
    assert first["Location"] == "/accounts/2fa/authenticate/"
    assert browser.get("/staff/").status_code == 302
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert browser.get("/staff/").status_code == 200


def test_secret_of_the_authenticator_is_stored_sealed(shop: StandingClock) -> None:
    secret = generate_totp_secret()
    stored = TOTP.activate(hire(OWNER), secret).instance.data
    assert secret not in str(stored)


def test_second_factor_of_the_staff_cannot_be_switched_off(shop: StandingClock) -> None:
    browser = at_work("support")
    browser.post("/accounts/2fa/totp/deactivate/")
    assert browser.get("/staff/").status_code == 200


def test_service_is_switched_and_the_deed_recorded(shop: StandingClock) -> None:
    browser = at_work("operations")
    browser.post("/staff/services/tg/", {"enabled": "no"})
    assert not catalogue.service("tg").enabled
    browser.post("/staff/services/tg/", {"enabled": "yes"})
    assert catalogue.service("tg").enabled
    actor = f"staff:{Login.objects.get(staff_role='operations').pk}"
    deeds = Line.objects.filter(actor=actor, row="tg").order_by("id")
    assert [deed.verb for deed in deeds] == ["service_off", "service_on"]


@pytest.mark.parametrize("enabled", ["", "maybe"])
def test_odd_switch_changes_nothing(shop: StandingClock, enabled: str) -> None:
    answer = at_work("operations").post("/staff/services/tg/", {"enabled": enabled})
    assert answer.status_code == 400
    assert catalogue.service("tg").enabled


def test_messages_are_listed_without_sender_and_text(shop: StandingClock) -> None:
    placed = builders.order(builders.customer())
    builders.deliver(placed.number, "Telegram code: 48213", sender="Telegram")
    page = at_work("operations").get("/staff/messages/").text
    assert placed.number.e164 in page
    assert "48213" not in page
    assert "Telegram" not in page


def test_looking_at_customers_orders_is_recorded(shop: StandingClock) -> None:
    builders.order(builders.customer())
    assert at_work("finance").get("/staff/orders/").status_code == 200
    assert Line.objects.filter(verb="list_orders", actor__startswith="staff:").count() == 1


def test_import_shows_progress_and_each_line_left_out(shop: StandingClock) -> None:
    browser = at_work("operations")
    heading = ",".join(importing.COLUMNS).encode()
    sheet = heading + b"\n+4759440100,NO,sandbox,mobile,yes,no\nx,NO,a,mobile,yes,no\n"
    started = browser.post("/staff/imports/", {"file": SimpleUploadedFile("n.csv", sheet)})
    assert started.status_code == 302
    waiting = browser.get(started["Location"], headers={"hx-request": "true"}).text
    assert 'hx-trigger="every 1s"' in waiting
    [run] = importing.import_runs()
    importing.continue_import(run.id, now=builders.NOW)
    done = browser.get(started["Location"]).text
    assert "2 of 2 lines, 1 left out" in done
    assert "This is not a phone number." in done
    assert "every 1s" not in done


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,b\n"open', b"nonsense\n1\n"])
def test_file_that_cannot_be_read_is_refused_as_a_whole(
    shop: StandingClock, content: bytes
) -> None:
    answer = at_work("operations").post(
        "/staff/imports/", {"file": SimpleUploadedFile("n.csv", content)}
    )
    assert answer.status_code == 400
    assert importing.import_runs() == []


def test_free_numbers_are_counted_so_far_and_no_further(
    shop: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = at_work("operations")
    assert '<td class="text-right">5</td>' in browser.get("/staff/services/").text

    monkeypatch.setattr(views, "_COUNTED_MAX", 3)

    assert '<td class="text-right">3+</td>' in browser.get("/staff/services/").text
