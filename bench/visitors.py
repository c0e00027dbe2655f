"""Makes customers with their own verbs, signs them in and prints account and session of each.

`python -m bench.visitors COUNT` in the environment of an installation.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Final

from nummer.config.env import use_settings

if TYPE_CHECKING:
    from nummer.apps.accounts.models import Login


def main(count: int) -> None:
    """Make them and print JSON: [[account, session], …]."""
    use_settings()
    import django  # noqa: PLC0415 -- settings come first

    django.setup()
    from nummer.apps.agreements import actions as agreements  # noqa: PLC0415 -- after setup
    from nummer.apps.catalogue import actions as catalogue  # noqa: PLC0415 -- after setup
    from nummer.kernel import clock  # noqa: PLC0415 -- after setup

    now = clock.now()
    catalogue.install_services(now=now)
    agreements.install_documents(now=now)
    json.dump([_visitor(place, now) for place in range(count)], sys.stdout)


def _visitor(place: int, now: datetime) -> tuple[int, str]:
    person = signed_up(place, now)
    assert person.account is not None, "a customer has an account"
    return int(person.account.id), signed_in(person)


PASSWORD: Final = "correct horse battery"  # noqa: S105 -- of nobody


def signed_up(place: int, now: datetime, *, password: str | None = PASSWORD) -> Login:
    """Make a customer, as sign-up does."""
    from nummer.apps.agreements import actions as agreements  # noqa: PLC0415 -- after setup
    from nummer.apps.agreements import queries as texts  # noqa: PLC0415 -- after setup

    shown = texts.texts_to_accept(texts.SIGN_UP_DOCUMENTS, language="en", now=now)
    return agreements.sign_up(
        email=f"visitor{place}@example.com",
        password=password,
        phone=None,
        kind="person",
        country="NO",
        currency="EUR",
        locale="en",
        accepted=[text.as_accepted() for text in shown],
        surface="bench",
        now=now,
    )


def signed_in(person: Login, *, twice: bool = False) -> str:
    """Return a session of somebody, with a second factor if he signed in `twice`."""
    from allauth.account.internal.flows.login import (  # noqa: PLC0415 -- after setup
        record_authentication,
    )
    from django.contrib.auth import login as sign_in  # noqa: PLC0415 -- after setup
    from django.http import HttpRequest  # noqa: PLC0415 -- after setup

    from nummer.faces.site.sessions import SessionStore  # noqa: PLC0415 -- after setup

    request = HttpRequest()
    request.session = SessionStore()
    sign_in(request, person, backend="django.contrib.auth.backends.ModelBackend")
    if twice:
        record_authentication(request, person, "mfa", type="totp")
    request.session.save()
    session = request.session.session_key
    assert session is not None, "a saved session has a key"
    return session


if __name__ == "__main__":
    main(int(sys.argv[1]))
