"""What a number calls when something happens: addresses, given and answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nummer.faces.api_twilio.answers import Json
from nummer.faces.api_twilio.call import Call
from nummer.faces.api_twilio.errors import HookMethodMalformed, ParameterNotOffered

METHODS: Final = ("GET", "POST")


@dataclass(frozen=True, slots=True)
class Hooked:
    """The addresses of one number, by what they are for."""


def settings_given(call: Call) -> Mapping[str, str]:
    """Read and check what shall be called. Refuses: HookMethodMalformed, ParameterNotOffered."""
    for name in ("SmsMethod", "SmsFallbackMethod", "VoiceMethod", "StatusCallbackMethod"):
        if call.parameters.text(name) not in ("", *METHODS):
            raise HookMethodMalformed(name=name)
    for name in ("SmsUrl", "SmsFallbackUrl", "VoiceUrl", "StatusCallback"):
        if call.parameters.text(name):
            raise ParameterNotOffered(name=name)
    return {}


def keep(account_id: int, *, lease_id: UUID, settings: Mapping[str, str], now: datetime) -> None:
    """Keep what was given."""
    del account_id, lease_id, settings, now


def of_leases(account_id: int, *, lease_ids: Sequence[UUID]) -> dict[UUID, Hooked]:
    """Return the addresses of several numbers."""
    del account_id, lease_ids
    return {}


def form(hooked: Hooked | None) -> dict[str, Json]:
    """Write the addresses of a number."""
    del hooked
    return {
        "sms_url": "",
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "voice_url": "",
        "voice_method": "POST",
        "voice_fallback_url": "",
        "voice_fallback_method": "POST",
        "status_callback": "",
        "status_callback_method": "POST",
    }
