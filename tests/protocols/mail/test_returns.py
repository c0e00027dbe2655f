"""Reports about our mails are read, whatever somebody wrote into them."""

from __future__ import annotations

import pytest

from nummer.protocols.mail.returns import Report, Returned, of_reply, read_report, return_path_in


def dsn(*, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: hello+r-x@nummer.example\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
        "\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; somebody.else@example.com\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def arf(original: str = "") -> bytes:
    return (
        "From: fbl@provider.example\r\nTo: hello@nummer.example\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n"
        f"User-Agent: x/1\r\nVersion: 1\r\nOriginal-Mail-From: <{original}>\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("raw", "report"),
    [
        (dsn(), Report(Returned.HARD, "5.1.1")),
        (dsn(status="5.2.1 (disabled)"), Report(Returned.HARD, "5.2.1")),
        (dsn(status="5.2.2"), Report(Returned.SOFT, "5.2.2")),
        (dsn(status="4.4.7"), Report(Returned.SOFT, "4.4.7")),
        (dsn(status="fünf"), Report(Returned.SOFT, "")),
        (dsn(action="delayed", status="4.4.1"), Report(Returned.DELAYED, "4.4.1")),
        (dsn(action="delivered", status="2.0.0"), None),
        (dsn(action="relayed", status="2.0.0"), None),
        (arf(), Report(Returned.COMPLAINT)),
        (b"Subject: Out of office\r\n\r\nI am away; 550 5.1.1 no such user\r\n", None),
        (b"\0" * 1000, None),
        (b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n" * 2000, None),
    ],
)
def test_a_report_is_read_by_its_fields_alone(raw: bytes, report: Report | None) -> None:
    assert read_report(raw) == report


@pytest.mark.parametrize(
    ("code", "said", "report"),
    [
        (550, "5.1.1 <a@b.example>: no such user", Report(Returned.HARD, "5.1.1")),
        (550, "no such user", Report(Returned.HARD, "")),
        (550, "5.7.1 we do not like you", Report(Returned.SOFT, "5.7.1")),
        (552, "5.2.2 mailbox full", Report(Returned.SOFT, "5.2.2")),
        (554, "no", Report(Returned.SOFT, "")),
    ],
)
def test_a_servers_own_refusal_is_read_too(code: int, said: str, report: Report) -> None:
    assert of_reply(code, said) == report


def test_a_complaint_encloses_the_return_path() -> None:
    assert return_path_in(arf("hello+r-abc@nummer.example")) == "hello+r-abc@nummer.example"
    assert return_path_in(arf("a b@c")) is None
    assert return_path_in(dsn()) is None
