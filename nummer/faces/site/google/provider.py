"""Google as the login library knows it, asked for three scopes and kept as a digest."""

from __future__ import annotations

from typing import Any, Final

from allauth.socialaccount.providers.google.provider import GoogleProvider
from django.http import HttpRequest

from nummer.apps.vault.actions import keyed_digest
from nummer.faces.site.google.client import GoogleClient

SCOPES: Final = ("openid", "email", "profile")  # LD-A2: who it is; no mailbox, no YouTube
SUBJECT: Final = "google"  # the kind of digest


class Google(GoogleProvider):  # type: ignore[misc]  # the library has no types
    """Google; of what it says of a person only a digest of the subject is kept."""

    oauth2_adapter_class = GoogleClient

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """Return our scopes: the library would add what a link's query says."""
        return list(SCOPES)

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Let people choose among their accounts; a link's query has no say."""
        return {"prompt": "select_account"}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return what the subject is found by. Raises KeyError."""
        return keyed_digest(SUBJECT, str(data["sub"])).hex()

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep nothing of name, picture and address."""
        return {}


provider_classes = [Google]
