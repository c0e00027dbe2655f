"""Makes calls to customers' servers: pinned addresses, no redirects, limits of time and size.

The address that was looked at is the one that is connected to: the name is resolved here, in the
moment of the connection, every address it has is judged, and the socket is opened to the address
itself. Nobody resolves it a second time. TLS still asks for the name.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, Final

import dns.asyncresolver
import dns.exception
import dns.resolver
import httpcore
import httpx

from nummer.apps.webhooks.ports import Answer, ClearedCall, Failure
from nummer.protocols.webhooks.addresses import (
    Address,
    Wrong,
    is_loopback,
    is_public,
    literal_of,
    read_address,
)

AT_ONCE: Final = 8  # calls to one endpoint
CONNECT_LIMIT_S: Final = 5.0
CALL_LIMIT_S: Final = 15.0
LOOK_UP_LIMIT_S: Final = 3.0
LOOK_UPS_AT_ONCE: Final = 2  # before a call; whoever sets an address holds a thread of a page
ANSWER_BYTES_MAX: Final = 64 * 1024
ADDRESSES_TRIED: Final = 3
RETRY_AFTER_DIGITS: Final = 6
AGENT: Final = "Nummer-Webhooks"

Resolve = Callable[[str], Awaitable[Sequence[str]]]


class _LeadsInside(Exception):  # noqa: N818 -- never leaves this file
    """A name has an address that we do not call."""


class _NotFound(Exception):  # noqa: N818 -- never leaves this file
    """A name has no address."""


async def public_addresses(host: str) -> Sequence[str]:
    """Return the addresses of a name, asked of the name servers; the machine's own files are not.

    Raises dns.exception.DNSException.
    """
    found = await dns.asyncresolver.Resolver().resolve_name(host, lifetime=LOOK_UP_LIMIT_S)
    return list(found.addresses())


class HttpCaller:
    """Calls by HTTP. `loopback_allowed`: the sandbox, where customers' servers run beside it."""

    def __init__(
        self,
        *,
        loopback_allowed: bool,
        resolve: Resolve = public_addresses,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._loopback_allowed = loopback_allowed
        self._resolve = resolve
        self._trusted = trusted
        self._look_ups = BoundedSemaphore(LOOK_UPS_AT_ONCE)

    def refused(self, url: str, *, look_up: bool = False) -> str:
        """Return why an address is not called, in a word; empty where it may be.

        With `look_up` its name is asked for, too; a name server that is away refuses nothing, and
        nobody waits for those of others: each call judges the addresses again.
        """
        address = read_address(url, loopback_allowed=self._loopback_allowed)
        if isinstance(address, Wrong):
            return address.value
        if not look_up or not self._look_ups.acquire(blocking=False):
            return ""
        try:
            return self._looked_up(address.host)
        finally:
            self._look_ups.release()

    def _looked_up(self, host: str) -> str:
        try:
            asyncio.run(self._addresses(host))
        except _LeadsInside:
            return Wrong.INSIDE.value
        except _NotFound:
            return Wrong.NOT_FOUND.value
        except (OSError, dns.exception.DNSException):
            return ""
        return ""

    def call(self, calls: Sequence[ClearedCall]) -> list[Answer]:
        """Make the calls, AT_ONCE of them at a time, and return their answers in that order."""
        return asyncio.run(self._call_all(calls)) if calls else []

    async def _call_all(self, calls: Sequence[ClearedCall]) -> list[Answer]:
        gate = asyncio.Semaphore(AT_ONCE)
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._trusted or httpx.create_ssl_context(trust_env=False),
            max_connections=AT_ONCE,
            network_backend=_Pinned(self._addresses),
            retries=0,
        ) as pool:

            async def one(call: ClearedCall) -> Answer:
                async with gate:
                    return await self._timed(pool, call.fields)

            return list(await asyncio.gather(*map(one, calls)))

    async def _timed(self, pool: httpcore.AsyncConnectionPool, fields: Mapping[str, str]) -> Answer:
        began = time.monotonic()
        heard = _Heard()
        failure = await self._failure(pool, fields, heard)
        return Answer(
            status=heard.status,
            failure=failure,
            duration_ms=round((time.monotonic() - began) * 1000),
            size=len(heard.body),
            content_type=heard.content_type,
            body=bytes(heard.body),
            retry_after_s=heard.retry_after_s,
        )

    async def _failure(
        self, pool: httpcore.AsyncConnectionPool, fields: Mapping[str, str], heard: _Heard
    ) -> Failure | None:
        """Make one call into `heard`, and return why it failed."""
        address = read_address(fields["url"], loopback_allowed=self._loopback_allowed)
        if isinstance(address, Wrong):
            return Failure.ADDRESS_REFUSED
        try:
            async with asyncio.timeout(CALL_LIMIT_S):
                await _exchange(pool, address, fields, heard)
        except _LeadsInside:
            return Failure.ADDRESS_REFUSED
        except (_NotFound, dns.exception.DNSException):
            return Failure.NOT_FOUND
        except (TimeoutError, httpcore.TimeoutException):
            return Failure.TOO_SLOW
        except _TooLarge:
            return Failure.TOO_LARGE
        except httpcore.ConnectError as error:
            untrusted = isinstance(error.__context__, ssl.SSLError) or "SSL" in str(error)
            return Failure.NOT_TRUSTED if untrusted else Failure.NOT_CONNECTED
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return Failure.BROKEN
        return None

    async def _addresses(self, host: str) -> Sequence[str]:
        """Return where a host may be connected to; all of its addresses must be allowed."""
        if literal_of(host) is not None:
            found: Sequence[str] = [host]
        elif host == "localhost" and self._loopback_allowed:
            found = ["127.0.0.1", "::1"]
        else:
            found = await self._found(host)
        if not all(map(self._allowed, found)):
            raise _LeadsInside
        return found

    async def _found(self, host: str) -> Sequence[str]:
        try:
            found = await self._resolve(host)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer) as error:
            raise _NotFound from error
        if not found:
            raise _NotFound
        return found

    def _allowed(self, address: str) -> bool:
        return is_public(address) or (self._loopback_allowed and is_loopback(address))


class _TooLarge(Exception):  # noqa: N818 -- never leaves this file
    """The answer is larger than ANSWER_BYTES_MAX."""


@dataclass(slots=True)
class _Heard:
    """As much of an answer as came."""

    status: int | None = None
    content_type: str = ""
    retry_after_s: int | None = None
    body: bytes = b""


async def _exchange(
    pool: httpcore.AsyncConnectionPool,
    address: Address,
    fields: Mapping[str, str],
    heard: _Heard,
) -> None:
    body = fields["body"].encode()
    request = httpcore.URL(
        scheme=address.scheme, host=address.host, port=address.port, target=address.target
    )
    async with pool.stream(
        fields["method"],
        request,
        headers=_headers(address, json.loads(fields["headers"]), body),
        content=body or None,
        extensions={"timeout": {"connect": CONNECT_LIMIT_S}},
    ) as response:
        heard.status = response.status
        told = {name.lower(): value for name, value in response.headers}
        heard.content_type = told.get(b"content-type", b"").decode("latin-1")[:100]
        heard.retry_after_s = _seconds(told.get(b"retry-after", b""))
        async for piece in response.aiter_stream():
            heard.body += piece
            if len(heard.body) > ANSWER_BYTES_MAX:
                heard.body = heard.body[:ANSWER_BYTES_MAX]
                raise _TooLarge


def _headers(address: Address, given: Mapping[str, str], body: bytes) -> list[tuple[bytes, bytes]]:
    headers = {"Host": address.authority, "User-Agent": AGENT, "Accept": "*/*", **given}
    if body:
        headers["Content-Length"] = str(len(body))
    if address.credentials is not None:
        pair = ":".join(address.credentials).encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _seconds(told: bytes) -> int | None:
    return int(told) if told.isdigit() and len(told) <= RETRY_AFTER_DIGITS else None


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged, never to a name."""

    def __init__(self, addresses: Callable[[str], Awaitable[Sequence[str]]]) -> None:
        self._addresses = addresses
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(  # noqa: PLR0917 -- httpcore's own form
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's own word
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers."""
        found = (await self._addresses(host))[:ADDRESSES_TRIED]
        for place, address in enumerate(found, start=1):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if place == len(found):
                    raise
        raise httpcore.ConnectError

    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        """Refuse: nobody's server is a file of ours."""
        raise httpcore.ConnectError

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
