"""Which texts a program's purchases stand on (ADR 53, 260)."""

from __future__ import annotations

from collections.abc import Sequence

from nummer.apps.accounts import queries as accounts
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.errors import AcceptanceMissing, TextsChanged
from nummer.apps.agreements.queries import AcceptedText
from nummer.faces.api_twilio.call import Call
from nummer.kernel.errors import Refusal


def texts_of(call: Call) -> Sequence[AcceptedText]:
    """Return what was accepted for the caller's credential, if it is what counts now.

    A key has an acceptance of its own. The account's main token stands on what its holder
    accepted last for one of his programs: the newest key whose texts are in force.
    Refuses: AcceptanceMissing, TextsChanged.
    """
    if call.key_id is not None:
        return agreements.current_for_key(call.key_id, now=call.now)
    refused: Refusal = AcceptanceMissing(document=agreements.KEY_DOCUMENTS[0])
    for key in accounts.keys(call.account_id):  # newest first
        if key.revoked_at is not None:
            continue
        try:
            return agreements.current_for_key(key.id, now=call.now)
        except (AcceptanceMissing, TextsChanged) as refusal:
            refused = refusal
    raise refused
