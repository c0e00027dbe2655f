"""What DKIM signatures show, with keys from a real name server on loopback."""

from __future__ import annotations

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nummer.gateways.mail.names import Names
from nummer.protocols.mail.evidence import Dkim, dkim_evidence
from tests.gateways.mail.mailbox import name_server

MAIL = (
    b"From: Ola <ola@example.no>\r\nTo: hello@nummer.example\r\nSubject: Refund\r\n"
    b"Message-ID: <1@example.no>\r\n\r\nPlease pay me back.\r\n"
)
_KEY = rsa.generate_private_key(65537, 2048)
PRIVATE = _KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.TraditionalOpenSSL,
    serialization.NoEncryption(),
)
RECORD = b"v=DKIM1; k=rsa; p=" + base64.b64encode(
    _KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
)
RECORDS = {
    f"s._domainkey.{domain}": RECORD
    for domain in ("example.no", "mail.example.no", "example.com", "no")
}


def signed(mail: bytes = MAIL, *, domain: bytes = b"example.no", length: bool = False) -> bytes:
    signature: bytes = dkim.sign(
        mail, b"s", domain, PRIVATE, include_headers=[b"from", b"subject"], length=length
    )
    return signature + mail


def shown(mail: bytes) -> Dkim:
    with name_server(RECORDS) as server:
        return dkim_evidence(mail, resolver=Names(server).txt)


@pytest.mark.parametrize(
    ("said", "mail", "verdict"),
    [
        ("a whole signature of the sender's domain", signed(), Dkim.ALIGNED),
        (
            "of a domain above",
            signed(MAIL.replace(b"@example.no>\r\nTo", b"@a.example.no>\r\nTo")),
            Dkim.ALIGNED,
        ),
        ("of somebody else", signed(domain=b"example.com"), Dkim.FOREIGN),
        ("of a domain below", signed(domain=b"mail.example.no"), Dkim.FOREIGN),
        ("of a whole country", signed(domain=b"no"), Dkim.FOREIGN),
        (
            "one of somebody else before the sender's own",
            signed(signed(), domain=b"example.com"),
            Dkim.ALIGNED,
        ),
        ("none", MAIL, Dkim.NONE),
        ("a text that was changed", signed().replace(b"me back", b"Eve"), Dkim.BROKEN),
        ("a length, and a text that was appended", signed(length=True) + b"Eve\r\n", Dkim.BROKEN),
        ("a length alone", signed(length=True), Dkim.BROKEN),
        ("a second From before it", b"From: eve@example.com\r\n" + signed(), Dkim.BROKEN),
        ("a second subject before it", b"Subject: Delete all\r\n" + signed(), Dkim.BROKEN),
        ("a key that is not there", signed(domain=b"unknown.example"), Dkim.BROKEN),
        (
            "a word of another server and no signature",
            b"Authentication-Results: mx; dkim=pass header.d=example.no\r\n" + MAIL,
            Dkim.NONE,
        ),
        ("nonsense", b"DKIM-Signature: v=1; a=; d=example.no\r\n" + MAIL, Dkim.BROKEN),
        ("no tags", b"DKIM-Signature: \xff\x00\r\n" + MAIL, Dkim.BROKEN),
    ],
)
def test_signature_shows_who_sent(said: str, mail: bytes, verdict: Dkim) -> None:
    assert shown(mail) is verdict


def test_silent_name_server_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nummer.gateways.mail.names.TIME_LIMIT_S", 0.2)
    with name_server({}, silent=True) as server:
        assert dkim_evidence(signed(), resolver=Names(server).txt) is Dkim.UNAVAILABLE


def test_mail_with_many_signatures_costs_few_questions() -> None:
    asked: list[str] = []

    def answer(name: str) -> bytes | None:
        asked.append(name)
        return None

    mail = MAIL
    for _ in range(12):
        mail = signed(mail, domain=b"example.com")
    assert dkim_evidence(mail, resolver=answer) is Dkim.BROKEN
    assert len(asked) == 3
