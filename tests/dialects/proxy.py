"""A proxy on loopback behind which every name on the internet is our own server.

Clients with an address in their code keep it: they are told of the proxy and of its authority by
the environment, as a company would do it. The authority is made for one run and thrown away.
Clients on aiohttp read the authority when they are imported, so they run in a process of their own.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HEAD_BYTES_MAX = 64 * 1024
STEP_LIMIT_S = 60.0
DAY = timedelta(days=1)
END_OF_HEAD = b"\r\n\r\n"
CONNECTED = b"HTTP/1.1 200 Connection established" + END_OF_HEAD
# Headers that a proxy keeps to itself (RFC 9110, section 7.6.1).
OF_ONE_HOP = {b"connection", b"proxy-connection", b"proxy-authorization", b"keep-alive"}


class Authority:
    """A certificate authority that lives as long as its folder; it vouches for any name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Thrown away after tests")])
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.certificate = folder / "authority.pem"
        self.certificate.write_bytes(self._own().public_bytes(serialization.Encoding.PEM))

    def context(self, name: str) -> ssl.SSLContext:
        """Return what a server called `name` answers a handshake with."""
        if name not in self._contexts:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            made.load_cert_chain(self._pair(name))
            made.set_alpn_protocols(["http/1.1"])
            self._contexts[name] = made
        return self._contexts[name]

    def context_for_any_name(self) -> ssl.SSLContext:
        """Return a context that becomes that of whatever name the client asks for."""

        def choose(link: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: object) -> None:
            link.context = self.context(name or "localhost")

        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self._pair("localhost"))
        made.set_alpn_protocols(["http/1.1"])
        made.sni_callback = choose
        return made

    def _own(self) -> x509.Certificate:
        key = self._key.public_key()
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            self._draft(self._name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    def _pair(self, name: str) -> Path:
        """Write a key and a certificate for `name` into one file and return it."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            self._draft(
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key()
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / f"{len(list(self._folder.iterdir()))}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return file

    def _draft(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
        )


@dataclass
class Proxy:
    """A proxy that runs in a thread: where it is, what to trust, and whom clients asked for."""

    upstream: str
    authority: Authority
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Return its own address."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Return the variables by which clients in Python and Node learn of proxy and authority."""
        trusted = str(self.authority.certificate)
        return {
            "HTTP_PROXY": self.url,
            "HTTPS_PROXY": self.url,
            "http_proxy": self.url,
            "https_proxy": self.url,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": trusted,
            "SSL_CERT_FILE": trusted,
            "NODE_EXTRA_CA_CERTS": trusted,
        }

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client: a tunnel that ends here, or a plain request with a whole address."""
        try:
            async with asyncio.timeout(STEP_LIMIT_S):
                await self._meet(reader, writer)
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError, ValueError):
            pass  # the client went away or spoke no HTTP; it sees a closed connection
        except asyncio.CancelledError:
            pass  # the run is over; Python 3.11 complains of a meeting that ends as cancelled
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(END_OF_HEAD)
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        if method != "CONNECT":
            address = urlsplit(target)
            self.asked.append(address.netloc)
            inner = f"{address.path or '/'}{f'?{address.query}' if address.query else ''}"
            await self._forward(reader, writer, head.replace(target.encode(), inner.encode(), 1))
            return
        self.asked.append(target)
        writer.write(CONNECTED)
        await writer.drain()
        if not target.endswith(":80"):
            await writer.start_tls(self.authority.context_for_any_name())
        await self._forward(reader, writer, await reader.readuntil(END_OF_HEAD))

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes
    ) -> None:
        """Pass one request on and its answer back; each connection carries one."""
        address = urlsplit(self.upstream)
        assert address.hostname is not None, "an address on loopback names its host"
        up_reader, up_writer = await asyncio.open_connection(address.hostname, address.port)
        body = asyncio.create_task(_pump(reader, up_writer))
        try:
            up_writer.write(_for_one_request(head))
            writer.write(_for_one_request(await up_reader.readuntil(END_OF_HEAD)))
            await _pump(up_reader, writer)
        finally:
            body.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await body
            up_writer.close()
            with suppress(OSError):
                await up_writer.wait_closed()


def _for_one_request(head: bytes) -> bytes:
    """Return a head that promises to close, without what was said to this hop only."""
    lines = head.removesuffix(END_OF_HEAD).split(b"\r\n")
    kept = [line for line in lines if line.split(b":")[0].lower() not in OF_ONE_HOP]
    return b"\r\n".join([*kept, b"Connection: close"]) + END_OF_HEAD


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(64 * 1024):
        writer.write(piece)
        await writer.drain()


@contextmanager
def running_proxy(*, upstream: str, folder: Path) -> Iterator[Proxy]:
    """Run a proxy whose every name leads to `upstream`, an address on loopback."""
    proxy = Proxy(upstream, Authority(folder))
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncio.start_server(proxy.meet, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
        async with server:
            proxy.port = server.sockets[0].getsockname()[1]
            ready.set()
            await stop.wait()
        meetings = asyncio.all_tasks() - {asyncio.current_task()}
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, name="proxy")
    thread.start()
    try:
        assert ready.wait(10), "the proxy did not start"
        yield proxy
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
