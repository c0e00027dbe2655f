"""Asks a provider's JSON interface: no proxy, no redirect, an end to every answer and wait."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx
import structlog

from nummer.kernel.errors import Unavailable
from nummer.suppliers.answers import whole_answer

CONNECT_LIMIT_S: Final = 5.0
ANSWER_LIMIT_S: Final = 15.0
ANSWER_BYTES_MAX: Final = 20_000_000  # a hundred events
RETRY_AFTER_S: Final = 30.0
AGENT: Final = "Nummer"

_LIMITS: Final = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: `body` is whatever the JSON says, None where it is none."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        """Tell whether it was done."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class JsonApi:
    """One provider's interface at `base`; what it cannot answer now raises Unavailable."""

    def __init__(self, base: str, *, provider: str) -> None:
        self._base = base
        self._provider = provider

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer, refusals included. Raises Unavailable: away, busy, or not JSON.

        Texts of errors are neither kept nor logged: they may hold what the payer wrote.
        """
        ends_at = time.monotonic() + ANSWER_LIMIT_S
        try:
            with (
                httpx.Client(
                    timeout=_LIMITS,
                    trust_env=False,
                    verify=self._base.startswith("https://"),
                    headers={"User-Agent": AGENT, "Accept": "application/json"},
                ) as client,
                client.stream(
                    method, self._base + path, headers=dict(headers), content=content, params=params
                ) as answer,
            ):
                status = answer.status_code
                octets = whole_answer(answer, octets_max=ANSWER_BYTES_MAX, ends_at=ends_at)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning(
                "the payment provider cannot be asked",
                provider=self._provider,
                error=type(error).__name__,
            )
            raise self.away() from None
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning(
                "the payment provider does not answer now", provider=self._provider, status=status
            )
            raise self.away()
        return Answer(status, self._read(octets))

    def away(self) -> Unavailable:
        """Return what to raise where waiting may help."""
        return Unavailable("payment provider", retry_after_s=RETRY_AFTER_S)

    def _read(self, octets: bytes) -> Any:
        if not octets:
            return None
        try:
            return json.loads(octets)
        except (ValueError, RecursionError):
            log.warning("the payment provider answers in another form", provider=self._provider)
            raise self.away() from None
