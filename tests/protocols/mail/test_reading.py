"""Mails as people, machines and enemies write them."""

import base64
import time
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nummer.kernel.redact import holds_number
from nummer.protocols.mail.language import language_of
from nummer.protocols.mail.reading import TEXT_MAX, read_mail
from nummer.protocols.mail.texts import html_text

CARD = "4111 1111 1111 1111"
HEAD = b"From: Ola <ola@example.no>\r\nTo: hello@nummer.example\r\n"


def mail(body: bytes = b"Hello", *headers: bytes) -> bytes:
    return HEAD + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


def written(text: str = "Hello", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ola <ola@example.no>"
    message["To"] = "hello@nummer.example"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_plain_mail_is_read_and_kept_as_it_came() -> None:
    raw = written("Nummeret virker ikke.\n", Subject="Hjelp").as_bytes()
    read = read_mail(raw)
    assert (read.sender, read.subject, read.text) == (
        "ola@example.no",
        "Hjelp",
        "Nummeret virker ikke.",
    )
    assert (read.raw, read.redacted, read.automatic, read.understood) == (raw, False, False, True)


@pytest.mark.parametrize(
    ("said", "headers"),
    [
        ("no From", b""),
        ("two From", b"From: ola@example.no\r\nFrom: eve@example.com\r\n"),
        ("two addresses", b"From: ola@example.no, eve@example.com\r\n"),
        ("an address that is none", b"From: ola\r\n"),
        ("a name like an address", b'From: "ola@example.no" <>\r\n'),
    ],
)
def test_sender_that_is_not_one_address_is_none(said: str, headers: bytes) -> None:
    assert read_mail(headers + b"\r\nHello").sender is None


def test_name_that_looks_like_an_address_is_not_the_sender() -> None:
    read = read_mail(b'From: "ola@example.no" <eve@example.com>\r\n\r\nHello')
    assert read.sender == "eve@example.com"


def test_second_header_of_a_kind_is_noticed() -> None:
    assert not read_mail(mail()).doubled_header
    assert read_mail(mail(b"Hello", b"Subject: a", b"Subject: b")).doubled_header


@pytest.mark.parametrize(
    "charset",
    [
        "x-unknown-9",
        "zlib",
        "undefined",
        "punycode",
        "unicode_escape",
        "utf-16",
        "iso-2022-jp",
        "",
        "\x00",
    ],
)
def test_odd_character_set_gives_text_and_no_error(charset: str) -> None:
    header = f'Content-Type: text/plain; charset="{charset}"'.encode()
    read = read_mail(mail("Blåbær".encode(), header))
    assert "Bl" in read.text or charset in ("utf-16", "iso-2022-jp")


def test_subject_is_one_line_without_controls() -> None:
    encoded = base64.b64encode(b"Refund\r\nBcc: eve@example.com\x00now").decode()
    read = read_mail(mail(b"Hello", f"Subject: =?utf-8?b?{encoded}?=".encode()))
    assert read.subject == "Refund Bcc: eve@example.com now"


def test_subject_in_a_broken_encoding_is_shown_somehow() -> None:
    assert read_mail(mail(b"Hello", b"Subject: =?x-none?q?a=C3?= =?utf-8?b?%%%?=")).subject


def test_nul_in_a_text_is_gone() -> None:
    assert read_mail(mail(b"a\x00b\x1b[31mc")).text == "a b [31mc"


def test_name_of_a_file_has_no_folder() -> None:
    message = written()
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="../../etc/passwd")
    (attachment,) = read_mail(message.as_bytes()).attachments
    assert (attachment.name, attachment.media_type, attachment.octets) == (
        "passwd",
        "application/pdf",
        1,
    )


def test_four_hundred_nested_parts_are_read_as_one_text() -> None:
    nested = "".join(
        f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n"
        for depth in range(400)
    )
    raw = HEAD + f"Subject: Deep\r\n{nested}\r\n{CARD}\r\n".encode()
    read = read_mail(raw)
    assert (read.understood, read.automatic) == (False, True)
    assert (read.sender, read.subject) == ("ola@example.no", "Deep")
    assert b"1111 1111" not in read.raw
    assert "1111 1111" not in read.text


def test_hundred_thousand_parts_are_read_as_one_text() -> None:
    raw = mail(b"--b\r\n\r\nx\r\n" * 100_000, b"Content-Type: multipart/mixed; boundary=b")
    began = time.process_time()
    assert not read_mail(raw).understood
    assert time.process_time() - began < 5


def test_long_text_is_cut_and_its_octets_are_kept() -> None:
    raw = mail(b"word " * 50_000)
    read = read_mail(raw)
    assert (len(read.text), read.cut, read.raw) == (TEXT_MAX, True, raw)


def test_text_of_a_page_is_read_where_there_is_no_plain_one() -> None:
    page = (
        "<style>p{}</style><p>Hei&nbsp;du</p><script>alert(1)</script>"
        "<!-- no <b>thing</b> --><div>Takk</div> 1 < 2"
    )
    message = MIMEText(page, "html", "utf-8")
    message["From"] = "ola@example.no"
    text = read_mail(message.as_bytes()).text
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        "Hei\u00a0du",
        "Takk",
        "1 < 2",
    ]


def test_page_made_to_be_slow_is_read_in_time() -> None:
    began = time.process_time()
    for hostile in ("<!" * 500_000, "<script>" * 200_000, "<!--" * 300_000, "<" * 1_000_000):
        html_text(hostile)
    assert time.process_time() - began < 10


def _card_in_plain() -> EmailMessage:
    return written(f"My card is {CARD}.\n")


def _card_in_base64() -> EmailMessage:
    message = written("Hello")
    message.set_content(f"Mitt kort er {CARD}, hålløw.\n", cte="base64")
    return message


def _card_in_subject() -> EmailMessage:
    return written("Hello", Subject=f"Card {CARD}")


def _card_in_page() -> EmailMessage:
    message = written("Hello")
    message.add_alternative("<p>4111 <b>1111</b> 1111 <i>1111</i></p>", subtype="html")
    return message


def _card_in_text_file() -> EmailMessage:
    message = written("Hello")
    message.add_attachment(f"{CARD}\n", filename="card.txt")
    return message


def _card_in_file_name() -> EmailMessage:
    message = written("Hello")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="4111111111111111.png")
    return message


@pytest.mark.parametrize(
    "message",
    [
        _card_in_plain(),
        _card_in_base64(),
        _card_in_subject(),
        _card_in_page(),
        _card_in_text_file(),
        _card_in_file_name(),
    ],
    ids=["plain", "base64", "subject", "page", "text file", "file name"],
)
def test_card_number_is_nowhere_in_what_is_kept(message: EmailMessage) -> None:
    read = read_mail(message.as_bytes())
    assert read.redacted
    again = read_mail(read.raw)
    for found in (read, again):
        shown = [found.subject, found.text, *(one.name for one in found.attachments)]
        assert not any(holds_number(text) for text in shown)
    assert not again.redacted
    assert again.raw == read.raw
    for part in message.walk():
        assert b"4111 1111" not in read.raw
        assert part.get_content_type().encode() in read.raw or part.get_content_subtype() == "html"


def test_attachment_beside_a_card_number_is_kept_untouched() -> None:
    message = _card_in_plain()
    picture = bytes(range(256)) * 40
    message.add_attachment(picture, maintype="image", subtype="png", filename="a.png")
    read = read_mail(message.as_bytes())
    assert "[card •••• 1111]" in read.text
    kept = base64.b64encode(picture)
    assert kept in read.raw.replace(b"\r\n", b"").replace(b"\n", b"")


def test_card_number_between_the_parts_is_found() -> None:
    raw = mail(
        f"{CARD}\r\n--b\r\n\r\nHello\r\n--b--\r\n{CARD}\r\n".encode(),
        b"Content-Type: multipart/mixed; boundary=b",
    )
    assert b"1111 1111" not in read_mail(raw).raw


def test_card_number_under_a_false_encoding_is_found() -> None:
    raw = mail(f"{CARD}\r\n".encode(), b"Content-Transfer-Encoding: base64")
    assert b"1111 1111" not in read_mail(raw).raw


@pytest.mark.parametrize(
    "header",
    [
        b"Auto-Submitted: auto-replied",
        b"Auto-Submitted: auto-generated (vacation); x=y",
        b"Precedence: bulk",
        b"List-Id: <talk.example.com>",
        b"List-Unsubscribe: <mailto:a@example.com>",
        b"X-Auto-Response-Suppress: All",
        b"X-Loop: a",
        b"Return-Path: <>",
        b"Content-Type: multipart/report; boundary=b",
    ],
)
def test_machine_is_known_by_its_marks(header: bytes) -> None:
    assert read_mail(mail(b"Hello", header)).automatic


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@example.no", "no-reply@example.no", "bounces+1=2@example.no"]
)
def test_machine_is_known_by_its_address(sender: str) -> None:
    assert read_mail(f"From: {sender}\r\n\r\nHello".encode()).automatic


def test_null_sender_is_a_machine_and_a_person_is_none() -> None:
    assert read_mail(mail(), null_sender=True).automatic
    assert not read_mail(mail(b"Hello", b"Auto-Submitted: no", b"Precedence: first")).automatic


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "Hei, jeg fikk ikke noen kode og vil ha pengene tilbake. Hilsen Ola"),
        ("de", "Hallo, ich habe keinen Code bekommen und möchte mein Geld zurück. Grüße"),
        ("en", "Hello, I did not get a code and would like my money back. Thanks"),
        (None, "12345 ???"),
    ],
)
def test_language_is_guessed_from_common_words(language: str | None, text: str) -> None:
    assert language_of(text) == language


@given(st.binary(max_size=600))
def test_no_octets_break_the_reader(octets: bytes) -> None:
    read_mail(octets)
    read_mail(HEAD + octets)


@given(
    st.lists(
        st.sampled_from(
            [
                b"Content-Type: multipart/mixed; boundary=b\r\n",
                b"Content-Type: text/html; charset=\xff\r\n",
                b"Content-Type: message/rfc822\r\n",
                b"Content-Transfer-Encoding: base64\r\n",
                b"Content-Transfer-Encoding: uuencode\r\n",
                b"Content-Disposition: attachment; filename*0*=utf-8''%ff\r\n",
                b"Subject: =?utf-16?b?//8=?=\r\n",
                b"From: =?utf-8?q?=00?= <a@b>\r\n",
                b"\r\n",
                b"--b\r\n",
                b"--b--\r\n",
                b"4111111111111111\r\n",
                b"begin 644 a\r\n#0V%T\r\n",
                b"\x00\xff\r\n",
            ]
        ),
        max_size=25,
    )
)
def test_no_order_of_lines_breaks_the_reader_or_keeps_a_card(lines: list[bytes]) -> None:
    read = read_mail(b"".join(lines))
    assert b"4111111111111111" not in read.raw
    assert "4111111111111111" not in read.text


def test_unopened_attachment_is_listed() -> None:
    message = MIMEMultipart()
    part = MIMEBase("application", "zip")
    part.set_payload(b"PK")
    message.attach(part)
    (listed,) = read_mail(message.as_bytes()).attachments
    assert (listed.name, listed.media_type) == ("attachment", "application/zip")
