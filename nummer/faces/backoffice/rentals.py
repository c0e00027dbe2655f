"""Numbers for rent: a file of them comes into the stock."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from nummer.apps.leases import importing
from nummer.apps.leases.ports import supplier_codes
from nummer.apps.numbers.importing import REASONS, SHEET_BYTES_MAX
from nummer.faces.backoffice.requests import OPERATIONS, member, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(OPERATIONS)
def import_numbers(request: HttpRequest) -> HttpResponse:
    """Take a file of numbers for rent, and say of each line that was left out why."""
    refused, done = "", None
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refused = gettext("Please choose a file.")
        elif file.size is None or file.size > SHEET_BYTES_MAX:
            return render(request, "413.html", status=413)
        else:
            try:
                done = importing.import_for_rent(
                    file.read(),
                    supplier=request.POST.get("supplier", ""),
                    actor=member(request).actor,
                    now=clock.now(),
                )
            except Refusal as refusal:
                refused = sentence(refusal)
    left_out = [] if done is None else done.refused
    context = {
        "columns": ",".join(importing.RENT_COLUMNS),
        "suppliers": supplier_codes(),
        "done": done,
        "lines": [(line, gettext(REASONS[reason])) for line, reason in left_out[:SHOWN]],
        "refused": refused,
    }
    status = 400 if refused else 200
    return render(request, "backoffice/import_for_rent.html", context, status=status)
