"""One SMS as it arrived, whole or in part, with what we need to recognise it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nummer.apps.vault.actions import blind_index
from nummer.protocols.sms.inbound import IncomingSms, decode_text


@dataclass(frozen=True, slots=True)
class Arrival:
    """A whole message: decoded, with its raw form and an index of its content."""

    carrier: str
    number: str  # our number, with +
    sender: str
    text: str
    raw: bytes
    content_index: bytes
    parts: int
    received_at: datetime
    may_be_repeat: bool


def whole(sms: IncomingSms, *, default_alphabet: str) -> Arrival:
    """Decode a message of one part. Decoding never refuses."""
    raw = raw_form(sms)
    return Arrival(
        carrier=sms.carrier,
        number=f"+{sms.destination}",
        sender=sms.source,
        text=decode_text(sms, default_alphabet),
        raw=raw,
        content_index=blind_index("sms", raw.decode()),
        parts=1,
        received_at=sms.received_at,
        may_be_repeat=sms.may_be_repeat,
    )


def joined(parts: list[tuple[int, IncomingSms]], *, default_alphabet: str) -> Arrival:
    """Decode a message of several parts, in order; a part that never came leaves a mark."""
    first = parts[0][1]
    pieces: list[str] = []
    expected = 1
    for sequence, sms in parts:
        pieces.extend("…" for _ in range(expected, sequence))
        pieces.append(decode_text(sms, default_alphabet))
        expected = sequence + 1
    raw = b"[" + b",".join(raw_form(sms) for _, sms in parts) + b"]"
    return Arrival(
        carrier=first.carrier,
        number=f"+{first.destination}",
        sender=first.source,
        text="".join(pieces),
        raw=raw,
        content_index=blind_index("sms", raw.decode()),
        parts=len(parts),
        received_at=min(sms.received_at for _, sms in parts),
        may_be_repeat=any(sms.may_be_repeat for _, sms in parts),
    )


def raw_form(sms: IncomingSms) -> bytes:
    """Return everything the carrier said about the message, the same for the same PDU."""
    said = {
        "carrier": sms.carrier,
        "source": sms.source,
        "source_ton": sms.source_ton,
        "destination": sms.destination,
        "reference": sms.carrier_reference,
        "data_coding": sms.data_coding,
        "esm_class": sms.esm_class,
        "body": sms.body.hex(),
        "user_data_header": sms.user_data_header.hex(),
        "part": None
        if sms.part is None
        else [sms.part.reference, sms.part.total, sms.part.sequence],
    }
    return json.dumps(said, separators=(",", ":"), ensure_ascii=True).encode()


def from_raw(raw: bytes, *, received_at: datetime, may_be_repeat: bool) -> IncomingSms:
    """Read `raw_form` back; the part key is not needed again."""
    said: dict[str, Any] = json.loads(raw)
    return IncomingSms(
        carrier=said["carrier"],
        source=said["source"],
        source_ton=said["source_ton"],
        destination=said["destination"],
        data_coding=said["data_coding"],
        esm_class=said["esm_class"],
        body=bytes.fromhex(said["body"]),
        user_data_header=bytes.fromhex(said["user_data_header"]),
        part=None,
        may_be_repeat=may_be_repeat,
        received_at=received_at,
        carrier_reference=said["reference"],
    )
