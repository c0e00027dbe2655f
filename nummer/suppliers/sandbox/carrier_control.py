"""Asks the running sandbox carrier: for the command line, the sandbox page and the tests."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Final

from nummer.kernel.errors import Unavailable
from nummer.suppliers.sandbox.carrier import DELIVER_S_MAX, PORTS_FILE, read_ports
from nummer.suppliers.sandbox.carrier_state import sent_texts
from nummer.suppliers.sandbox.stock import probe_numbers

ANSWER_S_MAX: Final = DELIVER_S_MAX + 10


def deliver(to: str, *, sender: str, text: str, count: int = 1, home: Path) -> dict[str, Any]:
    """Let the carrier deliver by SMPP: {sent, acknowledged, refused: [status, …]}.

    `to` is +E.164. Waits up to a minute for a gateway that is away, and repeats what a broken
    bind left open; what nobody answered then is neither acknowledged nor refused.
    """
    asked = _ask("deliver", home=home, to=to, sender=sender, text=text, count=count)
    assert isinstance(asked, dict)
    return asked


def sent(to: str | None = None, *, home: Path) -> list[dict[str, Any]]:
    """Return what went out, oldest first: [{to, from, text, parts, sent_at}].

    Probes are left out, unless their number is asked for: nobody in the sandbox sent them.
    """
    texts = sent_texts(home / "sandbox", to=to)
    probed = {number.e164 for number in probe_numbers()}
    return [text for text in texts if to is not None or text["to"] not in probed]


def outage(*, home: Path) -> None:
    """Take the carrier away: it unbinds and lets nobody bind."""
    _ask("outage", home=home)


def restore(*, home: Path) -> None:
    """Bring the carrier back."""
    _ask("restore", home=home)


def block(number: str, *, reason: str = "", home: Path) -> None:
    """Let the carrier block a number (+E.164): nothing comes to it or goes from it."""
    _ask("block", home=home, number=number, reason=reason)


def binds(*, home: Path) -> int:
    """Return how many binds the carrier has."""
    count = _ask("bound", home=home)
    assert isinstance(count, int)
    return count


def _ask(verb: str, *, home: Path, **given: str | int) -> object:
    ports = read_ports(home / "run" / PORTS_FILE)
    if ports is None:
        raise Unavailable("the sandbox carrier is not running")
    line = json.dumps({"token": ports.token, "verb": verb, **given}).encode() + b"\n"
    try:
        with socket.create_connection(("127.0.0.1", ports.control), ANSWER_S_MAX) as connection:
            connection.sendall(line)
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except (OSError, ValueError) as error:
        raise Unavailable("the sandbox carrier is not running") from error
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer["ok"]
