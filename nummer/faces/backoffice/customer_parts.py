"""What one customer has, part by part and page by page; each part is for the roles that need it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import queries as cases
from nummer.apps.identity import queries as identity
from nummer.apps.identity.words import Reason, State
from nummer.apps.incidents import queries as incidents
from nummer.apps.leases import queries as leases
from nummer.apps.orders import queries as orders
from nummer.apps.payouts import queries as payouts
from nummer.apps.refunds import queries as refunds
from nummer.faces.backoffice.case_words import KINDS, STATES
from nummer.faces.backoffice.compliance import STATES as ABUSE_STATES
from nummer.faces.backoffice.forms import ID_MAX
from nummer.faces.backoffice.leases import STATES as LEASE_STATES
from nummer.faces.backoffice.papers import REASONS
from nummer.faces.backoffice.payouts import STATES as OPEN_PAYOUTS
from nummer.faces.backoffice.requests import (
    ROWS_PER_PAGE,
    Member,
    member,
    page_of,
    seen,
    staff_only,
)
from nummer.faces.backoffice.rights import COMPLIANCE, FINANCE, OPERATIONS, SUPPORT
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money

PAPER_STATES: Final = {
    State.WAITING: _("being looked at"),
    State.APPROVED: _("accepted"),
    State.REFUSED: _("not accepted"),
}
PAYOUT_STATES: Final = {**OPEN_PAYOUTS, "done": _("done"), "refused": _("not paid out")}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a part: when, what, a state, a sum, and where it leads, where the role may go."""

    at: datetime
    what: str | Promise
    state: str | Promise
    amount: Money | None
    address: str
    cursor: str


Read = Callable[[int, str, int], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a customer has, and who needs to see it."""

    title: Promise
    roles: tuple[str, ...]
    read: Read


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _orders(account_id: int, before: str, limit: int) -> list[Row]:
    last = _uuid(before)
    rows = orders.recent(
        after=None if last is None else (account_id, last), limit=limit, account_ids=[account_id]
    )
    return [
        Row(
            row.placed_at,
            f"{row.service} · {row.country}",
            row.surface,
            row.total,
            reverse("backoffice:order", args=[account_id, row.id]),
            str(row.id),
        )
        for row in rows
    ]


def _numbers(account_id: int, before: str, limit: int) -> list[Row]:
    rows = leases.leases_of(account_id, before=_uuid(before), limit=limit)
    return [
        Row(
            row.placed_at,
            row.number.international(),
            LEASE_STATES[row.state.value],
            row.monthly_net,
            reverse("backoffice:lease", args=[account_id, row.id]),
            str(row.id),
        )
        for row in rows
    ]


def _decisions(account_id: int, before: str, limit: int) -> list[Row]:
    rows = refunds.latest_decisions(account_id, before=_uuid(before), limit=limit)
    return [
        Row(row.decided_at, " ".join(row.clauses), row.decision, row.amount, "", str(row.id))
        for row in rows
    ]


def _payouts(account_id: int, before: str, limit: int) -> list[Row]:
    rows = payouts.payouts(account_id, before=_uuid(before), limit=limit)
    return [
        Row(row.received_at, row.clause, PAYOUT_STATES[row.state], row.granted, "", str(row.id))
        for row in rows
    ]


def _papers(account_id: int, before: str, limit: int) -> list[Row]:
    del (
        before,
        limit,
    )  # few, and shown whole: when they came and what was said, never what is in them
    return [
        Row(
            row.handed_in_at,
            " ".join(str(REASONS[Reason(one)]) for one in row.reasons),
            PAPER_STATES[row.state],
            None,
            "",
            str(row.id),
        )
        for row in identity.papers_of(account_id)[:ROWS_PER_PAGE]
    ]


def _cases(account_id: int, before: str, limit: int) -> list[Row]:
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None  # noqa: PLR2004 -- an integer
    return [
        Row(
            row.head.received_at,
            KINDS[row.head.kind],
            STATES[row.head.state],
            None,
            reverse("backoffice:case", args=[row.head.number]),
            str(row.head.number),
        )
        for row in cases.cases_of(account_id, before=number, limit=limit)
    ]


def _misuse(account_id: int, before: str, limit: int) -> list[Row]:
    del before
    return [
        Row(
            row.decided_at,
            row.steps[0].reference,
            ABUSE_STATES[row.state],
            None,
            reverse("backoffice:abuse-case", args=[account_id, row.id]),
            str(row.id),
        )
        for row in incidents.abuse_of(account_id)[: limit - 1]
    ]


PARTS: Final[dict[str, Part]] = {
    "orders": Part(_("Orders"), (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS), _orders),
    "numbers": Part(_("Rented numbers"), (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS), _numbers),
    "refunds": Part(_("Refund decisions"), (SUPPORT, FINANCE, COMPLIANCE), _decisions),
    "payouts": Part(_("Payouts"), (SUPPORT, FINANCE, COMPLIANCE), _payouts),
    "papers": Part(_("Papers"), (SUPPORT, COMPLIANCE), _papers),
    "cases": Part(_("Cases"), (SUPPORT, FINANCE, COMPLIANCE), _cases),
    "misuse": Part(_("Cases of abuse"), (COMPLIANCE,), _misuse),
}
# Pages that there were before, beside the parts: their titles, addresses and roles.
_BESIDE: Final = (
    (_("Payments"), "backoffice:payer", (FINANCE, SUPPORT, COMPLIANCE)),
    (_("Letters"), "backoffice:letters-of", (SUPPORT, OPERATIONS)),
    (_("Blocks and limits"), "backoffice:account", (COMPLIANCE, OPERATIONS)),
)


def tabs(person: Member, account_id: int, *, here: str = "") -> list[tuple[Promise, str, bool]]:
    """Return title and address of each part that a role may see, and which of them is shown."""
    found = [
        (part.title, reverse("backoffice:customer-part", args=[account_id, name]), name == here)
        for name, part in PARTS.items()
        if person.may(part.roles)
    ]
    return found + [
        (title, reverse(name, args=[account_id]), False)
        for title, name, roles in _BESIDE
        if person.may(roles)
    ]


@require_safe
@staff_only()
def part(request: HttpRequest, account_id: int, part: str) -> HttpResponse:
    """Show one part of what a customer has; that it was seen stands in his list of looks."""
    wanted = PARTS.get(part)
    if wanted is None or account_id > ID_MAX or not accounts.known(account_id):
        raise Http404
    person = member(request)
    if not person.may(wanted.roles):
        raise PermissionDenied
    seen(request, verb="view_account", place=f"customer_{part}", row=str(account_id))
    try:
        found = wanted.read(account_id, request.GET.get("before", "")[:40], ROWS_PER_PAGE + 1)
    except Refusal:  # the row that the address names is none of his
        raise Http404 from None
    rows, more = page_of(found)
    context = {
        "account_id": account_id,
        "title": wanted.title,
        "rows": rows,
        "more": more,
        "tabs": tabs(person, account_id, here=part),
    }
    return render(request, "backoffice/customer_part.html", context)
