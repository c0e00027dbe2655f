"""The sandbox's DIDWW as a supplier of numbers, and how our side of it is reached."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nummer.kernel.errors import Unavailable
from nummer.suppliers.didww.provider import Access, DidwwNumbers
from nummer.suppliers.didww.transport import ANSWER_LIMIT_S
from nummer.suppliers.sandbox.didww.api import account_keys, didww_desk

CODE: Final = "sandbox-didww"


def sandbox_didww(
    folder: Path,
    *,
    port: Callable[[], int],
    callback_url: str,
    answer_limit_s: float = ANSWER_LIMIT_S,
) -> DidwwNumbers:
    """Return our side of DIDWW, at the sandbox's server.

    `port` tells where it answers, 0 while it is not up.
    """
    desk = didww_desk(folder)

    def access() -> Access:
        if not (answers_at := port()):
            raise Unavailable("number supplier", retry_after_s=1.0)
        key, secret = account_keys(desk)
        return Access(
            key=key,
            callback_secret=secret,
            callback_url=callback_url,
            api=f"http://127.0.0.1:{answers_at}/v3",
            answer_limit_s=answer_limit_s,
        )

    return DidwwNumbers(access, code=CODE, carrier=CODE)
