"""Which addresses are called, and which lead to where only we should reach."""

from __future__ import annotations

import pytest

from nummer.protocols.webhooks.addresses import Address, Wrong, is_public, read_address

CALLED = [
    ("a name", "https://example.com/hook", "example.com"),
    ("a name with a query", "https://example.com/hook?a=1&b=%20", "example.com"),
    ("a port of a program", "https://example.com:8443/", "example.com"),
    ("a name in Punycode", "https://xn--mller-kva.example/", "xn--mller-kva.example"),
    ("a public address", "https://8.8.8.8/", "8.8.8.8"),
    ("a public address of the sixth version", "https://[2606:4700::1111]/", "2606:4700::1111"),
    ("with name and password", "https://user:pass@example.com/", "example.com"),
    ("capitals", "https://EXAMPLE.com/", "example.com"),
]
REFUSED = [
    # where only we reach
    ("loopback", "https://127.0.0.1/", Wrong.INSIDE),
    ("loopback further on", "https://127.8.9.1/", Wrong.INSIDE),
    ("loopback of the sixth version", "https://[::1]/", Wrong.INSIDE),
    ("nowhere", "https://0.0.0.0/", Wrong.INSIDE),
    ("nowhere of the sixth version", "https://[::]/", Wrong.INSIDE),
    ("a private net", "https://10.1.2.3/", Wrong.INSIDE),
    ("another private net", "https://172.16.0.1/", Wrong.INSIDE),
    ("a home net", "https://192.168.1.1/", Wrong.INSIDE),
    ("a carrier's net", "https://100.64.0.1/", Wrong.INSIDE),
    ("metadata of a cloud", "https://169.254.169.254/latest/", Wrong.INSIDE),
    ("metadata of the sixth version", "https://[fd00:ec2::254]/", Wrong.INSIDE),
    ("link-local of the sixth version", "https://[fe80::1]/", Wrong.INSIDE),
    ("mapped", "https://[::ffff:127.0.0.1]/", Wrong.INSIDE),
    ("mapped, and public inside", "https://[::ffff:8.8.8.8]/", Wrong.INSIDE),
    ("compatible", "https://[::127.0.0.1]/", Wrong.INSIDE),
    ("NAT64", "https://[64:ff9b::7f00:1]/", Wrong.INSIDE),
    ("NAT64 of a site", "https://[64:ff9b:1::7f00:1]/", Wrong.INSIDE),
    ("6to4", "https://[2002:7f00:1::]/", Wrong.INSIDE),
    ("Teredo", "https://[2001:0:7f00:1::]/", Wrong.INSIDE),
    ("a multicast group", "https://224.0.0.1/", Wrong.INSIDE),
    ("broadcast", "https://255.255.255.255/", Wrong.INSIDE),
    ("documentation", "https://192.0.2.1/", Wrong.INSIDE),
    ("the name of this machine", "https://localhost/", Wrong.INSIDE),
    ("the name of this machine with a dot", "https://localhost./", Wrong.INSIDE),
    ("a name below it", "https://a.localhost/", Wrong.INSIDE),
    ("an internal name", "https://metadata.google.internal/", Wrong.INSIDE),
    # what others read as an address
    ("one number", "https://2130706433/", Wrong.MALFORMED),
    ("hexadecimal", "https://0x7f000001/", Wrong.MALFORMED),
    ("octal", "https://0177.0.0.1/", Wrong.MALFORMED),
    ("short", "https://127.1/", Wrong.MALFORMED),
    ("hexadecimal parts", "https://0x7f.0x0.0x0.0x1/", Wrong.MALFORMED),
    ("digits in circles", "https://\u2460\u2461\u2466.0.0.1/", Wrong.MALFORMED),
    ("with a zone", "https://[fe80::1%25eth0]/", Wrong.MALFORMED),
    ("written in per cent", "https://%31%32%37.0.0.1/", Wrong.MALFORMED),
    # what readers disagree about
    ("a backslash", "https://example.com\\@127.0.0.1/", Wrong.MALFORMED),
    ("two at signs", "https://a@b@127.0.0.1/", Wrong.MALFORMED),
    ("a name before the real host", "https://example.com@127.0.0.1/", Wrong.INSIDE),
    ("a space", "https://example.com /", Wrong.MALFORMED),
    ("a new line", "https://example.com/\r\nX: y", Wrong.MALFORMED),
    ("no host", "https:///path", Wrong.MALFORMED),
    ("one label", "https://intranet/", Wrong.MALFORMED),
    # other schemes and ports
    ("plain HTTP", "http://example.com/", Wrong.NOT_HTTPS),
    ("a file", "file:///etc/passwd", Wrong.MALFORMED),
    ("gopher", "gopher://example.com/", Wrong.NOT_HTTPS),
    ("no scheme", "//example.com/", Wrong.NOT_HTTPS),
    ("the port of SSH", "https://example.com:22/", Wrong.PORT),
    ("the port of mail", "https://example.com:25/", Wrong.PORT),
    ("port nought", "https://example.com:0/", Wrong.PORT),
    ("no such port", "https://example.com:99999/", Wrong.MALFORMED),
]


@pytest.mark.parametrize(("what", "url", "host"), CALLED)
def test_a_public_address_is_called(what: str, url: str, host: str) -> None:
    found = read_address(url, loopback_allowed=False)

    assert isinstance(found, Address)
    assert found.host == host


@pytest.mark.parametrize(("what", "url", "wrong"), REFUSED)
def test_an_address_that_leads_elsewhere_is_refused(what: str, url: str, wrong: Wrong) -> None:
    assert read_address(url, loopback_allowed=False) == wrong


@pytest.mark.parametrize(
    ("what", "url", "allowed"),
    [
        ("loopback by plain HTTP", "http://127.0.0.1:9000/", True),
        ("its name", "http://localhost:9000/", True),
        ("of the sixth version", "http://[::1]:9000/", True),
        ("another machine by plain HTTP", "http://example.com:9000/", False),
        ("a private net", "https://10.0.0.1/", False),
        ("metadata of a cloud", "https://169.254.169.254/", False),
        ("a port of the system", "http://127.0.0.1:22/", False),
    ],
)
def test_the_sandbox_allows_this_machine_and_nothing_else(
    what: str,
    url: str,
    allowed: bool,  # noqa: FBT001 -- a column of the table
) -> None:
    assert isinstance(read_address(url, loopback_allowed=True), Address) == allowed


def test_a_fragment_is_not_sent_and_a_password_not_in_the_address() -> None:
    found = read_address("https://me:p%40ss@example.com/a?b=c#d", loopback_allowed=False)

    assert isinstance(found, Address)
    assert (found.target, found.authority) == ("/a?b=c", "example.com")
    assert found.credentials == ("me", "p@ss")
    assert "p@ss" not in repr(found)


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_a_name_resolves_to_may_be_public(text: str) -> None:
    assert is_public(text)


@pytest.mark.parametrize(
    "text", ["", "name", "127.0.0.1", "fe80::1%eth0", "192.88.99.1", "::ffff:8.8.8.8", "5f00::1"]
)
def test_what_a_name_resolves_to_may_be_ours(text: str) -> None:
    assert not is_public(text)
