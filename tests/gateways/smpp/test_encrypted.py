"""Links by TLS: to carriers with their certificate checked, from customers with ours."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nummer.gateways.smpp.ports import CustomerDoor
from tests.gateways.smpp.platform import NOON, Platform, gateway, link, together, until


@pytest.fixture
def server_tls(tmp_path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carrier.test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=10_000))
        .not_valid_after(NOON + timedelta(days=10_000))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "carrier.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@pytest.fixture
def client_tls(server_tls: ssl.SSLContext, tmp_path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=tmp_path / "carrier.pem")


def test_our_client_half_binds_to_a_server_half_by_tls(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async def scene() -> None:
        customers = Platform(customers={"nummer": ("secret", 17)})
        door = CustomerDoor(host="127.0.0.1", port=0, tls=server_tls)
        async with gateway(customers, door=door) as theirs:
            secure = link(theirs.port, host="localhost", tls=client_tls)
            async with gateway(Platform(), secure) as ours:
                await until(lambda: ours.carriers_bound == 1, what="a bind by TLS")
                assert len(theirs.customers.bound(17)) == 1

    together(scene)


def test_a_carrier_without_a_good_certificate_gets_no_password(
    server_tls: ssl.SSLContext,
) -> None:
    async def scene() -> None:
        customers = Platform(customers={"nummer": ("secret", 17)})
        door = CustomerDoor(host="127.0.0.1", port=0, tls=server_tls)
        async with gateway(customers, door=door) as theirs:
            unknown = link(theirs.port, host="localhost", tls=ssl.create_default_context())
            async with gateway(Platform(), unknown) as ours:
                await asyncio.sleep(0.3)
                assert ours.carriers_bound == 0
        assert customers.asked == 0

    together(scene)
