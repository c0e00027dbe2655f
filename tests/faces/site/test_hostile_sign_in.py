"""Hostile 37: guessing passwords by the thousand, locking others out, asking who has an account."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nummer.apps.accounts import queries as accounts
from nummer.apps.accounts.models import Account
from nummer.apps.notify.actions import deliver
from nummer.apps.notify.models import Letter
from tests import builders
from tests.faces.backoffice.test_staff import hire
from tests.faces.conftest import Enter, StandingClock
from tests.faces.site.authenticator import Device
from tests.faces.site.test_account import PASSWORD, sign_up_form
from tests.faces.site.test_passkeys import HOST, add, at_home, enter_with, signed_in

UNKNOWN = "nobody-at-all@example.com"
OF_PRODUCTION = {"verify_phone": "1/5s/key,100/m/ip", "confirm_email": "1/5s/key"}


@pytest.fixture(autouse=True)
def _limits_of_production(settings: LazySettings) -> None:
    settings.ACCOUNT_RATE_LIMITS = OF_PRODUCTION


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for name in ("send_letter", "send_mail_now"):
        monkeypatch.setattr(
            f"nummer.apps.notify.actions.{name}",
            lambda *of, **letter: written.append({"of": of, **letter}),
        )
    return written


def address(n: int) -> str:
    return f"198.18.{n // 250}.{n % 250 + 1}"


def guess(email: str, password: str, *, ip: str) -> Any:
    return Client(REMOTE_ADDR=ip).post("/accounts/login/", {"login": email, "password": password})


def test_stuffing_from_one_address_is_stopped_after_a_few_tries(shop: StandingClock) -> None:
    customers = [str(accounts.email(builders.customer())) for _ in range(4)]
    answers = [guess(email, f"guess-{n}", ip=address(1)) for n, email in enumerate(customers * 10)]
    looked_at = [answer for answer in answers if "is not right" in answer.text]
    assert len(looked_at) <= 10, "ten wrong tries a minute for an address"
    right = guess(customers[0], PASSWORD, ip=address(1))
    assert right.status_code != 302, "the right one is not found out there any more"
    another = guess(str(accounts.email(builders.customer())), PASSWORD, ip=address(2))
    assert another.status_code == 302, "a bystander signs in"


def test_stuffing_from_500_addresses_gets_a_few_guesses_for_an_account(
    shop: StandingClock,
) -> None:
    """Nobody's password is found, though each address tries once only."""
    victim = str(accounts.email(builders.customer()))
    answers = [guess(victim, f"guess-{n}", ip=address(n)) for n in range(499)]
    looked_at = [answer for answer in answers if "is not right" in answer.text]
    assert len(looked_at) == 5, "five wrong tries in five minutes for an account"
    right = guess(victim, PASSWORD, ip=address(499))
    assert "Too many tries" in right.text
    assert right.status_code == 200
    bystander = guess(str(accounts.email(builders.customer())), PASSWORD, ip=address(500))
    assert bystander.status_code == 302


def locked(customer: int) -> str:
    """Let an attacker use up every guess of the password; return the address."""
    victim = str(accounts.email(customer))
    for n in range(20):
        guess(victim, f"guess-{n}", ip=address(n))
    assert "Too many tries" in guess(victim, PASSWORD, ip="203.0.113.1").text
    return victim


def test_who_is_locked_out_by_an_attacker_enters_by_code(
    shop: StandingClock, letters: list[dict[str, Any]]
) -> None:
    victim = locked(builders.customer())
    browser = Client(REMOTE_ADDR="203.0.113.1")
    browser.post("/accounts/login/code/", {"email": victim})
    browser.post("/accounts/login/code/confirm/", {"code": letters[-1]["context"]["code"]})
    assert signed_in(browser)


def test_who_is_locked_out_by_an_attacker_enters_by_passkey(enter: Enter) -> None:
    customer, device = builders.customer(), Device()
    add(at_home(enter, customer), device)
    locked(customer)
    assert enter_with(Client(headers=HOST, REMOTE_ADDR="203.0.113.1"), device)


def test_a_flood_of_codes_does_not_close_passkeys(
    enter: Enter, letters: list[dict[str, Any]]
) -> None:
    customer, device = builders.customer(), Device()
    add(at_home(enter, customer), device)
    victim = locked(customer)
    for n in range(20):
        Client(REMOTE_ADDR=address(n)).post("/accounts/login/code/", {"email": victim})
    assert len(letters) <= 3, "nobody's mailbox is flooded"
    assert enter_with(Client(headers=HOST, REMOTE_ADDR="203.0.113.1"), device)


# Who has an account: two answers that a stranger may compare


def _login(browser: Client, email: str) -> Any:
    return browser.post("/accounts/login/", {"login": email, "password": "wrong wrong wrong"})


def _code(browser: Client, email: str) -> Any:
    return browser.post("/accounts/login/code/", {"email": email})


def _page_of_code(browser: Client, email: str) -> Any:
    _code(browser, email)
    return browser.get("/accounts/login/code/confirm/")


def _new_code(browser: Client, email: str) -> Any:
    _code(browser, email)
    return browser.post("/accounts/login/code/confirm/", {"action": "resend"})


def _reset(browser: Client, email: str) -> Any:
    return browser.post("/accounts/password/reset/", {"email": email})


def _after_reset(browser: Client, email: str) -> Any:
    _reset(browser, email)
    return browser.get("/accounts/password/reset/done/")


def _sign_up(browser: Client, email: str) -> Any:
    digit = 1 if email == UNKNOWN else 2
    form = sign_up_form(browser, email=email, phone=f"+44 7946 099 00{digit}")
    return browser.post("/accounts/signup/", form)


def _page_after_sign_up(browser: Client, email: str) -> Any:
    _sign_up(browser, email)
    return browser.get("/accounts/phone/verify/")


def _wrong_code(browser: Client, email: str) -> Any:
    _code(browser, email)
    return browser.post("/accounts/login/code/confirm/", {"code": "000000"})


def _too_many_passwords(browser: Client, email: str) -> Any:
    for n in range(10):
        answer = guess(email, "wrong wrong wrong", ip=address(n))
    assert "Too many tries" in answer.text
    return answer


def _too_many_codes(browser: Client, email: str) -> Any:
    for n in range(5):
        answer = Client(REMOTE_ADDR=address(n)).post("/accounts/login/code/", {"email": email})
    return answer


ASKED: dict[str, Callable[[Client, str], Any]] = {
    "a wrong password": _login,
    "a code": _code,
    "the page of the code": _page_of_code,
    "a code once more": _new_code,
    "a new password": _reset,
    "the page after it": _after_reset,
    "sign-up": _sign_up,
    "the page after sign-up": _page_after_sign_up,
    "too many codes": _too_many_codes,
    "a wrong code": _wrong_code,
    "too many wrong passwords": _too_many_passwords,
}
_OF_THE_MOMENT = re.compile(
    r'(csrfmiddlewaretoken" value=|nonce[=-]"?\'?|name="csrf[^>]*value=)"?[^"\' >]+"?'
)


def told(answer: Any, email: str) -> tuple[Any, ...]:
    """Return all that a stranger sees, without what differs at every request."""
    text = _OF_THE_MOMENT.sub("", answer.text).replace(email, "EMAIL")
    text = re.sub(r"\+44[ 0-9]+", "PHONE", text)
    headers = {
        name: _OF_THE_MOMENT.sub("", value)
        for name, value in answer.items()
        if name.lower() not in {"x-request-id", "set-cookie", "content-length", "expires"}
    }
    cookies = sorted(answer.cookies)
    return answer.status_code, headers, cookies, text


@pytest.mark.parametrize("way", ASKED)
def test_nothing_tells_whether_an_address_has_an_account(
    shop: StandingClock, letters: list[dict[str, Any]], way: str
) -> None:
    known = str(accounts.email(builders.customer()))
    first = ASKED[way](Client(REMOTE_ADDR="203.0.113.1"), known)
    second = ASKED[way](Client(REMOTE_ADDR="203.0.113.2"), UNKNOWN)
    assert told(first, known) == told(second, UNKNOWN)


# The time of an answer is measured by `nummer bench doors`; here only what takes it.


def written(way: str, email: str) -> list[str]:
    """Return the tables into which a request writes, in order."""
    with CaptureQueriesContext(connection) as seen:
        ASKED[way](Client(), email)
    asked = [str(each["sql"]) for each in seen.captured_queries]
    return [
        found[1] for sql in asked if (found := re.match(r'(?:INSERT INTO|UPDATE) "(\w+)"', sql))
    ]


@pytest.mark.parametrize("way", ["a code", "a new password"])
def test_as_much_is_written_for_an_address_without_an_account_and_nothing_stays(
    shop: StandingClock, way: str
) -> None:
    known = str(accounts.email(builders.customer()))
    assert written(way, UNKNOWN) == written(way, known)
    assert Letter.objects.count() == 1, "the customer's"


def test_a_known_address_takes_the_making_of_an_account_and_makes_none(
    shop: StandingClock,
) -> None:
    known = str(accounts.email(builders.customer()))
    before = Account.objects.count()

    made = written("sign-up", known)

    assert {"accounts_account", "accounts_login", "agreements_acceptance"} <= set(made)
    assert Account.objects.count() == before


def test_a_letter_to_the_staff_is_sent_by_a_job_as_every_other(shop: StandingClock) -> None:
    staff = str(hire("support").email)
    ASKED["a new password"](Client(), staff)
    assert outbox.outbox == []
    [letter] = Letter.objects.all()
    deliver(letter.account_id, letter_id=letter.id, now=builders.NOW)
    assert [mail.to for mail in outbox.outbox] == [[staff]]
