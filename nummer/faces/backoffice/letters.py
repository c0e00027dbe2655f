"""The staff's page of letters to an account: when, what about, what became of them; no words."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.notify import queries, words
from nummer.faces.backoffice.forms import ID_MAX, AccountForm
from nummer.faces.backoffice.requests import (
    OPERATIONS,
    ROWS_PER_PAGE,
    SUPPORT,
    cursor,
    page_of,
    seen,
    staff_only,
)
from nummer.kernel import clock


@require_safe
@staff_only(SUPPORT, OPERATIONS)
def find(request: HttpRequest) -> HttpResponse:
    """Lead to the letters of an account."""
    form = AccountForm(request.GET if "account" in request.GET else None)
    if form.is_valid():
        return redirect("backoffice:letters-of", account_id=form.cleaned_data["account"])
    return render(
        request, "backoffice/letters.html", {"which": form}, status=400 if form.errors else 200
    )


@require_safe
@staff_only(SUPPORT, OPERATIONS)
def of_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """List the letters to an account, newest first, without their content."""
    if account_id > ID_MAX or not accounts.known(account_id):
        raise Http404
    seen(request, verb="list_letters", place="notify_letter", row=str(account_id))
    rows, more = page_of(
        queries.letters(account_id, before=cursor(request), limit=ROWS_PER_PAGE + 1)
    )
    steps = queries.steps(account_id, ids=[row.id for row in rows])
    mark = queries.mark_of(account_id, now=clock.now())
    context = {
        "account_id": account_id,
        "rows": [
            (
                row,
                gettext(words.topic(row.letter)),
                [(step, gettext(words.FATES[step.fate])) for step in steps[row.id]],
            )
            for row in rows
        ],
        "more": more,
        "mark": mark,
        "why": "" if mark is None else gettext(words.FATES[mark.mark]),
    }
    return render(request, "backoffice/letters_of.html", context)
