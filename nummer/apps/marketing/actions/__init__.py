"""The verbs of marketing."""

from __future__ import annotations

from nummer.apps.marketing.actions.agreeing import ask, confirm, import_consents, withdraw
from nummer.apps.marketing.actions.campaigns import draft, release, save_segment, stop
from nummer.apps.marketing.actions.profiles import set_profile
from nummer.apps.marketing.actions.sending import send_batch

__all__ = [
    "ask",
    "confirm",
    "draft",
    "import_consents",
    "release",
    "save_segment",
    "send_batch",
    "set_profile",
    "stop",
    "withdraw",
]
