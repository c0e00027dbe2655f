"""A customer's papers: what is asked for and why, handing in, the answer, and who looked when."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from nummer.apps.catalogue import queries as catalogue
from nummer.apps.identity import actions, queries
from nummer.apps.identity.contents import DOCUMENT_BYTES_MAX
from nummer.apps.identity.queries import Asked
from nummer.apps.identity.words import DocumentKind, Field, Reason, State, Verdict
from nummer.apps.leases.papers import asked_first, asked_now, waiting_for_papers
from nummer.apps.outbound import queries as outbound
from nummer.faces.site import passed_on
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
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
    DocumentKind.IDENTITY: _("Proof of identity, such as a passport"),
    DocumentKind.ADDRESS: _("Proof of address, such as a bill"),
    DocumentKind.COMPANY: _("Entry in the register of companies"),
}
STATES: Final = {
    State.WAITING: _("being looked at"),
    State.APPROVED: _("accepted"),
    State.REFUSED: _("not accepted"),
}
VERDICTS: Final = {
    Verdict.PENDING: _("being looked at"),
    Verdict.ACCEPTED: _("accepted"),
    Verdict.REFUSED: _("not accepted"),
}
NOT_SENT: Final = pgettext_lazy("papers", "on the way")
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


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@customers_only
def papers(request: HttpRequest) -> HttpResponse:
    """Show everything about the account's papers, and take them when the form is sent."""
    customer = account_id(request)
    waiting = waiting_for_papers(customer, now=clock.now())
    wanted = asked_now(customer, now=clock.now())
    refused = ""
    if request.method == "POST":
        try:
            _hand_in(request, customer, wanted)
        except Refusal as refusal:
            refused = sentence(refusal)
        else:
            messages.success(request, gettext("We have your papers and look at them."))
            return redirect("site:papers")
    typed = request.POST if refused else {}
    context = {
        "waiting": [
            (one, [DOCUMENT_NAMES[kind] for kind in one.asked.documents]) for one in waiting
        ],
        "asked": bool(wanted),
        "always": asked_first(customer, now=clock.now()),
        "being_judged": queries.waiting(customer),
        "held": queries.held(customer),
        "fields": [(name, FIELD_NAMES[name], typed.get(name, "")) for name in wanted.fields],
        "documents": [(kind, DOCUMENT_NAMES[kind]) for kind in wanted.documents],
        "megabytes": DOCUMENT_BYTES_MAX // 1_000_000,
        "refused": refused,
        "handed_in": [
            (row, STATES[row.state], [REASONS[reason] for reason in row.reasons])
            for row in queries.papers_of(customer)
        ],
        "looks": [
            (look.at, DOCUMENT_NAMES[DocumentKind(look.document)] if look.document else "")
            for look in queries.looks(customer)
        ],
        "sent": [
            (
                row,
                [
                    *(FIELD_NAMES[name] for name in row.fields),
                    *(DOCUMENT_NAMES[kind] for kind in row.documents),
                ],
                VERDICTS[row.verdict] if row.sent_at else NOT_SENT,
            )
            for row in queries.transfers(customer)
        ],
        "left": [(row.at, *passed_on.said(row)) for row in outbound.passages(customer)],
        "countries": countries() if Field.COUNTRY in wanted.fields else (),
    }
    return render(request, "site/papers.html", context, status=409 if refused else 200)


def _hand_in(request: HttpRequest, customer: int, wanted: Asked) -> None:
    """Refuses what `hand_in` refuses."""
    documents = {}
    for kind in wanted.documents:
        file = request.FILES.get(f"document-{kind}")
        if file is not None:
            documents[kind] = file.read()
    fields = {name: request.POST.get(name, "") for name in wanted.fields}
    actions.hand_in(customer, wanted=wanted, fields=fields, documents=documents, now=clock.now())


def countries() -> list[tuple[str, str]]:
    """Return code and name of each country, by the names in the reader's language."""
    language = (get_language() or "en").split("-")[0]
    rows = [(row.code, row.name(language)) for row in catalogue.countries()]
    return sorted(rows, key=lambda row: row[1].casefold())
