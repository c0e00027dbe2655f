"""The customer's letters: what we wrote, how it went, and those that no mail could bring."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.notify import confirming, queries, words
from nummer.faces.site.requests import account_id, customers_only
from nummer.kernel import clock

LETTERS_PER_PAGE: Final = 25


@never_cache
@require_safe
@customers_only
def letters(request: HttpRequest) -> HttpResponse:
    """List the letters to a customer, each with what became of it."""
    customer = account_id(request)
    rows = queries.letters(customer, before=_cursor(request), limit=LETTERS_PER_PAGE + 1)
    shown = rows[:LETTERS_PER_PAGE]
    steps = queries.steps(customer, ids=[row.id for row in shown])
    mark = queries.mark_of(customer, now=clock.now())
    context = {
        "rows": [
            (
                row,
                gettext(words.topic(row.letter)),
                gettext(words.STATES[row.state]),
                [(step, gettext(words.FATES[step.fate])) for step in steps[row.id]],
            )
            for row in shown
        ],
        "more": shown[-1].id if len(rows) > LETTERS_PER_PAGE else None,
        "paged": "before" in request.GET,
        "email": accounts.email(customer),
        "mark": mark,
        "why": "" if mark is None else gettext(words.MARKS[mark.mark]),
    }
    return render(request, "site/letters.html", context)


@never_cache
@require_safe
@customers_only
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Show a letter whose content we still have."""
    written = queries.content(account_id(request), letter_id=letter_id)
    return render(request, "site/letter.html", {"letter": written})


@require_POST
@customers_only
def confirm_again(request: HttpRequest) -> HttpResponse:
    """Send the mail by which the customer shows that his address works."""
    confirming.ask(account_id(request), now=clock.now())
    messages.success(request, gettext("We have sent a mail to your address. Open its link."))
    return redirect("site:letters")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def confirmed(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, since programs open links; then write to the address again."""
    if request.method == "POST":
        confirming.confirm(account_id(request), token=token, now=clock.now())
        messages.success(request, gettext("Thank you. We write to your address again."))
        return redirect("site:letters")
    confirming.require_valid(account_id(request), token=token, now=clock.now())
    return render(
        request, "site/letter_confirm.html", {"email": accounts.email(account_id(request))}
    )


def _cursor(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("before", ""))
    except ValueError:
        return None
