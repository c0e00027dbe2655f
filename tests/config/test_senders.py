"""Whose papers are read before room is kept for them: by key, token or session."""

from __future__ import annotations

from base64 import b64encode

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client, RequestFactory

from nummer.apps.accounts.models import Login
from nummer.apps.agreements import queries as texts
from nummer.apps.agreements.actions import create_key
from nummer.config.senders import knows
from nummer.faces.api_twilio.sids import KEY, sid
from tests import builders
from tests.builders import NOW, customer

pytestmark = pytest.mark.django_db
API, TWILIO = "/api/v1/papers", "/v2/RegulatoryCompliance/SupportingDocuments"
OWN = f"/twilio{TWILIO}"


@pytest.fixture(autouse=True)
def shop(db: None) -> None:
    builders.shop()


def basic(user: str, secret: str) -> str:
    return f"Basic {b64encode(f'{user}:{secret}'.encode()).decode()}"


def key_of(account_id: int, *, reads_only: bool = False) -> tuple[str, str]:
    """Return the SID and the secret of a new key."""
    accepted = texts.texts_to_accept(texts.KEY_DOCUMENTS, language="en", now=NOW)
    made = create_key(
        account_id=account_id,
        label="test",
        accepted=[text.as_accepted() for text in accepted],
        surface="test",
        reads_only=reads_only,
        now=NOW,
    )
    return sid(KEY, made.id), made.secret


def sent(path: str, **headers: str) -> HttpRequest:
    return RequestFactory().post(path, b"x", "application/json", **headers)


@pytest.mark.parametrize("path", [API, TWILIO, OWN])
@pytest.mark.parametrize(
    "credential",
    ["", "Bearer made-up", "Basic ?", basic("AC" + "0" * 32, "made-up"), basic(KEY, "made-up")],
)
def test_credentials_that_are_made_up_are_nobodys(path: str, credential: str) -> None:
    assert not knows(sent(path, HTTP_AUTHORIZATION=credential))


@pytest.mark.parametrize("cookie", ["", "a" * 32, "short"])
def test_a_session_that_is_made_up_is_nobodys(cookie: str) -> None:
    request = sent("/papers/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = cookie

    assert not knows(request)


@pytest.mark.parametrize("path", [API, TWILIO, OWN])
def test_a_key_is_its_customers(path: str) -> None:
    name, secret = key_of(customer())
    credential = f"Bearer {secret}" if path == API else basic(name, secret)

    assert knows(sent(path, HTTP_AUTHORIZATION=credential))


def test_a_key_that_only_reads_hands_nothing_in() -> None:
    _, secret = key_of(customer(), reads_only=True)

    assert not knows(sent(API, HTTP_AUTHORIZATION=f"Bearer {secret}"))


def test_a_session_is_its_customers() -> None:
    browser = Client()
    login = Login.objects.get(account_id=customer())
    browser.force_login(login, backend="django.contrib.auth.backends.ModelBackend")
    request = sent("/papers/")
    name = settings.SESSION_COOKIE_NAME
    request.COOKIES[name] = browser.cookies[name].value

    assert knows(request)
