"""People at the sandbox's Google, and what they granted to whom."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nummer.suppliers.sandbox.payments.desk import Memory

CODE_LIVES_S: Final = 600
ACCESS_LIVES_S: Final = 3600
# What may be asked for, and how Google names it in its answer.
SCOPES: Final[Mapping[str, str]] = {
    "openid": "openid",
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
_SUBJECT_DIGITS: Final = 21
_PERSON: Final = "person"
_CODE: Final = "code"
_ACCESS: Final = "access"


def person(memory: Memory, *, email: str, verified: bool, name: str) -> dict[str, Any]:
    """Return who has this address at Google, made at first use; what is new about him is kept."""
    email = email.strip()
    found = next((one for one in people(memory) if one["email"] == email), None)
    subject = found["id"] if found else _new_subject()
    now = {
        "object": _PERSON,
        "id": subject,
        "email": email,
        "email_verified": verified,
        "name": name.strip() or email.partition("@")[0],
    }
    memory.keep(now)
    return now


def people(memory: Memory) -> list[dict[str, Any]]:
    """Return everybody who has an account, newest first."""
    return memory.all_of(_PERSON)


def _new_subject() -> str:
    return "1" + "".join(secrets.choice("0123456789") for _ in range(_SUBJECT_DIGITS - 1))


def allow(
    memory: Memory, subject: str, *, scope: Sequence[str], wish: Mapping[str, str], now: float
) -> str:
    """Note that a person allowed what a client asked for; return the code for it."""
    code = "4/0A" + secrets.token_urlsafe(48)
    memory.keep(
        {
            "object": _CODE,
            "id": code,
            "subject": subject,
            "scope": list(scope),
            "redirect_uri": wish["redirect_uri"],
            "challenge": wish.get("code_challenge", ""),
            "method": wish.get("code_challenge_method", "plain"),
            "nonce": wish.get("nonce", ""),
            "ends": now + CODE_LIVES_S,
        }
    )
    return code


def redeem(
    memory: Memory, *, code: str, redirect_uri: str, verifier: str, now: float
) -> dict[str, Any] | None:
    """Return what a code stands for, once; None for one that does not fit."""
    grant = memory.find(code, _CODE)
    if grant is None:
        return None
    memory.remove(code)
    fits = (
        grant["ends"] > now
        and hmac.compare_digest(grant["redirect_uri"].encode(), redirect_uri.encode())
        and _proved(grant, verifier)
    )
    return grant if fits else None


def _proved(grant: Mapping[str, Any], verifier: str) -> bool:
    """Check the proof of RFC 7636: who redeems the code is who asked for it."""
    if not grant["challenge"]:
        return True
    shown = verifier
    if grant["method"] == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(shown.encode(), grant["challenge"].encode())


def give_access(memory: Memory, grant: Mapping[str, Any], *, now: float) -> str:
    """Return a token by which what was granted can be read."""
    token = "ya29." + secrets.token_urlsafe(64)
    memory.keep(
        {
            "object": _ACCESS,
            "id": token,
            "subject": grant["subject"],
            "scope": grant["scope"],
            "ends": now + ACCESS_LIVES_S,
        }
    )
    return token


def of_access(memory: Memory, token: str, *, now: float) -> dict[str, Any] | None:
    """Return what a token opens; None where it is over or nobody's."""
    found = memory.find(token, _ACCESS)
    return found if found is not None and found["ends"] > now else None


def claims(memory: Memory, grant: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be told about a person, by the scopes that he allowed."""
    who = memory.find(grant["subject"], _PERSON)
    assert who is not None, "people are never removed"
    told: dict[str, Any] = {"sub": who["id"]}
    if "email" in grant["scope"]:
        told |= {"email": who["email"], "email_verified": who["email_verified"]}
    if "profile" in grant["scope"]:
        given, _, family = who["name"].partition(" ")
        told |= {
            "name": who["name"],
            "given_name": given,
            "family_name": family,
            "picture": "https://lh3.googleusercontent.com/a/sandbox",
        }
    return told
