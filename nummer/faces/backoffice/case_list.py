"""The list of cases: what waits, whose it is, what is due soon or late; and a search."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import desk
from nummer.apps.cases.actions import Channel
from nummer.apps.cases.desk import Wanted, Which
from nummer.apps.cases.kinds import soon, today
from nummer.apps.cases.queries import CaseHead
from nummer.faces.backoffice.case_forms import WHICH, FilterForm
from nummer.faces.backoffice.case_words import CHANNELS, KINDS, RATINGS, ROLES, STATES
from nummer.faces.backoffice.cases import number_in
from nummer.faces.backoffice.requests import ROWS_PER_PAGE, member, seen, staff_only
from nummer.kernel import clock

RATINGS_MIN: Final = 10  # fewer say something about single customers


@require_safe
@staff_only(*ROLES)
def listed(request: HttpRequest) -> HttpResponse:
    """List cases without their words, or go to the one whose number was typed."""
    form, now = FilterForm(request.GET), clock.now()
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    typed = number_in(words)
    if typed is not None and desk.case_id_of(typed) is not None:
        return redirect("backoffice:case", number=typed)
    account_id = _account(words, typed)
    which = _which(request, looked_for=account_id is not None)
    wanted = Wanted(which, form.wanted_kind(), account_id)
    found = not words or account_id is not None
    rows, more = _page(request, wanted) if found else ([], None)
    seen(request, verb="list_cases", place="cases_case")
    actor, counts = member(request).actor, desk.counts(actor=member(request).actor, now=now)
    kept = {"q": words, "kind": wanted.kind or ""}
    context = {
        "rows": [_shown(row, soon_on=soon(now), today_on=today(now)) for row in rows],
        "actor": actor,
        "found": found,
        "tabs": [
            (one, label, counts.get(one), urlencode({"show": one, **kept}))
            for one, label in WHICH.items()
        ],
        "which": which,
        "form": form,
        "next": urlencode({"show": which, **kept, "before": more}) if more else "",
        "ratings": _ratings(),
    }
    return render(request, "backoffice/cases.html", context)


def _account(words: str, typed: int | None) -> int | None:
    """Return the account that the words name by its number or its address."""
    if typed is not None:
        return typed if accounts.known(typed) else None
    return desk.account_named(words)


def _which(request: HttpRequest, *, looked_for: bool) -> Which:
    """Return what is to be shown; of one who is looked for everything, unless something else."""
    try:
        return Which(request.GET.get("show", ""))
    except ValueError:
        return Which.ALL if looked_for else Which.WAITING


def _page(request: HttpRequest, wanted: Wanted) -> tuple[list[CaseHead], int | None]:
    """Return the rows of a page, and where the next one begins."""
    before = number_in(request.GET.get("before", ""))
    if wanted.which is Which.ALL:
        rows = desk.latest(wanted, before=before, limit=ROWS_PER_PAGE + 1)
        more = rows[ROWS_PER_PAGE - 1].number if len(rows) > ROWS_PER_PAGE else None
        return rows[:ROWS_PER_PAGE], more
    skip = before or 0
    rows = desk.waiting(
        wanted,
        actor=member(request).actor,
        now=clock.now(),
        limit=ROWS_PER_PAGE + 1,
        skip=skip,
    )
    return rows[:ROWS_PER_PAGE], skip + ROWS_PER_PAGE if len(rows) > ROWS_PER_PAGE else None


def _shown(row: CaseHead, *, soon_on: date, today_on: date) -> dict[str, object]:
    by = row.answer_on
    return {
        "row": row,
        "kind": KINDS[row.kind],
        "channel": CHANNELS[Channel(row.channel)],
        "state": STATES[row.state],
        "by": by,
        "late": by is not None and by < today_on,
        "soon": by is not None and by <= soon_on,
    }


def _ratings() -> list[tuple[object, int]]:
    """Return how often each word was chosen lately; nothing while they are few."""
    found = desk.ratings(now=clock.now())
    if sum(found.values()) < RATINGS_MIN:
        return []
    return [(RATINGS[rating], count) for rating, count in found.items()]
