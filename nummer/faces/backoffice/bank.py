"""The staff's pages of the bank: statements, what is in suspense, transfers to make."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.banking import actions, queries
from nummer.apps.banking.errors import StatementTooLarge
from nummer.apps.banking.queries import Deed, EntryRow, Reason, Subject, Why
from nummer.faces.backoffice.requests import FINANCE, member, seen, sentence, staff_only
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.money import Money
from nummer.protocols.bank.references import grouped

PAGE_BYTES_MAX: Final = 2_000_000  # a page answers within seconds; the folder takes larger ones
ACCOUNT_DIGITS_MAX: Final = 18  # a bigint


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(FINANCE)
def bank(request: HttpRequest) -> HttpResponse:
    """Show what is in suspense and which statements were read, and take a new one."""
    refused = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            refused = gettext("Please choose a file.")
        elif (file.size or 0) > PAGE_BYTES_MAX:
            refused = sentence(StatementTooLarge(most=PAGE_BYTES_MAX // 1_000_000))
        else:
            try:
                taken = actions.import_statements(
                    file, actor=member(request).actor, now=clock.now()
                )
            except Refusal as refusal:
                refused = sentence(refusal)
            else:
                messages.success(request, _said(taken))
                return redirect("backoffice:bank")
    rows = queries.suspense()
    if rows:
        seen(request, verb="list_bank_entries", place="banking_entry")
    context = {
        "refused": refused,
        "rows": [(row, _reasons()[Reason(row.reason)], _named(row)) for row in rows],
        "whys": [(why.value, name) for why, name in _whys().items()],
        "sums": [Money(micro, currency) for currency, micro in queries.in_suspense().items()],
        "debits": queries.unmatched_debits(),
        "statements": queries.statements(),
        "actor": member(request).actor,
    }
    return render(request, "backoffice/bank.html", context, status=400 if refused else 200)


@require_POST
@staff_only(FINANCE)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Decide on an entry, release or withdraw what was decided, or say which transfer it is."""
    actor, now = member(request).actor, clock.now()
    try:
        match request.POST.get("button"):
            case "decide":
                if not _decide(request, entry_id):
                    messages.info(request, gettext("Another person has to confirm this."))
                    return redirect("backoffice:bank")
            case "release":
                actions.release(entry_id, actor=actor, now=now)
            case "withdraw":
                actions.withdraw(entry_id, actor=actor, now=now)
            case "confirm":
                word = request.POST.get("reference", "")
                actions.confirm_by_hand(entry_id, reference=word, actor=actor, now=now)
            case _:
                raise Http404
        messages.success(request, gettext("Saved."))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("backoffice:bank")


@require_safe
@staff_only(FINANCE)
def outgoing(request: HttpRequest) -> HttpResponse:
    """List the transfers to make at the bank, with the reference that each has to carry."""
    seen(request, verb="list_bank_transfers", place="banking_reference")
    rows = [(row, grouped(row.word), _ways()[Subject(row.subject)]) for row in queries.outgoing()]
    return render(request, "backoffice/bank_outgoing.html", {"rows": rows})


def _decide(request: HttpRequest, entry_id: UUID) -> bool:
    said = request.POST
    account = said.get("account", "").strip()
    try:
        deed, why = Deed(said.get("deed", "")), Why(said.get("why", ""))
    except ValueError:
        raise Http404 from None
    short = account.isascii() and account.isdigit() and len(account) <= ACCOUNT_DIGITS_MAX
    return actions.decide(
        entry_id,
        deed=deed,
        why=why,
        account_id=int(account) if short else None,
        actor=member(request).actor,
        now=clock.now(),
    )


def _said(taken: actions.Taken) -> str:
    if taken.credited + taken.suspense + taken.other == 0:
        return gettext("Nothing new: every entry of this file was read before.")
    credited = ngettext(
        "%(count)d payment was credited.", "%(count)d payments were credited.", taken.credited
    ) % {"count": taken.credited}
    waiting = ngettext(
        "%(count)d entry waits for you.", "%(count)d entries wait for you.", taken.suspense
    ) % {"count": taken.suspense}
    return f"{credited} {waiting}"


def _named(row: EntryRow) -> list[tuple[str, str]]:
    return [(deed.value, _deeds()[deed]) for deed in row.deeds]


def _reasons() -> dict[Reason, str]:
    return {
        Reason.NO_REFERENCE: gettext("no reference"),
        Reason.SEVERAL_REFERENCES: gettext("several references"),
        Reason.UNKNOWN_REFERENCE: gettext("a reference that we never gave out"),
        Reason.PAID_BEFORE: gettext("the reference was used before"),
        Reason.OTHER_SUM: gettext("another sum than agreed"),
        Reason.OTHER_CURRENCY: gettext("another currency than agreed"),
        Reason.REVERSAL: gettext("the bank took a payment back"),
        Reason.CAME_BACK: gettext("a transfer of ours came back"),
        Reason.DISPUTED: gettext("a transfer for a payment that is disputed"),
        Reason.BATCH: gettext("a batch whose parts are not told apart"),
    }


def _deeds() -> dict[Deed, str]:
    return {
        Deed.GIVE: gettext("Credit to the account"),
        Deed.RETURN: gettext("Send back to the payer"),
        Deed.OWN: gettext("No customer's money"),
        Deed.TAKE_BACK: gettext("Take off the balance what is left of it"),
    }


def _whys() -> dict[Why, str]:
    return {
        Why.MISTYPED: gettext("the reference was mistyped"),
        Why.PROVEN: gettext("the customer showed the receipt of his bank"),
        Why.OTHER_SUM: gettext("the reference is right, the sum another"),
        Why.PAID_TWICE: gettext("paid twice"),
        Why.UNKNOWN: gettext("nobody could say whose it is"),
        Why.NOT_CUSTOMERS: gettext("a settlement, interest, fees or the like"),
        Why.BANK_RECALLED: gettext("recalled by the bank"),
    }


def _ways() -> dict[Subject, str]:
    return {
        Subject.REFUND: gettext(
            "Open the entry with this reference at the bank and send the sum back to its payer."
        ),
        Subject.ENTRY: gettext(
            "Open the entry with this reference at the bank and send it back to its payer."
        ),
        Subject.SHARE: gettext(
            "Call the customer at the phone of the account and type the account number in at the "
            "bank. Never write it down here."
        ),
    }
