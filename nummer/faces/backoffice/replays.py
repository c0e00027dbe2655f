"""The staff's pages of replays: stored decisions computed anew, with progress and differences."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from nummer.apps.refunds import replay
from nummer.apps.refunds.replay import DIFFERENCES_PAGE, DifferenceRow
from nummer.faces.backoffice.requests import COMPLIANCE, FINANCE, member, seen, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(FINANCE, COMPLIANCE)
def listed(request: HttpRequest) -> HttpResponse:
    """List the latest replays, and begin one; while one is under way, that one goes on."""
    if request.method == "POST":
        run_id = replay.start_replay(actor=member(request).actor, now=clock.now())
        return redirect("backoffice:replay", run_id=run_id)
    return render(request, "backoffice/replays.html", {"runs": replay.replay_runs()})


@require_safe
@staff_only(FINANCE, COMPLIANCE)
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show how far a replay is, and each decision that did not give itself."""
    try:
        row = replay.replay_run(run_id)
    except Refusal:
        raise Http404 from None
    found = replay.found_differences(run_id, after=_after(request))
    if found:
        seen(request, verb="list_differences", place="refunds_replaydifference", row=str(run_id))
    context = {
        "run": row,
        "found": found,
        "more": _address(found[-1]) if len(found) == DIFFERENCES_PAGE else "",
    }
    fragment = request.headers.get("HX-Request")
    page = "backoffice/_replay_state.html" if fragment else "backoffice/replay.html"
    return render(request, page, context)


def _address(row: DifferenceRow) -> str:
    return f"{row.account_id}:{row.decision_id}"


def _after(request: HttpRequest) -> tuple[int, UUID]:
    """Return the last decision of the page before, or what stands before all."""
    account, _, decision = request.GET.get("after", "").partition(":")
    try:
        row = DifferenceRow(int(account), UUID(decision), ())
    except ValueError:
        row = DifferenceRow(0, UUID(int=0), ())
    return (row.account_id, row.decision_id) if 0 <= row.account_id < 1 << 63 else (0, UUID(int=0))
