"""How we ask Google: a code with PKCE, and a token whose signature is always checked."""

from __future__ import annotations

from typing import Any, Final

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse

from nummer.apps.accounts.ports import SignInProvider, sign_in_provider

ALGORITHM: Final = "RS256"  # what Google signs with; a token that names another one is not Google's
LEEWAY_S: Final = 30  # clocks of two machines differ


class GoogleClient(GoogleOAuth2Adapter):  # type: ignore[misc]  # the library has no types
    """Speaks OpenID Connect to whom `config` named."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.google = _required()
        self.authorize_url = self.google.authorize_url
        self.access_token_url = self.google.token_url

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return where Google sends people back: in production the Host header has no say."""
        if settings.SANDBOX:
            return str(super().get_callback_url(request, app))
        return settings.SITE_URL + reverse(f"{self.provider_id}_callback")

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **said: Any) -> Any:
        """Return who it is, by the signed token alone. Raises OAuth2Error."""
        try:
            claims = self._claims(str(said["response"]["id_token"]))
            return self.get_provider().sociallogin_from_response(request, claims)
        except (KeyError, TypeError, ValueError, jwt.PyJWTError) as error:
            raise OAuth2Error("Google's answer cannot be used") from error

    def _claims(self, id_token: str) -> dict[str, Any]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.google.keys_url)
            answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json())
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key=keys[jwt.get_unverified_header(id_token)["kid"]].key,
            algorithms=[ALGORITHM],
            audience=self.google.client_id,
            issuer=self.google.issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
        return claims

    def parse_token(self, data: dict[str, Any]) -> None:
        """Keep no token: nothing is ever asked for again."""


def _required() -> SignInProvider:
    """Return whom we ask. Raises Http404: the operator has no client there."""
    found = sign_in_provider()
    if found is None:
        raise Http404
    return found
