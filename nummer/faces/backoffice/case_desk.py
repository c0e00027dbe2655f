"""What the staff do with a case without a word to its customer."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from nummer.apps.cases import actions, desk, queries
from nummer.apps.cases.errors import CasesNotOfOne
from nummer.faces.backoffice.case_forms import MergeForm, NoteForm, giving_form
from nummer.faces.backoffice.case_words import ROLES
from nummer.faces.backoffice.cases import found, page
from nummer.faces.backoffice.requests import member, seen, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal


@require_safe
@staff_only(*ROLES)
def attachment(request: HttpRequest, number: int, file_id: UUID) -> HttpResponse:
    """Hand out a file of a message, drawn anew; who took it is recorded with the file's id."""
    head = found(number).head
    try:
        name, media, octets = queries.attachment(head.account_id, case_id=head.id, file_id=file_id)
    except Refusal:
        raise Http404 from None
    seen(
        request,
        verb="view_case_file",
        place="cases_attachment",
        row=str(file_id),
        account_id=head.account_id or None,
    )
    return HttpResponse(
        octets,
        content_type=media,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@require_POST
@staff_only(*ROLES)
def note(request: HttpRequest, number: int) -> HttpResponse:
    """Write a note for the staff."""
    row, form = found(number), NoteForm(request.POST)
    if form.is_valid():
        try:
            actions.write_note(
                row.head.account_id,
                case_id=row.head.id,
                key=form.cleaned_data["key"],
                text=form.cleaned_data["note"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("note", sentence(refusal))
        else:
            return redirect("backoffice:case", number=number)
    return page(request, row, noting=form)


@require_POST
@staff_only(*ROLES)
def give(request: HttpRequest, number: int) -> HttpResponse:
    """Give the case to one of the staff, or back to all."""
    row = found(number)
    form = giving_form(row.head, request.POST)
    if form.is_valid():
        try:
            actions.give_case(
                row.head.account_id,
                case_id=row.head.id,
                to=form.cleaned_data["to"],
                actor=member(request).actor,
                now=clock.now(),
            )
        except Refusal as refusal:
            messages.error(request, sentence(refusal))
        else:
            messages.success(request, gettext("Saved."))
    return redirect("backoffice:case", number=number)


@require_POST
@staff_only(*ROLES)
def take(request: HttpRequest, number: int) -> HttpResponse:
    """Own the case oneself."""
    row, person = found(number), member(request)
    actions.give_case(
        row.head.account_id,
        case_id=row.head.id,
        to=person.login_id,
        actor=person.actor,
        now=clock.now(),
    )
    messages.success(request, gettext("The case is yours."))
    return redirect("backoffice:case", number=number)


@require_POST
@staff_only(*ROLES)
def merge(request: HttpRequest, number: int) -> HttpResponse:
    """Make this case and another one of the same customer one."""
    row, form = found(number), MergeForm(request.POST)
    if form.is_valid():
        try:
            kept = _merged(
                request, row.head.account_id, row.head.number, form.cleaned_data["other"]
            )
        except Refusal as refusal:
            form.add_error("other", sentence(refusal))
        else:
            messages.success(request, gettext("The two cases are one now."))
            return redirect("backoffice:case", number=kept)
    return page(request, row, merging=form)


def _merged(request: HttpRequest, account_id: int, number: int, other: int) -> int:
    """Return the number that stays. Refuses: CasesNotOfOne."""
    both = desk.case_id_of(number), desk.case_id_of(other)
    if both[0] is None or both[1] is None or both[0][0] != account_id or both[1][0] != account_id:
        raise CasesNotOfOne
    return actions.merge_cases(
        account_id,
        case_id=both[0][1],
        other_id=both[1][1],
        actor=member(request).actor,
        now=clock.now(),
    )
