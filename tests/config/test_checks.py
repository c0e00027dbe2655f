"""`nummer check`: every look finds what is wrong, says what to do, and is quiet otherwise."""

from __future__ import annotations

import dataclasses
import json
import os
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_server

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import connection
from django.test import override_settings

from nummer.apps.alerts.links import carriers_down, saw_bound
from nummer.config.checks import business, database, hardening, machine, network, secrets
from nummer.config.checks.finding import Finding, Level
from nummer.config.commands.check import check
from nummer.config.env import Environment, environment
from nummer.config.mail import OutgoingMail
from tests import builders
from tests.builders import NOW


@pytest.fixture
def production(tmp_path: Path) -> Environment:
    """Return the settings of an installation in production with a home of its own."""
    home = tmp_path / "home"
    (home / "secrets").mkdir(parents=True, mode=0o700)
    key = home / "secrets" / "key-of-keys.json"
    key.touch(mode=0o600)
    return dataclasses.replace(
        environment(), mode="production", home=home, public_url="https://numbers.example"
    )


def wrong(found: list[Finding]) -> list[str]:
    return [each.said for each in found if each.level in (Level.WARNING, Level.ERROR)]


def test_secrets_that_others_may_read_are_errors_with_the_command(production: Environment) -> None:
    assert wrong(secrets.secrets(production)) == []
    carriers = production.home / "carriers.toml"
    carriers.touch(mode=0o644)
    carriers.chmod(0o644)
    production.secrets.chmod(0o755)
    found = secrets.secrets(production)
    assert [each.level for each in found] == [Level.ERROR, Level.ERROR]
    assert [each.todo for each in found] == [
        f"chmod 700 {production.secrets}",
        f"chmod 600 {carriers}",
    ]


def test_keys_for_playing_are_errors_in_production(production: Environment) -> None:
    playing = dataclasses.replace(
        production, stripe_key="sk_test_x", stripe_api="http://127.0.0.1:1"
    )
    assert len(wrong(secrets.secrets(playing))) == 2
    assert wrong(secrets.secrets(dataclasses.replace(playing, mode="sandbox"))) == []
    (production.home / "sandbox").mkdir()
    assert "was a sandbox" in wrong(secrets.secrets(production))[0]


def test_a_lost_key_of_keys_is_an_error(production: Environment) -> None:
    (production.secrets / "key-of-keys.json").unlink()
    assert "key of keys" in wrong(secrets.secrets(production))[0]


@pytest.mark.django_db
def test_database_rights_and_copies(production: Environment) -> None:
    far = dataclasses.replace(production, database_url="postgresql://nummer@db.example/nummer")
    assert any("in clear" in said for said in wrong(database.database(far)))
    assert any("more rights" in said for said in wrong(database.database(production)))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nummer_app")
        assert not [said for said in wrong(database.database(production)) if "rights" in said]
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT relname FROM pg_class t JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'ledger' AND relkind = 'r' LIMIT 1"
        )
        (table,) = cursor.fetchone()
        cursor.execute(f"GRANT UPDATE ON ledger.{table} TO nummer_app")
        cursor.execute("SET LOCAL ROLE nummer_app")
        assert any("ledger" in said for said in wrong(database.database(production)))
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize(
    ("age", "level"),
    [
        (None, Level.WARNING),
        (timedelta(hours=25), Level.GOOD),
        (timedelta(hours=27), Level.WARNING),
        (timedelta(days=8), Level.ERROR),
    ],
)
def test_the_age_of_the_last_copy(
    production: Environment, age: timedelta | None, level: Level
) -> None:
    if age is not None:
        noted = production.home / database.BACKUP
        noted.touch()
        at = (NOW - age).timestamp()
        os.utime(noted, (at, at))
    [found] = database.backup(production, now=NOW)
    assert found.level is level


def test_a_full_disk_is_an_error(production: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.disk(production)
    for free, level in ((0.04, Level.ERROR), (0.1, Level.WARNING), (0.5, Level.GOOD)):
        monkeypatch.setattr(machine, "free_share", lambda path, s=free: (s, int(s * 1e12)))
        [found] = machine.disk(production)
        assert found.level is level


@pytest.mark.django_db
def test_clocks_that_differ_are_an_error(
    production: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_nobody_keeps_the_clock", lambda: False)
    assert wrong(machine.clock(production)) == []
    monkeypatch.setattr(machine, "_apart_s", lambda: -7.0)
    assert "7 s apart" in wrong(machine.clock(production))[0]
    monkeypatch.setattr(machine, "_nobody_keeps_the_clock", lambda: True)
    assert len(wrong(machine.clock(production))) == 2


def test_the_kernel_is_asked_without_an_error() -> None:
    assert machine._nobody_keeps_the_clock() in (True, False)


@pytest.mark.django_db
def test_documents_count_in_three_languages() -> None:
    assert len(wrong(business.documents(now=NOW))) == 3
    builders.shop()
    assert wrong(business.documents(now=NOW)) == []


def test_facts_of_the_example_are_an_error_in_production(production: Environment) -> None:
    [found] = business.operator(production)
    assert found.level is Level.ERROR
    assert "mailbox" in found.said


@pytest.mark.django_db
def test_a_carrier_that_is_not_bound_is_an_error(production: Environment) -> None:
    assert "No carrier is named" in wrong(business.carriers(production, now=NOW))[0]
    (production.home / "carriers.toml").write_text(
        "".join(
            f'[[carrier]]\ncode="{code}"\nhost="h"\nport=1\nsystem_id="i"\npassword="p"\n'
            for code in ("alpha", "beta")
        )
    )
    assert wrong(business.carriers(production, now=NOW)) == ["Not bound: alpha, beta."]
    saw_bound(["alpha"], now=NOW)
    assert wrong(business.carriers(production, now=NOW)) == ["Not bound: beta."]
    saw_bound(["alpha", "beta"], now=NOW + timedelta(seconds=30))
    assert wrong(business.carriers(production, now=NOW + timedelta(minutes=2))) == []
    assert carriers_down(["alpha"], now=NOW + timedelta(minutes=3)) == ["alpha"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext, datetime]]:
    """Serve TLS on loopback; yield the port, who trusts it, and when its certificate ends."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    ends_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ends_at - timedelta(days=90))
        .not_valid_after(ends_at)
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    shown, kept = tmp_path / "cert.pem", tmp_path / "key.pem"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kept.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, kept)
    listening = create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                link, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(link, server_side=True).close()
            except OSError:
                link.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1], ssl.create_default_context(cafile=shown), ends_at
    listening.close()


def test_the_end_of_a_certificate_is_read_and_judged(
    served: tuple[int, ssl.SSLContext, datetime],
) -> None:
    port, trusting, ends_at = served
    assert network.certificate_ends_at("127.0.0.1", port, context=trusting) == ends_at
    for days, level in ((30, Level.GOOD), (20, Level.WARNING), (2, Level.ERROR)):
        found = network._of_certificate(ends_at, ends_at - timedelta(days=days))
        assert found.level is level


def test_a_certificate_that_nobody_trusts_is_an_error(
    served: tuple[int, ssl.SSLContext, datetime], production: Environment
) -> None:
    public = f"https://127.0.0.1:{served[0]}"
    [found] = network.tls(dataclasses.replace(production, public_url=public), now=NOW)
    assert found.level is Level.ERROR
    assert "self-signed" in found.said
    plain = dataclasses.replace(production, public_url="http://numbers.example")
    assert "https://" in network.tls(plain, now=NOW)[0].said


def test_a_mail_server_takes_us_or_is_an_error(
    production: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Controller(Sink(), hostname="127.0.0.1", port=0)
    server.port = free = _free_port()
    mailing = dataclasses.replace(production, mail_url=f"smtp://127.0.0.1:{free}")
    monkeypatch.setattr("nummer.config.mail.environment", lambda: mailing)
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    assert OutgoingMail().host == "127.0.0.1"
    [found] = network.mail(mailing)
    assert found.level is Level.ERROR
    server.start()
    try:
        [found] = network.mail(mailing)
    finally:
        server.stop()
    assert found.level is Level.GOOD


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.mark.clause("PP-2.5a", "PP-2.5b")
@pytest.mark.django_db
def test_hardening_looks_at_our_real_answers(production: Environment) -> None:
    builders.shop()
    host = {"ALLOWED_HOSTS": ["numbers.example"], "SECURE_HSTS_SECONDS": 31_536_000}
    safe = {"SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True}
    with override_settings(**host, **safe):
        assert wrong(hardening.hardening(production)) == []
        with override_settings(X_FRAME_OPTIONS="SAMEORIGIN"):
            assert any("X-Frame-Options" in said for said in wrong(hardening.hardening(production)))
        with override_settings(SESSION_COOKIE_SECURE=False):
            assert len(wrong(hardening.hardening(production))) == 1
        open_port = dataclasses.replace(production, address="0.0.0.0")
        assert any("without TLS" in said for said in wrong(hardening.hardening(open_port)))
    with override_settings(ALLOWED_HOSTS=["*"], **safe, SECURE_HSTS_SECONDS=1):
        assert any("host name" in said for said in wrong(hardening.hardening(production)))


@pytest.mark.django_db
def test_the_command_keeps_its_rows_and_adds_findings() -> None:
    builders.shop()
    result = CliRunner().invoke(check, ["--json"])
    rows = json.loads(result.stdout)
    owed = [row for row in rows if "finding" not in row]
    assert {"kind", "open", "near", "late"} == set(owed[0])
    assert all({"kind", "open", "near", "late"} <= set(row) for row in rows)
    found = [row for row in rows if "finding" in row]
    assert {row["kind"] for row in found} >= {"secrets", "database", "disk", "documents", "tls"}
    assert all(bool(row["todo"]) == bool(row["near"] or row["late"]) for row in found)
    text = CliRunner().invoke(check, []).stdout
    assert "ok    documents: " in text
    late = any(row["late"] for row in rows)
    assert result.exit_code == int(late)
