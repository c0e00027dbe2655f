"""How DIDWW's library reaches DIDWW: with limits that it has no words for.

The library takes a session and keeps of its adapters only how many connections they pool, and
passes no limit of time to any call; so our adapter is put into the session that it made.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

CONNECT_LIMIT_S: Final = 5.0
ANSWER_LIMIT_S: Final = 20.0
ANSWER_OCTETS_MAX: Final = 20_000_000  # a page of a thousand groups with all that they include
CALLS_PER_S: Final = 20  # per key (DIDWW, rate limits); one process speaks with it, the jobs'
AGENT: Final = "Nummer"
_PIECE: Final = 65_536


class Pace:
    """Lets no more than `most` calls begin within any second."""

    def __init__(
        self,
        most: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._begun: deque[float] = deque(maxlen=most)
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._sleep = sleep

    def wait(self) -> None:
        """Return when one more call may begin."""
        with self._lock:
            now = self._monotonic()
            if len(self._begun) == self._begun.maxlen and (left := self._begun[0] + 1 - now) > 0:
                self._sleep(left)
                now = self._monotonic()
            self._begun.append(now)


class BoundedAdapter(HTTPAdapter):
    """Waits no longer than it may, begins no more calls than that, reads no answer without end."""

    def __init__(self, pace: Pace, *, answer_limit_s: float = ANSWER_LIMIT_S) -> None:
        super().__init__(max_retries=0)
        self._pace = pace
        self._limits = (CONNECT_LIMIT_S, answer_limit_s)

    def send(  # noqa: PLR0917 -- the library's own form
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 -- the library's own form
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002 -- as above
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request. Raises requests.RequestException."""
        del stream, timeout, proxies
        self._pace.wait()
        ends_at = time.monotonic() + self._limits[1]
        answer = super().send(request, stream=True, timeout=self._limits, verify=verify, cert=cert)
        answer._content = _bounded(answer, ends_at)  # noqa: SLF001 -- what `content` would fill
        answer._content_consumed = True  # noqa: SLF001 -- as above
        return answer


def bound(session: requests.Session, *, pace: Pace, answer_limit_s: float) -> None:
    """Give a session our limits; nothing of the machine's surroundings is read or told."""
    session.trust_env = False
    session.max_redirects = 0
    session.headers["User-Agent"] = AGENT
    for prefix in ("https://", "http://"):
        session.mount(prefix, BoundedAdapter(pace, answer_limit_s=answer_limit_s))


def _bounded(answer: requests.Response, ends_at: float) -> bytes:
    body = bytearray()
    for piece in answer.iter_content(_PIECE):
        body += piece
        if len(body) > ANSWER_OCTETS_MAX:
            raise requests.exceptions.ContentDecodingError("an answer without end")
        if time.monotonic() > ends_at:
            raise requests.exceptions.ReadTimeout("an answer that does not end")
    return bytes(body)
