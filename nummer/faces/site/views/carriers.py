"""A carrier's own page: its numbers and what it let us know, for whoever has its key.

The key is bound to one carrier, and only that carrier's rows are ever asked for; nothing is shown
of whoever has a number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from nummer.apps.incidents.actions import keys, notices
from nummer.apps.incidents.actions.keys import KeyRow
from nummer.apps.numbers import queries as numbers
from nummer.kernel import clock
from nummer.kernel.limits import CallLimit

SESSION_KEY: Final = "carrier_key"
SINCE: Final = "carrier_since"
LASTS: Final = timedelta(hours=12)
ROWS: Final = 100
NOTICES: Final = 20
# From one address for one carrier's code, in this process: who guesses keeps nobody else out.
TRIES: Final = CallLimit(per_s=0.2, burst=20)
EVENTS: Final = {
    "block": _("taken away for good"),
    "fault": _("does not work"),
    "repair": _("works again"),
}
STATUSES: Final = {
    "active": _("in use"),
    "blocked": _("blocked"),
    "withdrawn": _("withdrawn by us"),
}


class CarrierForm(forms.Form):
    """What lets somebody of a carrier in."""

    carrier = forms.SlugField(label=_("Carrier"), max_length=20)
    key = forms.CharField(
        label=_("Key"), max_length=100, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show a carrier's own numbers and notices; ask for its key first."""
    key = _key(request)
    if request.method != "POST":
        return _form(request, CarrierForm()) if key is None else _own(request, key)
    form = CarrierForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=400)
    said = form.cleaned_data
    if TRIES.wait_s((get_adapter(request).get_client_ip(request), said["carrier"])):
        form.add_error(None, gettext("Too many attempts. Please wait a minute."))
        return _form(request, form, status=429)
    key = keys.key_shown(said["carrier"], secret=said["key"], now=clock.now())
    if key is None:
        form.add_error(None, gettext("This is not a key of this carrier."))
        return _form(request, form, status=403)
    request.session.cycle_key()
    request.session[SESSION_KEY] = str(key.id)
    request.session[SINCE] = clock.now().isoformat()
    return redirect("site:carrier")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the key that was shown."""
    for name in (SESSION_KEY, SINCE):
        request.session.pop(name, None)
    return redirect("site:carrier")


def _key(request: HttpRequest) -> KeyRow | None:
    """Return the key that was shown in this session, as long as it counts."""
    shown, since = request.session.get(SESSION_KEY), request.session.get(SINCE)
    if not isinstance(shown, str) or not isinstance(since, str):
        return None
    if clock.now() - datetime.fromisoformat(since) > LASTS:
        return None
    return keys.live_key(UUID(shown))


def _own(request: HttpRequest, key: KeyRow) -> HttpResponse:
    rows = numbers.numbers_of_carrier(
        key.carrier, after=request.GET.get("after", "")[:20].replace("\0", ""), limit=ROWS
    )
    told = notices.notices_of(key.carrier, limit=NOTICES)
    context = {
        "carrier": key.carrier,
        "rows": [(row, STATUSES[row.status]) for row in rows],
        "more": rows[-1].number.e164 if len(rows) == ROWS else "",
        "notices": [(row, EVENTS[row.event.value]) for row in told],
    }
    return render(request, "site/carrier.html", context)


def _form(request: HttpRequest, form: CarrierForm, *, status: int = 200) -> HttpResponse:
    return render(request, "site/carrier_key.html", {"form": form}, status=status)
