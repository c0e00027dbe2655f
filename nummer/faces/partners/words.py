"""Which word each refusal is in the protocol of partners; tests/dialects proves none is missing."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "partner_key_unknown": "BAD_KEY",
    "partner_push_unknown": "BAD_ACTION",
    "partner_push_malformed": "BAD_DATA",
    "partner_calls_not_taken": "CALLS_NOT_TAKEN",
    "number_not_of_partner": "BAD_PHONE",
}
UNAVAILABLE: Final = "SERVER_ERROR"
