"""The scanner in use: clamd, asked over TCP or a socket file, with a limit to every wait.

A file is clean only where clamd has signatures and says so; whatever else happens is no answer.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Final

from nummer.apps.identity.ports import Scan
from nummer.kernel.errors import Unavailable
from nummer.protocols import clamd
from nummer.protocols.clamd import Found

CONNECT_S: Final = 2.0
WITHIN_S: Final = 10.0

Address = tuple[str, int] | Path


class Clamd:
    """A clamd at an address, which may change while we run."""

    def __init__(self, address: Callable[[], Address], *, within_s: float = WITHIN_S) -> None:
        self._address = address
        self._within_s = within_s

    def scan(self, content: bytes) -> Scan:
        """Return what clamd finds. Raises Unavailable: it is away, has no signatures, or errs."""
        if clamd.signatures(self._ask([clamd.VERSION])) == 0:
            raise Unavailable("a scanner with signatures")
        match clamd.found(self._ask(clamd.stream(content))):
            case Found.CLEAN:
                return Scan.CLEAN
            case Found.INFECTED:
                return Scan.INFECTED
            case Found.UNSURE:
                raise Unavailable("a clear answer of the scanner")

    def ready(self) -> bool:
        """Tell whether it answers and has signatures."""
        try:
            known = clamd.signatures(self._ask([clamd.VERSION]))
            return known > 0 and clamd.text_of(self._ask([clamd.PING])) == clamd.PONG
        except Unavailable:
            return False

    def _ask(self, pieces: Iterable[bytes]) -> bytes:
        """Say one thing on a connection of its own and return the answer, with its end."""
        until = monotonic() + self._within_s
        try:
            with closing(self._connected()) as link:
                try:
                    for piece in pieces:
                        link.settimeout(_left(until))
                        link.sendall(piece)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # it had enough, and may have said why
                return _answer(link, until)
        except OSError as error:
            raise Unavailable(f"the scanner ({type(error).__name__})") from None

    def _connected(self) -> socket.socket:
        address = self._address()
        if not isinstance(address, Path):
            return socket.create_connection(address, timeout=CONNECT_S)
        link = socket.socket(socket.AF_UNIX)
        link.settimeout(CONNECT_S)
        try:
            link.connect(str(address))
        except OSError:
            link.close()
            raise
        return link


def _answer(link: socket.socket, until: float) -> bytes:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < clamd.ANSWER_BYTES_MAX:
        link.settimeout(_left(until))
        piece = link.recv(clamd.ANSWER_BYTES_MAX)
        if not piece:
            break
        answer += piece
    return answer


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
