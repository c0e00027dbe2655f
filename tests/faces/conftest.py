"""What tests of pages share: a shop with stock, customers who are signed in, three languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from nummer.apps.accounts.models import Login
from nummer.apps.catalogue import actions as catalogue
from nummer.config import messages
from nummer.kernel import clock
from tests import builders

BACKEND = "django.contrib.auth.backends.ModelBackend"
LANGUAGES = ("en", "nb", "de")
Enter = Callable[..., Client]


class StandingClock:
    """A clock that stands where a test sets it."""

    def __init__(self) -> None:
        self.at = builders.NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="session", autouse=True)
def _translations() -> None:
    messages.compile_all()


@pytest.fixture(autouse=True)
def _language_of_the_house() -> None:
    """Forget the reader of the test before: a page leaves its language with the thread."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _light_settings(settings: LazySettings) -> None:
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.WHITENOISE_AUTOREFRESH = True
    cache.clear()


@pytest.fixture
def standing_clock() -> Iterator[StandingClock]:
    before = clock._installed
    standing = StandingClock()
    clock.install(standing)
    yield standing
    clock.install(before)


@pytest.fixture
def shop(db: None, standing_clock: StandingClock) -> StandingClock:
    """Return the clock of a shop that sells one service with five Norwegian numbers."""
    builders.shop()
    catalogue.switch_service("tg", enabled=True, actor="system:test", now=builders.NOW)
    builders.numbers([f"+475944000{digit}" for digit in range(5)])
    return standing_clock


@pytest.fixture
def enter(shop: StandingClock) -> Enter:
    """Return a function that signs a customer in and returns her browser."""

    def entered(account_id: int, *, language: str = "en", strict: bool = False) -> Client:
        browser = Client(enforce_csrf_checks=strict, headers={"accept-language": language})
        browser.force_login(Login.objects.get(account_id=account_id), backend=BACKEND)
        return browser

    return entered
