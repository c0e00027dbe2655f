"""Google as a place to sign in: its addresses, as its discovery document names them."""

from __future__ import annotations

from typing import Final

from nummer.apps.accounts.ports import SignInProvider

ISSUER: Final = "https://accounts.google.com"


def google_itself(*, client_id: str, secret: str) -> SignInProvider:
    """Return Google for the operator's client there."""
    return SignInProvider(
        client_id=client_id,
        secret=secret,
        issuer=ISSUER,
        authorize_url=f"{ISSUER}/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",  # noqa: S106 -- an address
        keys_url="https://www.googleapis.com/oauth2/v3/certs",
    )
