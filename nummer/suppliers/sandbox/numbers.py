"""A supplier of numbers for rent, as the sandbox plays one: always there, with scripted troubles.

Every order is a file named by its reference, made once, so an order that comes twice buys once
also over restarts. The last two digits of the number say how it goes (TROUBLES).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final
from uuid import UUID

from nummer.apps.leases.ports import Answer, ClearedOrder
from nummer.kernel.errors import Unavailable

CODE: Final = "sandbox"
GONE: Final = "90"  # somebody else has it
REFUSED: Final = "91"
TIMES_OUT: Final = "92"  # he takes the order, and the answer is lost
LATE: Final = "93"  # it is ready when he is asked for the second time
TROUBLES: Final = (GONE, REFUSED, TIMES_OUT, LATE)


class SandboxNumbers:
    """The supplier behind a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def code(self) -> str:
        """Return what our tables call him."""
        return CODE

    def order(self, order: ClearedOrder) -> Answer:
        """Take an order once. Raises Unavailable where the script loses the answer."""
        path = self._path(order)
        trouble = order.fields["number"][-2:]
        fresh = self._write_once(path, trouble)
        if fresh and trouble == TIMES_OUT:
            raise Unavailable("the supplier of the sandbox")
        return self._answer(path, asked=0 if fresh else 1)

    def look_up(self, question: ClearedOrder) -> Answer:
        """Say what became of an order."""
        path = self._path(question)
        return self._answer(path, asked=1) if path.exists() else Answer.UNKNOWN

    def orders(self) -> int:
        """Return how many orders he ever took."""
        return len(list(self._folder.iterdir())) if self._folder.exists() else 0

    def _path(self, order: ClearedOrder) -> Path:
        return self._folder / UUID(hex=order.fields["reference"]).hex

    def _write_once(self, path: Path, trouble: str) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_text(trouble)
        try:
            os.link(beside, path)  # whole, or not at all, and only once
        except FileExistsError:
            return False
        finally:
            beside.unlink()
        return True

    def _answer(self, path: Path, *, asked: int) -> Answer:
        match path.read_text():
            case "90":
                return Answer.GONE
            case "91":
                return Answer.REFUSED
            case "93" if not asked:
                return Answer.WAITING
            case _:
                return Answer.SUPPLIED
