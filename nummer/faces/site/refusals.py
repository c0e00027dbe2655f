"""How a refusal is told to the person in front of the page, in her language."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext

from nummer.kernel.errors import Refusal

# What the account does not have answers like what does not exist.
NOT_FOUND: Final = frozenset(
    {
        "no_such_activation",
        "no_such_abuse_case",
        "no_such_case",
        "no_such_claim",
        "no_such_conversation",
        "no_such_handover",
        "no_such_lease",
        "no_such_letter",
        "no_such_order",
        "no_such_key",
        "no_such_delivery",
        "no_such_document",
        "no_such_endpoint",
        "no_such_invoice",
        "no_such_account",
        "no_such_incident",
        "no_such_invitation",
        "no_such_member",
        "no_such_papers",
        "no_such_payout",
        "no_such_port_out",
        "no_such_session",
        "no_such_sms",
        "no_such_top_up",
        "unknown_service",
        "unknown_city",
        "unknown_country",
        "unknown_document",
        "unknown_top_up",
    }
)


def sentence(refusal: Refusal) -> str:
    """Return the refusal's sentence with its data, translated."""
    return gettext(refusal.sentence) % refusal.data
