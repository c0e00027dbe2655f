"""How lists name letters and what became of them, in words that faces translate."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nummer.kernel.locale import gettext_noop

ACCOUNT: Final = gettext_noop("Your account and sign-in")
ORDERS: Final = gettext_noop("An order")
MONEY: Final = gettext_noop("Balance and payments")
RENTED: Final = gettext_noop("A rented number")
CASES: Final = gettext_noop("A message to us")
TEXTS: Final = gettext_noop("New versions of our texts")
OFFER: Final = gettext_noop("An offer or news")
OTHER: Final = gettext_noop("A notice about our service")

# By the beginning of a letter's name; the first that fits.
_TOPICS: Final = (
    (
        ACCOUNT,
        (
            "email-",
            "consent-",
            "login-",
            "password-",
            "account-",
            "address-",
            "key-",
            "security-",
            "webhook-",
        ),
    ),
    (ORDERS, ("order-", "claim-", "withdrawal-", "incident-notice")),
    (
        MONEY,
        ("top-up-", "payment-", "auto-top-up", "payout-", "invoice-", "balance-", "misuse-"),
    ),
    (
        RENTED,
        (
            "lease-",
            "handover-",
            "port-out",
            "papers-",
            "sms-",
            "termination-",
            "incident-rented",
            "maintenance-",
        ),
    ),
    (CASES, ("case-",)),
    (TEXTS, ("texts-",)),
    (OFFER, ("campaign",)),
)

FATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waiting": gettext_noop("on its way"),
        "queued": gettext_noop("written"),
        "sent": gettext_noop("handed to the mail server"),
        "deferred": gettext_noop("put off, we try again"),
        "bounced": gettext_noop("came back: there is no such address"),
        "refused": gettext_noop("came back: not taken"),
        "complained": gettext_noop("called unwanted by its reader"),
        "on_page": gettext_noop("shown here instead of a mail"),
        "given_up": gettext_noop("not sent"),
        "withheld": gettext_noop("not sent: no consent to it any more"),
    }
)
# What a letter's state says beside a list.
STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "waiting": FATES["waiting"],
        "sent": FATES["sent"],
        "bounced": gettext_noop("came back"),
        "on_page": FATES["on_page"],
        "given_up": FATES["given_up"],
        "withheld": FATES["withheld"],
    }
)
MARKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bounced": gettext_noop("Mail to your address came back: it does not seem to exist."),
        "refused": gettext_noop("Mail to your address was not taken, several times over days."),
        "complained": gettext_noop("A mail of ours was reported as unwanted from your address."),
    }
)


def topic(letter: str) -> str:
    """Return what a letter is about, in a few words."""
    for words, beginnings in _TOPICS:
        if letter.startswith(beginnings):
            return words
    return OTHER
