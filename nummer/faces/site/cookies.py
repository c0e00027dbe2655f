"""The register of cookies: every one that any answer of ours sets, and what it is for.

The page *Cookies* is made of it, and what is not in it never leaves (`middleware.KnownCookies`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from http.cookies import Morsel
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

CHOICE_KEPT: Final = timedelta(days=365)  # language and appearance
CONSENT_KEPT: Final = timedelta(days=180)  # then it is asked for again, a yes and a no alike


class Need(Enum):
    """Why a cookie may be set."""

    NECESSARY = "necessary"  # the site does not work without it
    CHOSEN = "chosen"  # it keeps what the visitor himself set
    CONSENT = "consent"  # only after a yes


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie; `life` is None where it goes with the browser's session.

    A name that ends in * stands for all that begin so.
    """

    name: str
    need: Need
    purpose: Words
    life: timedelta | None
    recipient: str = ""  # empty: nobody but us

    def means(self, name: str) -> bool:
        """Tell whether a cookie of this name is this one."""
        if self.name.endswith("*"):
            return name.startswith(self.name[:-1])
        return name == self.name


CONSENT_COOKIE: Final = "consent"
THEME_COOKIE: Final = "theme"
_OWN: Final = (
    Cookie(
        settings.SESSION_COOKIE_NAME,
        Need.NECESSARY,
        _("Keeps you signed in, and a sign-up or a form of several steps together."),
        timedelta(seconds=settings.SESSION_COOKIE_AGE),
    ),
    Cookie(
        settings.CSRF_COOKIE_NAME,
        Need.NECESSARY,
        _("Proves that a form was sent from our own page and not from a foreign one."),
        timedelta(seconds=settings.CSRF_COOKIE_AGE),
    ),
    Cookie(
        "messages",
        Need.NECESSARY,
        _("Carries a sentence such as “saved” to the next page, and goes once it was shown."),
        None,
    ),
    Cookie(
        CONSENT_COOKIE,
        Need.NECESSARY,
        _("Keeps your answer to the question about statistics: yes or no, its text and time."),
        CONSENT_KEPT,
    ),
    Cookie(
        settings.LANGUAGE_COOKIE_NAME,
        Need.CHOSEN,
        _("Keeps the language that you chose or that your account has."),
        CHOICE_KEPT,
    ),
    Cookie(
        THEME_COOKIE,
        Need.CHOSEN,
        _("Keeps your choice between light and dark pages."),
        CHOICE_KEPT,
    ),
)

GOOGLE: Final = "Google Ireland Limited"
_GOOGLE: Final = tuple(
    Cookie(
        name,
        Need.CONSENT,
        _("Lets Google Analytics tell visits of one browser from those of another."),
        CONSENT_KEPT,
        recipient=GOOGLE,
    )
    for name in ("_ga", "_ga_*")
)


def registered() -> tuple[Cookie, ...]:
    """Return every cookie that this installation may set; Google's only where it is switched on."""
    return (*_OWN, *_GOOGLE) if settings.ANALYTICS_ID else _OWN


def registered_as(name: str) -> Cookie | None:
    """Return the entry of a cookie; None where it has none."""
    return next((cookie for cookie in registered() if cookie.means(name)), None)


def keeps_the_register(morsel: Morsel[str]) -> bool:
    """Tell whether what an answer sets is registered and lives no longer than it says there."""
    cookie = registered_as(morsel.key)
    if cookie is None:
        return False
    most_s = 0 if cookie.life is None else int(cookie.life.total_seconds())
    return int(morsel["max-age"] or 0) <= most_s
