"""The question about statistics: who is asked, what was answered, and where the answer is kept.

Until there is a yes, nothing is set, loaded or measured that the site could do without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext

from nummer.apps.agreements.consents import COOKIES, Decision, decide
from nummer.faces.site.cookies import CONSENT_COOKIE, CONSENT_KEPT, Need, registered_as
from nummer.policy.clause import clause

# Anew whenever the words below say something else; a test holds the words of each version.
VERSION: Final = "2026-11-23"
SURFACE: Final = "site"
_PARTS: Final = 3  # version, word, second


@dataclass(frozen=True, slots=True)
class Question:
    """What a page has to know: the last valid answer, if any, and whether to ask."""

    decision: Decision | None
    asked: bool

    @property
    def given(self) -> bool:
        """Whether there is a yes."""
        return self.decision is not None and self.decision.given


def version() -> str:
    """Return the version of the question that is asked now."""
    return f"{VERSION}+google" if settings.ANALYTICS_ID else VERSION


def words() -> list[str]:
    """Return the question, in the reader's language, as it stands above the two buttons."""
    asked = [
        gettext("May we measure how long our pages are read?"),
        gettext(
            "This site works with necessary cookies alone. If you accept, your browser also tells"
            " us how many seconds a page was open; we keep sums of a day for all readers together,"
            " without your address and without a profile. Nothing changes if you refuse."
        ),
    ]
    if settings.ANALYTICS_ID:
        asked.append(
            gettext(
                "If you accept, Google Analytics counts visits to our public pages as well: Google"
                " sets cookies and receives which kind of page was read, from a shortened address."
            )
        )
    return asked


@clause(
    "LD-D5",
    quote="Cookies that are not necessary are set only after you agree, and saying no is as easy "
    "as saying yes.",
)
def question(request: HttpRequest) -> Question:
    """Return what this visitor answered, and whether he is still to be asked.

    An answer to another version counts as none, so does everything that we did not write; after
    CONSENT_KEPT his browser has forgotten it. No look at the clock or the database: the pages of
    a full disk ask, too. A browser that says no for its owner (Sec-GPC) is not asked.
    """
    decision = _read(request.COOKIES.get(CONSENT_COOKIE, ""))
    refuses_by_itself = request.headers.get("Sec-GPC") == "1"
    return Question(decision, asked=decision is None and not refuses_by_itself)


def _read(text: str) -> Decision | None:
    parts = text.split("~")
    if len(parts) != _PARTS or parts[0] != version() or parts[1] not in ("yes", "no"):
        return None
    if not (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) <= len("9999999999")):
        return None
    return Decision(parts[1] == "yes", parts[0], datetime.fromtimestamp(int(parts[2]), tz=UTC))


def answer(response: HttpResponse, *, given: bool, now: datetime) -> Decision:
    """Keep an answer in the visitor's own cookie, for as long as it counts."""
    decision = Decision(given, version(), now.replace(microsecond=0))
    word = "yes" if given else "no"
    response.set_cookie(
        CONSENT_COOKIE,
        f"{decision.version}~{word}~{int(decision.decided_at.timestamp())}",
        max_age=CONSENT_KEPT,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return decision


def forget_statistics(request: HttpRequest, response: HttpResponse) -> None:
    """Take back what a yes had set, after a no."""
    for name in request.COOKIES:
        cookie = registered_as(name)
        if cookie is not None and cookie.need is Need.CONSENT:
            response.delete_cookie(name, samesite="Lax")


def record(account_id: int, *, decision: Decision) -> None:
    """Write a customer's answer into his account, too, with the words that he read."""
    decide(
        account_id,
        purpose=COOKIES,
        decision=decision,
        language=get_language() or "en",
        words="\n".join(words()),
        surface=SURFACE,
    )


def carry(request: HttpRequest, account_id: int) -> None:
    """Record what somebody answered as a visitor, now that he has signed in."""
    found = question(request).decision
    if found is not None:
        record(account_id, decision=found)
