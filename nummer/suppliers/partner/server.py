"""A partner's server as we see it: one question, one answer, within limits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import httpx

from nummer.apps.catalogue.ports import ClearedQuestion
from nummer.kernel.errors import Unavailable
from nummer.protocols import partner as protocol
from nummer.protocols.partner import End, PartnerNumber, PartnerStock
from nummer.suppliers.answers import whole_answer

CONNECT_LIMIT_S: Final = 5.0
ANSWER_LIMIT_S: Final = 10.0
ANSWER_BYTES_MAX: Final = 5_000_000
RETRY_AFTER_S: Final = 10.0
AGENT: Final = "Nummer"

_LIMITS: Final = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)


class PartnerServer:
    """One partner's server; nothing is asked twice by itself, that is for whoever asks."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def services(self, question: ClearedQuestion) -> list[PartnerStock]:
        """Return what is free. Raises Unavailable."""
        del question
        body = self._ask(protocol.ask_services(self._key))
        try:
            return protocol.read_services(body)
        except protocol.Unreadable as wrong:
            raise _unreadable() from wrong

    def take_number(self, question: ClearedQuestion) -> PartnerNumber | None:
        """Have a number kept; None where there is none.

        Raises Unavailable without a time: whether a number is kept is then not known, and asking
        again could keep a second one.
        """
        fields = question.fields
        try:
            return protocol.read_number(
                self._ask(
                    protocol.ask_number(
                        self._key,
                        country=int(fields["country"]),
                        operator=fields["operator"],
                        service=fields["service"],
                        price=float(Decimal(fields["price"])),
                        currency=int(fields["currency"]),
                        excluded=[each for each in fields["excluded"].split(",") if each],
                    )
                )
            )
        except protocol.Unreadable as wrong:
            raise Unavailable("partner") from wrong
        except Unavailable as away:
            raise Unavailable("partner") from away

    def finish(self, question: ClearedQuestion) -> None:
        """Say how the use of a number ended. Raises Unavailable: say it again later."""
        fields = question.fields
        body = self._ask(
            protocol.say_end(
                self._key, activation_id=int(fields["activation"]), end=End(int(fields["end"]))
            )
        )
        try:
            protocol.read_end(body)
        except protocol.Unreadable as wrong:
            raise _unreadable() from wrong

    def _ask(self, content: Mapping[str, object]) -> bytes:
        """Return the body of the answer; redirects are not followed, no proxy is asked."""
        ends_at = time.monotonic() + ANSWER_LIMIT_S
        headers = {"User-Agent": AGENT, "Accept": "application/json"}
        try:
            with (
                httpx.Client(timeout=_LIMITS, trust_env=False, headers=headers) as client,
                client.stream("POST", self._url, json=content) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise _unreadable()
                return whole_answer(answer, octets_max=ANSWER_BYTES_MAX, ends_at=ends_at)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("partner", retry_after_s=RETRY_AFTER_S) from error


def _unreadable() -> Unavailable:
    return Unavailable("partner", retry_after_s=RETRY_AFTER_S)
