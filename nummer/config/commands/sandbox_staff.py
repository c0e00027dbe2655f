"""Makes a login of the staff for the sandbox, second factor included."""

from __future__ import annotations

import secrets

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts.errors import EmailTaken
from nummer.config.commands.refused import SandboxError
from nummer.kernel import clock


def make_staff(email: str, *, role: str) -> dict[str, str]:
    """Make the login and return what its owner needs to sign in."""
    password = secrets.token_urlsafe(18)
    try:
        login = accounts.open_staff_login(
            email=email, password=password, role=role, now=clock.now()
        )
    except EmailTaken:
        raise SandboxError("Somebody signs in with this address already.") from None
    secret = generate_totp_secret()
    TOTP.activate(login, secret)
    return {"email": email, "password": password, "totp_secret": secret}
