"""What the sandbox's carrier remembers across restarts, in two small files. Sandbox only."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nummer.protocols.sms.header import PartKey

SENT_FILE: Final = "carrier-sent.jsonl"
EVENTS_FILE: Final = "carrier-events.json"


@dataclass(frozen=True, slots=True)
class SentSms:
    """One submit_sm that the platform sent; a long text is several."""

    to: str = field(repr=False)
    sender: str = field(repr=False)
    text: str = field(repr=False)
    part: PartKey | None
    sent_at: str


class CarrierState:
    """Sent messages (appended), and the scripted events that hold: outage and blocks."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sent = folder / SENT_FILE
        self._events = folder / EVENTS_FILE
        self._sent.touch(mode=0o600)
        known = _read(self._events)
        self.out = bool(known.get("out", False))
        self._blocked: dict[str, str] = dict(known.get("blocked", {}))
        self.reference = secrets.randbits(16)

    def add(self, sms: SentSms) -> None:
        """Write one sent message down."""
        part = sms.part
        line = {
            "to": sms.to,
            "from": sms.sender,
            "text": sms.text,
            "part": [part.reference, part.total, part.sequence] if part else None,
            "sent_at": sms.sent_at,
        }
        with self._sent.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def blocked(self, number: str) -> bool:
        """Whether the carrier has blocked a number."""
        return number in self._blocked

    def block(self, number: str, *, reason: str) -> None:
        """Block a number from now on."""
        self._blocked[number] = reason
        self._keep()

    def set_outage(self, *, out: bool) -> None:
        """Begin or end an outage; its end lifts no block."""
        self.out = out
        self._keep()

    def _keep(self) -> None:
        fresh = self._events.with_suffix(".new")
        fresh.write_text(json.dumps({"out": self.out, "blocked": self._blocked}))
        fresh.replace(self._events)


def sent_texts(folder: Path, *, to: str | None = None) -> list[dict[str, Any]]:
    """Return the texts that went out, oldest first, parts put together again."""
    texts: list[dict[str, Any]] = []
    open_texts: dict[tuple[str, str, int], dict[int, str]] = {}
    for line in _lines(folder / SENT_FILE):
        if to is not None and line["to"] != to:
            continue
        if line["part"] is None:
            texts.append(_text(line, line["text"], parts=1))
            continue
        reference, total, sequence = line["part"]
        key = (line["to"], line["from"], reference)
        pieces = open_texts.setdefault(key, {})
        pieces[sequence] = line["text"]
        if len(pieces) == total:
            del open_texts[key]
            whole = "".join(pieces[index] for index in sorted(pieces))
            texts.append(_text(line, whole, parts=total))
    return texts


def _text(line: dict[str, Any], text: str, *, parts: int) -> dict[str, Any]:
    return {
        "to": line["to"],
        "from": line["from"],
        "text": text,
        "parts": parts,
        "sent_at": line["sent_at"],
    }


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):  # the last one may be half written
                yield json.loads(line)


def _read(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
