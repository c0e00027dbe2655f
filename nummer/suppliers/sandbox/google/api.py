"""The sandbox's Google for machines: discovery, tokens, keys and userinfo."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from nummer.suppliers.sandbox.google import grants
from nummer.suppliers.sandbox.google.signing import id_token, public_key
from nummer.suppliers.sandbox.payments.desk import Desk
from nummer.suppliers.sandbox.payments.json_server import Asked, answer_late

FILE: Final = "google.sqlite"
TOKEN: Final = "/token"  # noqa: S105 -- a path
CERTS: Final = "/oauth2/v3/certs"
USERINFO: Final = "/v1/userinfo"
DISCOVERY: Final = "/.well-known/openid-configuration"


def google_desk(folder: Path) -> Desk:
    """Return the memory of the sandbox's Google."""
    return Desk(folder, file=FILE)


def client_keys(desk: Desk) -> tuple[str, str]:
    """Return the id and the secret of our client, made at first use."""
    return (
        desk.made("client_id", start="sandbox-") + ".apps.googleusercontent.com",
        desk.made("client_secret", start="GOCSPX-"),
    )


def answer(desk: Desk, asked: Asked) -> tuple[int, Any]:
    """Answer a question of a program."""
    route = _ROUTES.get((asked.method, asked.path))
    if route is None:
        return 404, {"error": "not_found"}
    return route(desk, asked)


def _discovery(desk: Desk, asked: Asked) -> tuple[int, Any]:
    issuer = _issuer(asked)
    return 200, {
        "issuer": issuer,
        "authorization_endpoint": desk.setting("page_url"),
        "token_endpoint": issuer + TOKEN,
        "userinfo_endpoint": issuer + USERINFO,
        "jwks_uri": issuer + CERTS,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": list(grants.SCOPES),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": [
            "aud",
            "email",
            "email_verified",
            "exp",
            "family_name",
            "given_name",
            "iat",
            "iss",
            "name",
            "picture",
            "sub",
        ],
        "code_challenge_methods_supported": ["plain", "S256"],
        "grant_types_supported": ["authorization_code"],
    }


def _token(desk: Desk, asked: Asked) -> tuple[int, Any]:
    wish = dict(parse_qsl(asked.octets.decode(errors="replace")))
    client_id, secret = client_keys(desk)
    shown = _shown_client(asked, wish)
    if not hmac.compare_digest(shown.encode(), f"{client_id}:{secret}".encode()):
        return 401, {"error": "invalid_client", "error_description": "Unauthorized"}
    if wish.get("grant_type") != "authorization_code":
        return 400, {"error": "unsupported_grant_type"}
    with desk.change() as memory:
        grant = grants.redeem(
            memory,
            code=wish.get("code", ""),
            redirect_uri=wish.get("redirect_uri", ""),
            verifier=wish.get("code_verifier", ""),
            now=time.time(),
        )
        if grant is None:
            return 400, {"error": "invalid_grant", "error_description": "Bad Request"}
        access_token = grants.give_access(memory, grant, now=time.time())
        claims = grants.claims(memory, grant)
    answer_late(desk)
    return 200, {
        "access_token": access_token,
        "expires_in": grants.ACCESS_LIVES_S - 1,
        "scope": " ".join(grants.SCOPES[scope] for scope in grant["scope"]),
        "token_type": "Bearer",
        "id_token": id_token(
            desk,
            {**claims, **({"nonce": grant["nonce"]} if grant["nonce"] else {})},
            issuer=_issuer(asked),
            client_id=client_id,
            access_token=access_token,
        ),
    }


def _shown_client(asked: Asked, wish: Mapping[str, str]) -> str:
    header = asked.headers.get("authorization", "")
    if not header.startswith("Basic "):
        return f"{wish.get('client_id', '')}:{wish.get('client_secret', '')}"
    try:
        return base64.b64decode(header.removeprefix("Basic ")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _certs(desk: Desk, _asked: Asked) -> tuple[int, Any]:
    return 200, {"keys": [public_key(desk)]}


def _userinfo(desk: Desk, asked: Asked) -> tuple[int, Any]:
    shown = asked.headers.get("authorization", "").removeprefix("Bearer ")
    with desk.change() as memory:
        grant = grants.of_access(memory, shown, now=time.time())
        if grant is None:
            return 401, {"error": "invalid_request", "error_description": "Invalid Credentials"}
        return 200, grants.claims(memory, grant)


def _issuer(asked: Asked) -> str:
    return f"http://{asked.headers.get('host', '127.0.0.1')}"


Route = Callable[[Desk, Asked], tuple[int, Any]]
_ROUTES: Final[Mapping[tuple[str, str], Route]] = {
    ("GET", DISCOVERY): _discovery,
    ("POST", TOKEN): _token,
    ("GET", CERTS): _certs,
    ("GET", USERINFO): _userinfo,
}
