"""What can be told, and which hook of a lease hears it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Purpose(StrEnum):
    """What a hook of one lease is for."""

    SMS = "sms"  # a message came
    STATUS = "status"  # a message that was sent changed its state
    VOICE = "voice"  # a call came


class Sort(StrEnum):
    """Whose events an endpoint hears."""

    ACCOUNT = "account"  # those of the account, of the kinds it names
    LEASE = "lease"  # those of one purpose of one lease
    MESSAGE = "message"  # those that name its address themselves


TEST: Final = "test"  # sent by hand, about nothing

# Only ever grows: customers' programs know these words.
KINDS: Final = (
    "message.received",
    "message.updated",
    "lease.activated",
    "lease.failed",
    "lease.renewed",
    "lease.unpaid",
    "lease.ended",
)

PURPOSES: Final = MappingProxyType(
    {
        "message.received": Purpose.SMS,
        "message.updated": Purpose.STATUS,
    }
)
