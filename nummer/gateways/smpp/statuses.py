"""Which command_status tells a customer's program of which refusal (SMPP 3.4, section 5.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nummer.protocols.smpp.words import Status

# RTHROTTLED and RMSGQFUL mean "again later": programs repeat what they answer, so they stand for
# limits alone, and never for what waiting does not change.
STATUSES: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "number_cannot_send": Status.RINVSRCADR,
        "no_such_lease": Status.RINVSRCADR,
        "recipient_not_possible": Status.RINVDSTADR,
        "recipient_is_sender": Status.RINVDSTADR,
        "recipient_opted_out": Status.RINVDSTADR,
        "no_rate": Status.RINVDSTADR,
        "text_missing": Status.RINVMSGLEN,
        "text_too_long": Status.RINVMSGLEN,
        "text_not_sendable": Status.RSUBMITFAIL,
        "insufficient_balance": Status.RSUBMITFAIL,
        "wallet_missing": Status.RSUBMITFAIL,
        "wrong_currency": Status.RSUBMITFAIL,
        "account_suspended": Status.RSUBMITFAIL,
        "number_suspended": Status.RSUBMITFAIL,
        "balance_blocked": Status.RSUBMITFAIL,
        "too_many_sms": Status.RTHROTTLED,
        "sending_unusual": Status.RSUBMITFAIL,
        "spend_limit_reached": Status.RSUBMITFAIL,
        "quiet_hours": Status.RSUBMITFAIL,
    }
)


def status_of(code: str) -> Status:
    """Return the status of a refusal; one without a row of its own is permanent."""
    return STATUSES.get(code, Status.RSUBMITFAIL)
