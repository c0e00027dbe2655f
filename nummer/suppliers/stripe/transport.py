"""How Stripe's library reaches Stripe: our client with its limits, and nothing said about us."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import httpx
import stripe

from nummer.suppliers.answers import whole_answer

CONNECT_LIMIT_S: Final = 5.0
ANSWER_LIMIT_S: Final = 15.0
ANSWER_BYTES_MAX: Final = 20_000_000  # a hundred events
AGENT: Final = "Nummer"

_SENT: Final = {"User-Agent": AGENT}
_LIMITS: Final = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)
_NOT_SENT: Final = frozenset({"user-agent", "x-stripe-client-user-agent"})


class BoundedClient(stripe.HTTPClient):
    """Follows no redirect, asks no proxy, reads no answer without end."""

    name = "httpx"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Return body, status and headers. Raises stripe.APIConnectionError."""
        kept = {
            name: value for name, value in (headers or {}).items() if name.lower() not in _NOT_SENT
        }
        ends_at = time.monotonic() + ANSWER_LIMIT_S
        try:
            with (
                httpx.Client(timeout=_LIMITS, trust_env=False, headers=_SENT) as client,
                client.stream(method, url, headers=kept, content=post_data) as answer,
            ):
                return (
                    whole_answer(answer, octets_max=ANSWER_BYTES_MAX, ends_at=ends_at).decode(),
                    answer.status_code,
                    answer.headers,
                )
        except (httpx.HTTPError, UnicodeDecodeError) as error:
            again = isinstance(error, httpx.HTTPError)
            raise stripe.APIConnectionError(type(error).__name__, should_retry=again) from None  # type: ignore[no-untyped-call]  # the library's own lacks types

    def close(self) -> None:
        """Nothing is open between two calls."""
