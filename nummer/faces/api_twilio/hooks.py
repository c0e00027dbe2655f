"""What a number calls when something happens: addresses, given, kept and answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.apps.webhooks import actions as webhooks
from nummer.apps.webhooks import queries
from nummer.apps.webhooks.actions.addresses import require_callable
from nummer.apps.webhooks.queries import LeaseHook
from nummer.faces.api_twilio.answers import Json
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import HookMethodMalformed, ParameterNotOffered

DIALECT: Final = "twilio"
METHODS: Final = ("GET", "POST")

Hooked = Mapping[str, LeaseHook]  # by purpose


@dataclass(frozen=True, slots=True)
class _Names:
    """What the parameters of one purpose are called; an empty name is none."""

    url: str
    method: str
    fallback: str
    fallback_method: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What was said of one purpose; None leaves what there is."""

    url: str | None
    method: str | None
    fallback_url: str | None


_PURPOSES: Final = {
    "sms": _Names("SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"),
    "voice": _Names("VoiceUrl", "VoiceMethod", "VoiceFallbackUrl", "VoiceFallbackMethod"),
    "status": _Names("StatusCallback", "StatusCallbackMethod", "", ""),
}


def settings_given(call: Call) -> Mapping[str, Setting]:
    """Read and check what shall be called, by purpose.

    Refuses: HookMethodMalformed, AddressRefused, ParameterNotOffered (a fallback by GET).
    """
    found = {purpose: _setting(call, names) for purpose, names in _PURPOSES.items()}
    return {
        purpose: setting
        for purpose, setting in found.items()
        if (setting.url, setting.method, setting.fallback_url) != (None, None, None)
    }


def keep(
    account_id: int, *, lease_id: UUID, settings: Mapping[str, Setting], now: datetime
) -> None:
    """Keep what was given, beside what there is. Refuses: AddressRefused."""
    if not settings:
        return
    known = of_leases(account_id, lease_ids=[lease_id]).get(lease_id, {})
    for purpose, setting in settings.items():
        before = known.get(purpose)
        webhooks.set_lease_hook(
            account_id,
            lease_id=lease_id,
            dialect=DIALECT,
            purpose=purpose,
            url=_either(setting.url, before.url if before else ""),
            method=_either(setting.method, before.method if before else "POST"),
            fallback_url=_either(setting.fallback_url, before.fallback_url if before else ""),
            now=now,
        )


def of_leases(account_id: int, *, lease_ids: Sequence[UUID]) -> dict[UUID, Hooked]:
    """Return the hooks of several numbers that speak this protocol."""
    if len(lease_ids) == 1:
        rows = queries.lease_hooks(account_id, lease_id=lease_ids[0])
    else:
        rows = queries.lease_hooks_of(account_id) if lease_ids else []
    found: defaultdict[UUID, dict[str, LeaseHook]] = defaultdict(dict)
    for row in rows:
        if row.dialect == DIALECT:
            found[row.lease_id][row.purpose] = row
    return dict(found)


def form(hooked: Hooked | None) -> dict[str, Json]:
    """Write the addresses of a number."""
    sms, voice, status = ((hooked or {}).get(purpose) for purpose in ("sms", "voice", "status"))
    return {
        "sms_url": sms.url if sms else "",
        "sms_method": sms.method if sms else "POST",
        "sms_fallback_url": sms.fallback_url if sms else "",
        "sms_fallback_method": "POST",
        "voice_url": voice.url if voice else "",
        "voice_method": voice.method if voice else "POST",
        "voice_fallback_url": voice.fallback_url if voice else "",
        "voice_fallback_method": "POST",
        "status_callback": status.url if status else "",
        "status_callback_method": status.method if status else "POST",
    }


def _setting(call: Call, names: _Names) -> Setting:
    asked = call.parameters
    method = asked.text(names.method).upper() or None
    if method not in (None, *METHODS):
        raise HookMethodMalformed(name=names.method)
    if names.fallback_method and asked.text(names.fallback_method).upper() not in ("", "POST"):
        raise ParameterNotOffered(name=names.fallback_method)
    return Setting(_address(call, names.url), method, _address(call, names.fallback))


def _address(call: Call, name: str) -> str | None:
    """Return an address to call, an empty one to call none, None where nothing was said."""
    if not name or name not in call.parameters:
        return None
    url = call.parameters.text(name)
    if url:
        require_callable(url)
    return url


def _either(said: str | None, before: str) -> str:
    return before if said is None else said
