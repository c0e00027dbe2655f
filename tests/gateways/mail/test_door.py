"""The doors of the mailbox, as the mail servers of others meet them."""

from __future__ import annotations

import datetime
import smtplib
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nummer.gateways.mail.ports import ArrivedMail
from nummer.gateways.mail.visitors import Visitors
from nummer.kernel.errors import Refusal, Unavailable
from tests.gateways.mail.mailbox import NOW, OURS, Mailbox, mailbox

MAIL = b"From: ola@example.no\r\nSubject: Hello\r\n\r\nHello\r\n.. two dots\r\n"
TO = OURS[0]


def client(box: Mailbox) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", box.ports["port"], local_hostname="test", timeout=10)


def lmtp(box: Mailbox) -> smtplib.LMTP:
    return smtplib.LMTP("127.0.0.1", box.ports["lmtp_port"], local_hostname="test", timeout=10)


def talk(box: Mailbox, *lines: bytes) -> list[bytes]:
    """Say lines as they are, and return every answer until the other side hangs up."""
    with socket.create_connection(("127.0.0.1", box.ports["port"]), timeout=10) as plain:
        file = plain.makefile("rb")
        answers = [file.readline()]
        for line in lines:
            plain.sendall(line)
            answers.append(file.readline())
            while answers[-1][3:4] == b"-":
                answers.append(file.readline())
        plain.sendall(b"QUIT\r\n")
        answers += file.readlines()
    return answers


def test_mail_is_taken_with_the_moment_of_its_receipt() -> None:
    with mailbox() as box, client(box) as sender:
        assert sender.sendmail("ola@example.no", [TO], MAIL) == {}
        (mail,) = box.mails

    assert (mail.recipients, mail.received_at, mail.null_sender) == ((TO,), NOW, False)
    assert mail.raw == MAIL


def test_mail_without_a_sender_is_taken_and_marked() -> None:
    with mailbox() as box, client(box) as sender:
        sender.sendmail("", [TO], MAIL)

    assert box.mails[0].null_sender


def test_nothing_is_passed_on_to_others() -> None:
    with mailbox() as box, client(box) as sender:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            sender.sendmail("ola@example.no", ["eve@example.com"], MAIL)
        sender.rset()
        left_out = sender.sendmail("ola@example.no", ["eve@example.com", TO], MAIL)

    assert refused.value.recipients["eve@example.com"][0] == 550
    assert left_out["eve@example.com"][0] == 550
    assert [mail.recipients for mail in box.mails] == [(TO,)]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(Unavailable("database"), 451), (RuntimeError("ola@example.no"), 451), (Refusal(), 554)],
)
def test_mail_that_is_not_stored_is_not_acknowledged(trouble: Exception, code: int) -> None:
    def fail(_: ArrivedMail) -> None:
        raise trouble

    with mailbox() as box, client(box) as sender:
        box.answer = fail
        with pytest.raises(smtplib.SMTPDataError) as refused:
            sender.sendmail("ola@example.no", [TO], MAIL)

    assert refused.value.smtp_code == code
    assert b"ola" not in refused.value.smtp_error
    assert b"Error" not in refused.value.smtp_error
    assert box.mails == []


def test_mail_that_says_it_is_too_large_is_refused_before_it_comes() -> None:
    with (
        mailbox(octets_max=1_000) as box,
        client(box) as sender,
        pytest.raises(smtplib.SMTPSenderRefused) as refused,
    ):
        sender.sendmail("ola@example.no", [TO], MAIL + b"x" * 2_000)

    assert refused.value.smtp_code == 552


def test_mail_that_is_too_large_is_refused_when_it_comes() -> None:
    with mailbox(octets_max=1_000) as box:
        answers = talk(
            box,
            b"HELO test\r\n",
            b"MAIL FROM:<a@b.no>\r\n",
            f"RCPT TO:<{TO}>\r\n".encode(),
            b"DATA\r\n",
            b"x\r\n" * 1_000 + b".\r\n",
        )

    assert answers[5].startswith(b"552")
    assert box.mails == []


def _cut_off(plain: socket.socket, piece: bytes) -> bool:
    """Send far more than any limit; tell whether the other side hung up."""
    try:
        for _ in range(2_000):
            plain.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


@pytest.mark.parametrize("piece", [b"x\r\n" * 30_000, b"x" * 100_000])
def test_mail_without_end_is_cut_off(piece: bytes) -> None:
    with mailbox(octets_max=1_000) as box:
        with socket.create_connection(("127.0.0.1", box.ports["port"]), timeout=10) as plain:
            plain.sendall(b"HELO a\r\nMAIL FROM:<a@b.no>\r\n")
            plain.sendall(f"RCPT TO:<{TO}>\r\nDATA\r\n".encode())
            assert _cut_off(plain, piece)
        with client(box) as sender:
            sender.sendmail("ola@example.no", [TO], b"Subject: a\r\n\r\nb")
        assert len(box.mails) == 1


def test_only_a_dot_between_whole_line_ends_ends_a_mail() -> None:
    smuggled = (
        b"Subject: one\r\n\r\nfirst\n.\nMAIL FROM:<eve@example.com>\nRCPT TO:<x>\nDATA\nsecond"
        b"\r.\rthird\r\n.\nfourth\n.\r\nfifth\r\n.\r\n"
    )
    with mailbox() as box:
        talk(
            box,
            b"HELO test\r\n",
            b"MAIL FROM:<a@b.no>\r\n",
            f"RCPT TO:<{TO}>\r\n".encode(),
            b"DATA\r\n",
            smuggled,
        )

    (mail,) = box.mails
    assert b"fifth" in mail.raw


def test_door_names_no_program_and_lets_nobody_sign_in() -> None:
    with mailbox() as box:
        answers = b"".join(
            talk(box, b"EHLO test\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"VRFY ola\r\n", b"HELP\r\n")
        )

    assert b"220 nummer.example ready" in answers
    assert b"AUTH " not in answers.replace(b"Supported commands: AUTH ", b"")
    assert b"235" not in answers
    for word in (b"aiosmtpd", b"Python", socket.gethostname().encode()):
        assert word not in answers


def test_one_visitor_holds_a_few_connections() -> None:
    with mailbox(visitors=Visitors(of_one_max=2)) as box:
        first, second = client(box), client(box)
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            client(box)
        first.quit()
        second.sendmail("ola@example.no", [TO], MAIL)
        second.quit()
        with client(box) as again:
            again.noop()

    assert refused.value.smtp_code == 421
    assert len(box.mails) == 1


def test_who_brings_too_many_mails_is_told_to_wait() -> None:
    few = Visitors(mails_per_s=0.01, mails_at_once=2)
    with mailbox(visitors=few) as box, client(box) as sender:
        for _ in range(2):
            sender.sendmail("ola@example.no", [TO], MAIL)
        with pytest.raises(smtplib.SMTPSenderRefused) as refused:
            sender.sendmail("ola@example.no", [TO], MAIL)

    assert refused.value.smtp_code == 450
    assert len(box.mails) == 2


def test_lmtp_takes_one_recipient_at_a_time() -> None:
    with mailbox() as box, lmtp(box) as sender:
        left_out = sender.sendmail("ola@example.no", list(OURS), MAIL)

    assert left_out[OURS[1]][0] == 452
    assert [mail.recipients for mail in box.mails] == [(TO,)]


def test_many_mails_at_once_are_all_taken() -> None:
    def bring() -> None:
        with client(box) as sender:
            for _ in range(10):
                sender.sendmail("ola@example.no", [TO], MAIL)

    with mailbox() as box:
        threads = [threading.Thread(target=bring) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    assert len(box.mails) == 80


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nummer.example")])
    began = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began - datetime.timedelta(days=1))
        .not_valid_after(began + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("nummer.example")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_with_a_certificate_mail_comes_encrypted(certificate: Path) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    trusted = ssl.create_default_context(cafile=str(certificate))
    trusted.check_hostname = False
    with mailbox(tls=server, visitors=Visitors(of_one_max=1)) as box:
        with client(box) as sender:
            sender.starttls(context=trusted)
            sender.ehlo()
            assert "auth" not in sender.esmtp_features
            sender.sendmail("ola@example.no", [TO], MAIL)
        with client(box) as again:
            again.noop()

    assert len(box.mails) == 1


def test_without_a_certificate_none_is_offered() -> None:
    with mailbox() as box, client(box) as sender:
        sender.ehlo()
        assert not sender.has_extn("starttls")
