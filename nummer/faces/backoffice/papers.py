"""The reviewers' pages: what waits for a judgement, one customer's papers, and the judgement.

Papers are opened by whoever took them from the queue and by nobody else. Each opening is written
down for the customer, and so is, for us, each try without.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.cases import queries as cases
from nummer.apps.cases.errors import NoSuchCase
from nummer.apps.cases.queries import CaseRow
from nummer.apps.identity import actions, queries
from nummer.apps.identity.actions.reminding import REMINDED_BEFORE
from nummer.apps.identity.actions.reviewing import WORDS_LENGTH_MAX
from nummer.apps.identity.errors import (
    DocumentHeld,
    DocumentNotReleased,
    NoSuchPapers,
    PapersJudged,
    PapersNotTaken,
    PapersTaken,
)
from nummer.apps.identity.queries import PapersRow, scanner_ready
from nummer.apps.identity.words import Checked, DocumentKind, Field, Finding, Media, Reason
from nummer.apps.leases.papers import orders_of, waiting_for_papers
from nummer.faces.backoffice.requests import IDENTITY, member, seen, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

FIELD_NAMES: Final = {
    Field.FIRST_NAME: _("First name"),
    Field.LAST_NAME: _("Last name"),
    Field.BIRTH_DATE: _("Date of birth"),
    Field.STREET: _("Street and number"),
    Field.POSTCODE: _("Postcode"),
    Field.CITY: _("City"),
    Field.COUNTRY: _("Country"),
    Field.COMPANY_NAME: _("Name of the company"),
    Field.COMPANY_NUMBER: _("Number in the register of companies"),
}
DOCUMENT_NAMES: Final = {
    DocumentKind.IDENTITY: _("proof of identity"),
    DocumentKind.ADDRESS: _("proof of address"),
    DocumentKind.COMPANY: _("entry in the register of companies"),
}
REASONS: Final = {
    Reason.NOT_READABLE: _("A document cannot be read."),
    Reason.NOT_COMPLETE: _("A document is not complete."),
    Reason.EXPIRED: _("A document has expired."),
    Reason.OTHER_NAME: _("A document shows another name."),
    Reason.OTHER_ADDRESS: _("A document shows another address."),
    Reason.WRONG_DOCUMENT: _("A document is of another kind than asked for."),
    Reason.NOT_GENUINE: _("A document does not seem to be genuine."),
    Reason.INFECTED: _("The virus scanner does not let a document pass."),
    Reason.OTHER: _("There is another reason."),
}
CHECKS: Final = {
    Checked.HELD: _("waits for the virus scanner"),
    Checked.UNSCANNED: _("not looked at by a virus scanner"),
    Checked.RELEASED: _("released without a virus scanner"),
    Checked.CLEAN: _("no viruses found"),
    Checked.REFUSED: _("not let pass by the virus scanner"),
}
FINDINGS: Final = {
    Finding.CHECK_DIGIT: _("A check digit of the machine-readable zone is wrong."),
    Finding.OTHER_NAME: _("The zone shows another name than was filled in."),
    Finding.OTHER_BIRTH_DATE: _("The zone shows another date of birth than was filled in."),
    Finding.EXPIRED: _("The document has expired by its zone."),
    Finding.KNOWN_ELSEWHERE: _("Another account handed in a document of the same number."),
}
ZONE_LENGTH_MAX: Final = 300
ENDINGS: Final = {Media.PDF: "pdf", Media.JPEG: "jpg", Media.PNG: "png"}


class VerdictForm(forms.Form):
    """What was found."""

    approved = forms.ChoiceField(
        label=_("Judgement"),
        choices=[("", "\N{EM DASH}"), ("yes", _("accept")), ("no", _("do not accept"))],
    )
    expires_on = forms.DateField(
        label=_("Counts until"),
        required=False,
        help_text=_("Empty is without end."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reasons = forms.MultipleChoiceField(
        label=_("Reasons, where not accepted"),
        required=False,
        choices=[(one.value, name) for one, name in REASONS.items() if one is not Reason.INFECTED],
        widget=forms.CheckboxSelectMultiple,
    )
    grounds = forms.CharField(
        label=_("Why you accept them although something does not fit"),
        required=False,
        max_length=WORDS_LENGTH_MAX,
        help_text=_("For our record; the customer does not read it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    words = forms.CharField(
        label=_("What else the customer should know"),
        required=False,
        max_length=WORDS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def save(self, account_id: int, papers_id: UUID, *, actor: str) -> None:
        """Write the judgement. Refuses what `approve` and `refuse` refuse."""
        said: dict[str, Any] = self.cleaned_data
        now = clock.now()
        if said["approved"] == "yes":
            actions.approve(
                account_id,
                papers_id=papers_id,
                expires_on=said["expires_on"],
                grounds=said["grounds"],
                actor=actor,
                now=now,
            )
        else:
            actions.refuse(
                account_id,
                papers_id=papers_id,
                reasons=[Reason(one) for one in said["reasons"]],
                words=said["words"],
                actor=actor,
                now=now,
            )


@require_safe
@staff_only(IDENTITY)
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits, the longest first, and what expires; it shows nothing of the papers."""
    seen(request, verb="papers_queue_read", place="identity_papers")
    return _queue(request)


def _queue(request: HttpRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
    rows, now = queries.queue(), clock.now()
    orders = orders_of([row.account_id for row in rows])
    context = {
        "rows": [
            (
                row,
                (now - row.handed_in_at).days,
                [FINDINGS[one] for one in row.findings],
                orders.get(row.account_id, []),
            )
            for row in rows
        ],
        "actor": member(request).actor,
        "scanner": scanner_ready(),
        "expiring": queries.expiring(until=(now + REMINDED_BEFORE).date(), now=now),
        "refused": refused,
    }
    return render(request, "backoffice/papers_queue.html", context, status=status)


@require_POST
@staff_only(IDENTITY)
def take(request: HttpRequest, account_id: int, papers_id: UUID) -> HttpResponse:
    """Make papers the task of whoever asks, or give them back."""
    verb = actions.give_back if "back" in request.POST else actions.take
    try:
        verb(account_id, papers_id=papers_id, actor=member(request).actor, now=clock.now())
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    except PapersTaken as refusal:
        return _queue(request, refused=sentence(refusal), status=409)
    if verb is actions.give_back:
        return redirect("backoffice:papers-queue")
    return redirect("backoffice:papers", account_id, papers_id)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("fields", "context")
@staff_only(IDENTITY)
def papers(request: HttpRequest, account_id: int, papers_id: UUID) -> HttpResponse:
    """Open papers that the reader took, which is written down, and take the judgement."""
    refused = ""
    try:
        row = queries.papers(account_id, papers_id=papers_id)
        form = VerdictForm(request.POST or None, initial={"expires_on": row.expires_on})
        if request.method == "POST" and form.is_valid():
            try:
                form.save(account_id, papers_id, actor=member(request).actor)
            except (NoSuchPapers, PapersJudged):
                raise
            except Refusal as refusal:
                refused = sentence(refusal)
            else:
                messages.success(request, gettext("The judgement is written."))
                return redirect("backoffice:papers-queue")
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    return _papers(request, row, form, refused=refused)


@sensitive_variables("fields", "context", "zone_read")
def _papers(
    request: HttpRequest,
    row: PapersRow,
    form: VerdictForm,
    *,
    refused: str = "",
    zone_read: str = "",
) -> HttpResponse:
    actor, account_id, papers_id = member(request).actor, row.account_id, row.id
    try:
        fields = actions.open_papers(account_id, papers_id=papers_id, actor=actor, now=clock.now())
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    except PapersNotTaken as refusal:
        return _queue(request, refused=sentence(refusal), status=403)
    context = {
        "row": row,
        "fields": [(FIELD_NAMES[Field(name)], text) for name, text in fields.items()],
        "documents": [
            (one, DOCUMENT_NAMES[one.kind], CHECKS[one.checked]) for one in row.documents
        ],
        "waiting": waiting_for_papers(account_id, now=clock.now()),
        "case": _case(account_id, papers_id),
        "opened": {
            one.document
            for one in queries.looks(account_id)
            if one.actor == actor and one.papers_id == papers_id
        },
        "findings": [FINDINGS[one] for one in row.findings],
        "elsewhere": queries.elsewhere(account_id, papers_id=papers_id),
        "form": form,
        "refused": refused,
        "reads": queries.reader_ready(),
        "zone_read": zone_read,
    }
    status = 400 if refused or form.errors else 200
    return render(request, "backoffice/papers.html", context, status=status)


@require_POST
@sensitive_post_parameters("zone")
@staff_only(IDENTITY)
def zone(request: HttpRequest, account_id: int, papers_id: UUID) -> HttpResponse:
    """Compare a machine-readable zone, as typed, with what was filled in."""
    try:
        compared = actions.compare_zone(
            account_id,
            papers_id=papers_id,
            text=request.POST.get("zone", "")[:ZONE_LENGTH_MAX],
            actor=member(request).actor,
            now=clock.now(),
        )
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    else:
        if not compared.findings:
            messages.success(
                request, gettext("The zone fits what was filled in. That proves nothing yet.")
            )
    return redirect("backoffice:papers", account_id, papers_id)


@require_POST
@sensitive_variables("found")
@staff_only(IDENTITY)
def read(request: HttpRequest, account_id: int, papers_id: UUID, document_id: UUID) -> HttpResponse:
    """Show the papers with the zone as a machine read it, for the reader to mend."""
    try:
        row = queries.papers(account_id, papers_id=papers_id)
        found = actions.read_zone(
            account_id,
            papers_id=papers_id,
            document_id=document_id,
            actor=member(request).actor,
            now=clock.now(),
        )
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    except PapersNotTaken as refusal:
        return _queue(request, refused=sentence(refusal), status=403)
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
        return redirect("backoffice:papers", account_id, papers_id)
    form = VerdictForm(initial={"expires_on": row.expires_on})
    return _papers(request, row, form, zone_read=found)


def _case(account_id: int, papers_id: UUID) -> CaseRow | None:
    """Return the case that the handing in opened; papers of before there were such have none."""
    try:
        return cases.case(account_id, case_id=papers_id)
    except NoSuchCase:
        return None


@require_POST
@sensitive_variables("opened")
@staff_only(IDENTITY)
def document(
    request: HttpRequest, account_id: int, papers_id: UUID, document_id: UUID
) -> HttpResponse:
    """Hand one document out as a file that no browser runs; the look is written down."""
    try:
        opened = actions.open_document(
            account_id,
            papers_id=papers_id,
            document_id=document_id,
            actor=member(request).actor,
            now=clock.now(),
        )
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    except PapersNotTaken as refusal:
        return _queue(request, refused=sentence(refusal), status=403)
    except (DocumentHeld, DocumentNotReleased) as refusal:
        messages.error(request, sentence(refusal))
        return redirect("backoffice:papers", account_id, papers_id)
    name = f"{document_id}.{ENDINGS[opened.media]}"
    return HttpResponse(
        opened.content,
        content_type=opened.media.value,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


@require_POST
@sensitive_post_parameters("reason")
@staff_only(IDENTITY)
def release(
    request: HttpRequest, account_id: int, papers_id: UUID, document_id: UUID
) -> HttpResponse:
    """Let a document be opened that no scanner looked at, for the reason given."""
    try:
        actions.release(
            account_id,
            papers_id=papers_id,
            document_id=document_id,
            reason=request.POST.get("reason", ""),
            actor=member(request).actor,
            now=clock.now(),
        )
    except (NoSuchPapers, PapersJudged):
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:papers", account_id, papers_id)
