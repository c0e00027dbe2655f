"""Delivery receipts: SMPP 3.4 appendix B and the parameters that say the same without text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReceiptState(StrEnum):
    """message_state, SMPP 3.4 section 5.2.28."""

    ENROUTE = "enroute"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    DELETED = "deleted"
    UNDELIVERABLE = "undeliverable"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that we sent; the id is the carrier's."""

    message_id: str
    state: ReceiptState


BY_NUMBER: Final[Mapping[int, ReceiptState]] = dict(enumerate(ReceiptState, start=1))
# Appendix B shortens the states to seven letters, not always the first seven.
_SHORT: Final[Mapping[ReceiptState, str]] = {
    ReceiptState.DELIVERED: "DELIVRD",
    ReceiptState.UNDELIVERABLE: "UNDELIV",
    ReceiptState.ACCEPTED: "ACCEPTD",
    ReceiptState.REJECTED: "REJECTD",
}
BY_WORD: Final[Mapping[str, ReceiptState]] = {
    **{state.name[:7]: state for state in ReceiptState},
    **{word: state for state, word in _SHORT.items()},
}
_ID: Final = re.compile(rb"\bid:\s*([^\s]{1,65})", re.IGNORECASE)
# Carriers that write the text in GSM 7 bit write the underscore so; no id holds a control octet.
_GSM_UNDERSCORE: Final = b"\x11"
_NUMBER: Final = re.compile(r"[0-9A-Fa-f]{1,20}")
_STATE: Final = re.compile(rb"\bstat:\s*([A-Z]{2,8})", re.IGNORECASE)


def parse_receipt(
    body: bytes, *, message_id: bytes | None, message_state: bytes | None
) -> Receipt | None:
    """Read a receipt from its text and from receipted_message_id and message_state, which win.

    None where nothing says which message it is about.
    """
    identity = (message_id or b"").split(b"\0", 1)[0]
    if not identity and (found := _ID.search(body)):
        identity = found.group(1).replace(_GSM_UNDERSCORE, b"_")
    if not identity:
        return None
    return Receipt(identity.decode("latin-1"), _state(body, message_state))


def _state(body: bytes, message_state: bytes | None) -> ReceiptState:
    if message_state:
        return BY_NUMBER.get(message_state[-1], ReceiptState.UNKNOWN)
    found = _STATE.search(body)
    word = found.group(1).decode("ascii").upper() if found else ""
    return BY_WORD.get(word, ReceiptState.UNKNOWN)


def other_spellings(message_id: str) -> tuple[str, ...]:
    """Return how a submit_sm_resp may have written the id that a receipt names.

    Appendix B calls it a decimal number, and many carriers answer in hexadecimal, with or without
    zeros in front. Nothing for an id that is no number.
    """
    if not _NUMBER.fullmatch(message_id):
        return ()
    values = {int(message_id, 16)}
    if message_id.isdecimal():
        values.add(int(message_id))
    written = {
        form
        for v in values
        for form in (f"{v}", f"{v:010}", f"{v:x}", f"{v:X}", f"{v:08x}", f"{v:08X}")
    }
    return tuple(sorted(written - {message_id}))


def receipt_text(receipt: Receipt, *, minute: str) -> str:
    """Write the text of appendix B; `minute` is YYMMDDhhmm for both dates."""
    word = _SHORT.get(receipt.state, receipt.state.name[:7])
    good = receipt.state is ReceiptState.DELIVERED
    return (
        f"id:{receipt.message_id} sub:001 dlvrd:{int(good):03d} submit date:{minute} "
        f"done date:{minute} stat:{word} err:{0 if good else 1:03d} text:"
    )
