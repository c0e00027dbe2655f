"""One conversation of a rented number, both directions, with a form to write back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nummer.apps.leases import queries as leases
from nummer.apps.messaging import actions
from nummer.apps.messaging import queries as messaging
from nummer.apps.messaging.actions import SmsWish
from nummer.apps.messaging.actions.drafting import BODY_CHARACTERS_MAX
from nummer.apps.messaging.queries import Conversation, Sms, SmsState
from nummer.apps.messaging.theirs import writable
from nummer.faces.site.exports import csv_answer
from nummer.faces.site.refusals import sentence
from nummer.faces.site.requests import account_id, customers_only
from nummer.faces.site.views.inbox import uuid_of
from nummer.kernel import clock
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.policy.lease import SERVED

SMS_PER_PAGE: Final = 50
SMS_PER_EXPORT_STEP: Final = 500
SURFACE: Final = "site"
MOVING: Final = frozenset({SmsState.QUEUED, SmsState.TAKEN, SmsState.SENT})
# A carrier that reports does so within minutes; after that a page need not ask again by itself.
WATCHED: Final = timedelta(minutes=10)


class ReplyForm(forms.Form):
    """A text to the other side; the key makes two clicks one SMS."""

    body = forms.CharField(
        label=_("Your SMS"),
        max_length=BODY_CHARACTERS_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)


class SmsForm(ReplyForm):
    """A text to anybody, from one of the customer's numbers."""

    number = forms.ChoiceField(label=_("From your number"))
    to = forms.CharField(
        label=_("To"),
        help_text=_("With country code, for example +47 900 00 000."),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    field_order = ("number", "to", "body", "key")

    def __init__(self, *args: object, numbers: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choice = self.fields["number"]
        assert isinstance(choice, forms.ChoiceField), "it was declared as one"
        choice.choices = numbers


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def conversation(request: HttpRequest, lease_id: UUID, conversation_id: UUID) -> HttpResponse:
    """Show a conversation, newest SMS last, and send what was written."""
    customer = account_id(request)
    found = messaging.conversation(customer, lease_id=lease_id, conversation_id=conversation_id)
    if request.headers.get("HX-Request") and request.method != "POST":
        return render(request, "site/_thread.html", _thread(request, found))
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _send(
                customer,
                lease_id=lease_id,
                to=found.theirs,
                body=form.cleaned_data["body"],
                key=form.cleaned_data["key"],
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Your SMS is on its way."))
            return redirect("site:conversation", lease_id=lease_id, conversation_id=conversation_id)
    lease = leases.lease(customer, lease_id=lease_id)
    context = _thread(request, found) | {
        "form": form,
        "writable": writable(found.theirs) is not None,
        "serves": lease.state in SERVED,
    }
    return render(request, "site/conversation.html", context, status=400 if form.errors else 200)


def _thread(request: HttpRequest, found: Conversation) -> dict[str, object]:
    """Return what a page of a conversation shows; seeing its newest SMS is reading it."""
    before = uuid_of(request)
    rows = messaging.thread(
        found.account_id,
        lease_id=found.lease_id,
        conversation_id=found.id,
        before=before,
        limit=SMS_PER_PAGE + 1,
    )
    shown, now = rows[:SMS_PER_PAGE], clock.now()
    if before is None and shown:
        actions.mark_read(
            found.account_id,
            lease_id=found.lease_id,
            theirs_index=found.index,
            until=shown[0].id,
            now=now,
        )
    return {
        "conversation": found,
        "rows": [(row, _state(row)) for row in reversed(shown)],
        "moving": any(row.state in MOVING and now - row.created_at < WATCHED for row in shown),
        "more": shown[-1].id if len(rows) > SMS_PER_PAGE else None,
        "paged": before is not None,
    }


def _state(sms: Sms) -> str:
    """Return how far an SMS came, as its sender reads it; nothing for one that came in."""
    names = {
        SmsState.RECEIVED: "",
        SmsState.QUEUED: pgettext("SMS", "waits to be sent"),
        SmsState.TAKEN: pgettext("SMS", "is being sent"),
        SmsState.SENT: pgettext("SMS", "sent"),
        SmsState.DELIVERED: pgettext("SMS", "delivered"),
        SmsState.UNDELIVERED: pgettext("SMS", "not delivered"),
        SmsState.FAILED: pgettext("SMS", "not sent, not charged"),
        SmsState.UNKNOWN: pgettext("SMS", "sent, without an answer yet"),
    }
    return names[sms.state]


def _send(customer: int, *, lease_id: UUID, to: str, body: str, key: UUID) -> Sms:
    wish = SmsWish(lease_id=lease_id, to=to, body=body, key=key, surface=SURFACE)
    return actions.send_sms(customer, wish=wish, now=clock.now())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customers_only
def new(request: HttpRequest) -> HttpResponse:
    """Write to somebody from one of the customer's numbers."""
    customer = account_id(request)
    numbers = [
        (str(row.id), row.number.international())
        for row in leases.leases_of(customer, limit=leases.LISTED_MAX)
        if row.state in SERVED
    ]
    initial = {"number": request.GET.get("number", "")}
    posted = request.POST if request.method == "POST" else None
    form = SmsForm(posted, numbers=numbers, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            sent = _send(
                customer,
                lease_id=UUID(given["number"]),
                to=given["to"],
                body=given["body"],
                key=given["key"],
            )
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            messages.success(request, gettext("Your SMS is on its way."))
            return redirect(
                "site:conversation",
                lease_id=sent.lease_id,
                conversation_id=messaging.conversation_id(customer, theirs=sent.theirs),
            )
    context = {"form": form, "numbers": numbers}
    return render(request, "site/sms_new.html", context, status=400 if form.errors else 200)


ENCODINGS: Final = {
    "gsm7": gettext_noop("plain letters"),
    "ucs2": gettext_noop("with signs that need more room, such as emoji"),
}


@never_cache
@require_POST
@customers_only
def price(request: HttpRequest) -> HttpResponse:
    """Say what the text costs that is being written: parts, letters, price, as it is charged."""
    given = request.POST
    context: dict[str, object] = {}
    try:
        lease_id = UUID(given.get("number", ""))
        found = actions.sms_price(
            account_id(request),
            lease_id=lease_id,
            to=_recipient(request, lease_id),
            body=given.get("body", "")[: BODY_CHARACTERS_MAX + 1],
            now=clock.now(),
        )
        context = {"price": found, "letters": gettext(ENCODINGS[found.encoding])}
    except ValueError:
        pass  # nothing to say before it is known from where and to whom
    except Refusal as refusal:
        context = {"refused": sentence(refusal)}
    return render(request, "site/_sms_price.html", context)


def _recipient(request: HttpRequest, lease_id: UUID) -> str:
    """Return to whom the text goes: as written, or the other side of the conversation it is in."""
    if "conversation" not in request.POST:
        if not request.POST.get("to", "").strip():
            raise ValueError("no recipient yet")
        return request.POST["to"]
    found = messaging.conversation(
        account_id(request),
        lease_id=lease_id,
        conversation_id=UUID(request.POST["conversation"]),
    )
    return found.theirs


@require_POST
@customers_only
def delete(request: HttpRequest, sms_id: UUID) -> HttpResponse:
    """Delete one SMS, or only its text."""
    customer = account_id(request)
    found = messaging.sms(customer, sms_id=sms_id)
    if request.POST.get("what") == "text":
        actions.redact_sms(customer, sms_id=sms_id, now=clock.now())
        messages.success(request, gettext("The text is deleted."))
    else:
        actions.delete_sms(customer, sms_id=sms_id, now=clock.now())
        messages.success(request, gettext("The SMS is deleted."))
    key = messaging.conversation_id(customer, theirs=found.theirs)
    if messaging.thread(customer, lease_id=found.lease_id, conversation_id=key, limit=1):
        return redirect("site:conversation", lease_id=found.lease_id, conversation_id=key)
    return redirect("site:inbox")


@never_cache
@require_safe
@customers_only
def export(request: HttpRequest, lease_id: UUID, conversation_id: UUID) -> StreamingHttpResponse:
    """Give a conversation as CSV, newest first."""
    customer = account_id(request)
    found = messaging.conversation(customer, lease_id=lease_id, conversation_id=conversation_id)
    return csv_answer(
        "sms.csv",
        head=[
            "id",
            "at",
            "direction",
            "number",
            "other_side",
            "text",
            "parts",
            "state",
            "price",
            "currency",
            "sent_at",
            "done_at",
        ],
        steps=_export_steps(found),
    )


def _export_steps(found: Conversation) -> Iterator[list[list[str]]]:
    before: UUID | None = None
    while rows := messaging.thread(
        found.account_id,
        lease_id=found.lease_id,
        conversation_id=found.id,
        before=before,
        limit=SMS_PER_EXPORT_STEP,
    ):
        yield [_exported(row) for row in rows]
        before = rows[-1].id


def _exported(sms: Sms) -> list[str]:
    return [
        str(sms.id),
        sms.created_at.isoformat(),
        sms.direction.value,
        sms.ours.e164,
        sms.theirs,
        sms.body or "",
        str(sms.parts),
        sms.state.value,
        "" if sms.price is None else sms.price.decimal_text(),
        "" if sms.price is None else sms.price.currency,
        "" if sms.sent_at is None else sms.sent_at.isoformat(),
        "" if sms.done_at is None else sms.done_at.isoformat(),
    ]
