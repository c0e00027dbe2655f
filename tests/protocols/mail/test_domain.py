"""What receivers ask about our domain is looked at without any network."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from nummer.protocols.mail.domain import Level, findings


def key(bits: int) -> str:
    public = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


class Zone:
    """A DNS of one's own."""

    def __init__(self, texts: dict[str, list[str]], mx: Sequence[str] = ("mx.n.example",)) -> None:
        self._texts = texts
        self._mx = mx

    def texts(self, name: str) -> Sequence[str]:
        return self._texts.get(name, [])

    def servers(self, name: str) -> Sequence[str]:
        del name
        return self._mx


class Silent:
    """A DNS that does not answer."""

    def texts(self, name: str) -> Sequence[str]:
        raise TimeoutError(name)

    def servers(self, name: str) -> Sequence[str]:
        raise TimeoutError(name)


GOOD = {
    "n.example": ["v=spf1 mx include:spf.host.example -all", "other=1"],
    "spf.host.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
    "s._domainkey.n.example": [f"v=DKIM1; k=rsa; p={key(2048)}"],
    "_dmarc.n.example": ["v=DMARC1; p=reject; rua=mailto:a@n.example"],
}


def levels(changes: dict[str, list[str]], about: str, *, selector: str | None = "s") -> set[str]:
    found = findings("n.example", selector=selector, dns=Zone({**GOOD, **changes}))
    return {str(one.level) for one in found if one.about == about}


def test_a_good_domain_has_nothing_to_change() -> None:
    found = findings("n.example", selector="s", dns=Zone(GOOD))

    assert {one.level for one in found} == {Level.GOOD}
    assert {one.about for one in found} == {"mx", "spf", "dkim", "dmarc"}


@pytest.mark.parametrize(
    ("about", "changes", "level"),
    [
        ("spf", {"n.example": []}, "wrong"),
        ("spf", {"n.example": ["v=spf1 -all", "v=spf1 mx -all"]}, "wrong"),
        ("spf", {"n.example": ["v=spf1 mx +all"]}, "wrong"),
        ("spf", {"n.example": ["v=spf1 mx"]}, "wrong"),
        ("spf", {"n.example": ["v=spf1 " + "a:x.example " * 11 + "-all"]}, "wrong"),
        ("spf", {"n.example": ["v=spf1 include:n.example -all"]}, "good"),
        ("dkim", {"s._domainkey.n.example": []}, "wrong"),
        ("dkim", {"s._domainkey.n.example": ["v=DKIM1; p="]}, "wrong"),
        ("dkim", {"s._domainkey.n.example": ["v=DKIM1; p=AAAA"]}, "wrong"),
        ("dkim", {"s._domainkey.n.example": [f"p={key(1024)}"]}, "advice"),
        ("dkim", {"s._domainkey.n.example": ["v=DKIM1; k=ed25519; p=" + "A" * 43 + "="]}, "good"),
        ("dmarc", {"_dmarc.n.example": []}, "wrong"),
        ("dmarc", {"_dmarc.n.example": ["v=DMARC1; rua=mailto:a@n.example"]}, "wrong"),
        ("dmarc", {"_dmarc.n.example": ["v=DMARC1; p=none; rua=mailto:a@n.example"]}, "advice"),
    ],
)
def test_what_receivers_would_not_believe_is_found(
    about: str, changes: dict[str, list[str]], level: str
) -> None:
    assert level in levels(changes, about)


def test_an_unknown_selector_is_advice_and_no_mx_is_wrong() -> None:
    assert levels({}, "dkim", selector=None) == {"advice"}
    found = findings("n.example", selector="s", dns=Zone(GOOD, mx=()))
    assert [one.level for one in found if one.about == "mx"] == [Level.WRONG]


def test_a_dns_that_is_silent_is_said_to_be() -> None:
    found = findings("n.example", selector="s", dns=Silent())

    assert {one.level for one in found} == {Level.UNKNOWN}
