"""What this app asks the floors above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from nummer.kernel.phone import PhoneNumber


class OwnNumbers(Protocol):
    """Knows the numbers that we rent out."""

    def __call__(self, number: PhoneNumber) -> bool:
        """Tell whether `number` is, or was, one of ours."""


@dataclass(frozen=True, slots=True)
class PhoneRules:
    """How phones are judged: `fiction_allowed` lets ranges pass that belong to nobody (sandbox)."""

    own_numbers: OwnNumbers
    fiction_allowed: bool


class ReverseCharged(Protocol):
    """Knows the companies that owe the tax of their purchases themselves."""

    def __call__(self, account_id: int, country: str, /) -> bool:
        """Tell whether a company in `country` does."""


NoticeInForce: TypeAlias = Callable[[datetime], str]


@dataclass(frozen=True, slots=True)
class SignInProvider:
    """Google, or who plays it: the operator's client there and its addresses (OpenID Connect)."""

    client_id: str
    secret: str = field(repr=False)
    issuer: str
    authorize_url: str
    token_url: str
    keys_url: str


SignInProviderFinder: TypeAlias = Callable[[], SignInProvider | None]

_installed: list[PhoneRules] = []
_taxes: list[ReverseCharged] = []
_sign_in: list[SignInProviderFinder] = []
_notices: list[NoticeInForce] = []


def install_phone_rules(rules: PhoneRules) -> None:
    """Make `rules` the ones in force; `config` does this once at start."""
    _installed[:] = [rules]


def install_reverse_charged(answer: ReverseCharged) -> None:
    """Make `answer` the one that is asked; `config` does this once at start."""
    _taxes[:] = [answer]


def reverse_charged(account_id: int, country: str) -> bool:
    """Tell whether a company owes the tax of its purchases itself."""
    assert _taxes, "config installs the answer at start"
    return _taxes[0](account_id, country)


def phone_rules() -> PhoneRules:
    """Return the rules in force."""
    assert _installed, "config installs the phone rules before anybody signs up"
    return _installed[0]


def install_notice(find: NoticeInForce) -> None:
    """Make `find` the one that is asked; `config` does this once at start."""
    _notices[:] = [find]


def notice_in_force(now: datetime) -> str:
    """Return which version of the privacy notice counts at `now`; empty before the first."""
    assert _notices, "config installs the answer at start"
    return _notices[0](now)


def install_sign_in_provider(find: SignInProviderFinder) -> None:
    """Make `find` the one that is asked; `config` does this once at start."""
    _sign_in[:] = [find]


def sign_in_provider() -> SignInProvider | None:
    """Return by whom people sign in besides us; None where the operator has no client there."""
    return _sign_in[0]() if _sign_in else None
