"""Hostile 38: a code of an authenticator lets one in, however many give it at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection

from nummer.config import settings as of_the_house
from tests.faces.backoffice.test_staff import hire

AT_ONCE = 8


@pytest.mark.django_db(transaction=True)
def test_of_many_who_give_one_code_at_once_one_comes_in(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = of_the_house.CACHES  # where an installation notes what was used
    call_command("createcachetable", verbosity=0)
    at, secret, login = time.time(), generate_totp_secret(), hire("owner")
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: at)
    TOTP.activate(login, secret)
    code = format_hotp_value(hotp_value(secret, int(at) // 30))
    together = Barrier(AT_ONCE)

    def enter(_: int) -> bool:
        factor = TOTP(Authenticator.objects.get(user_id=login.pk))
        together.wait(60)
        try:
            return bool(factor.validate_code(code))
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(enter, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]
