"""Keys of payment providers: whole or not at all; and the command that looks them over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from nummer.apps.payments import queries
from nummer.apps.payments.ports import installed_payments
from nummer.config import wiring
from nummer.config.cli import nummer
from nummer.config.env import Environment, environment
from nummer.suppliers.btcpay.provider import BtcPayPayments
from nummer.suppliers.google import google_itself
from nummer.suppliers.paypal.provider import PayPalPayments
from tests.apps.payments.sides import BtcPaySide, PayPalSide, Side, StripeSide, side

PAYPAL = {
    "NUMMER_PAYPAL_CLIENT_ID": "A-client",
    "NUMMER_PAYPAL_SECRET": "E-secret-of-paypal",
    "NUMMER_PAYPAL_WEBHOOK_ID": "WH1",
}
BTCPAY = {
    "NUMMER_BTCPAY_URL": "https://pay.shop.test/",
    "NUMMER_BTCPAY_STORE": "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776",
    "NUMMER_BTCPAY_KEY": "key-of-btcpay",
    "NUMMER_BTCPAY_WEBHOOK_SECRET": "secret-of-btcpay",
}


def read(patch: pytest.MonkeyPatch, **variables: str) -> Environment:
    for name, value in variables.items():
        patch.setenv(name, value)
    return environment.__wrapped__()


GOOGLE = {
    "NUMMER_GOOGLE_CLIENT_ID": "client.apps.googleusercontent.com",
    "NUMMER_GOOGLE_SECRET": "secret-of-google",
}


@pytest.mark.parametrize("keys", [PAYPAL, BTCPAY, GOOGLE])
def test_half_of_the_keys_is_refused_and_what_is_missing_named(
    monkeypatch: pytest.MonkeyPatch, keys: dict[str, str]
) -> None:
    for left_out in keys:
        rest = {name: text for name, text in keys.items() if name != left_out}
        with monkeypatch.context() as patch, pytest.raises(ValueError, match=left_out) as refused:
            read(patch, **rest, NUMMER_MODE="production")
        assert "secret-of" not in str(refused.value)
        assert "key-of" not in str(refused.value)


def test_forms_lead_to_whom_there_are_keys_for_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        assert read(patch, NUMMER_MODE="production").forms_lead_to == []
    everybody = {**PAYPAL, **BTCPAY, **GOOGLE}
    stripe = {"NUMMER_STRIPE_KEY": "k", "NUMMER_STRIPE_WEBHOOK_SECRET": "s"}
    with monkeypatch.context() as patch:
        env = read(patch, **everybody, **stripe, NUMMER_MODE="production")
    assert env.forms_lead_to == [
        "https://checkout.stripe.com",
        "https://www.paypal.com",
        "https://pay.shop.test",
        "https://accounts.google.com",
    ]


def test_google_in_production_is_asked_at_its_own_addresses() -> None:
    google = google_itself(client_id="c", secret="s")
    hosts = {urlsplit(url).netloc for url in (google.authorize_url, google.token_url)}
    assert hosts == {"accounts.google.com", "oauth2.googleapis.com"}
    assert "secret" not in repr(google)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"NUMMER_PAYPAL_API": "https://api-m.sandbox.paypal.com"}, "play money"),
        ({"NUMMER_PAYPAL_API": "http://127.0.0.1:9"}, "play money"),
        ({"NUMMER_PAYPAL_API": "http://api-m.paypal.com"}, "https://"),
        ({"NUMMER_BTCPAY_URL": "http://pay.shop.test"}, "https://"),
        ({"NUMMER_BTCPAY_STORE": "../../api-keys"}, "NUMMER_BTCPAY_STORE"),
    ],
)
def test_production_refuses_play_money_and_open_lines(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        read(monkeypatch, **{**PAYPAL, **BTCPAY, "NUMMER_MODE": "production", **changes})


def test_paypals_own_sandbox_is_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    api = "https://api-m.sandbox.paypal.com"

    env = read(monkeypatch, **PAYPAL, NUMMER_PAYPAL_API=api)

    assert env.paypal is not None
    assert env.paypal.api == api


def test_without_keys_neither_is_offered_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    env = read(monkeypatch, NUMMER_MODE="production")

    assert {one.code for one in wiring._payment_providers(env)} <= {"bank"}


def test_with_keys_both_are_offered_and_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    env = read(monkeypatch, **PAYPAL, **BTCPAY, NUMMER_MODE="production")

    paypal, btcpay = wiring._payment_providers(env)[:2]

    assert isinstance(paypal, PayPalPayments)
    assert isinstance(btcpay, BtcPayPayments)
    assert btcpay._access().url == "https://pay.shop.test"
    for shown in (repr(env), repr(paypal._access()), repr(btcpay._access())):
        assert "secret-of" not in shown
        assert "key-of" not in shown


def test_the_sandbox_offers_every_kind_side_by_side(db: None) -> None:
    ways = {
        way.code: (way.refundable, way.least.decimal_text(), way.most.decimal_text())
        for way in queries.methods("EUR")
        if way.code.startswith("sandbox-")
    }

    assert ways == {
        "sandbox-card": (True, "1.00", "1000.00"),
        "sandbox-voucher": (False, "5.00", "100.00"),
        "sandbox-paypal": (True, "1.00", "1000.00"),
        "sandbox-bitcoin": (False, "10.00", "500.00"),
    }


@pytest.fixture(params=[StripeSide, PayPalSide, BtcPaySide])
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Side]:
    with side(request.param, tmp_path) as one:
        one.desk.configure(
            callback_url=f"{environment().public_url}/payments/callback/{one.code}/",
            page_url="http://shop.test/{reference}",
        )
        yield one


def looked_over(*words: str) -> Result:
    return CliRunner().invoke(nummer, ["payments", *words], catch_exceptions=False)


def test_what_is_set_up_well_is_ok(there: Side) -> None:
    told = looked_over("--json")

    assert told.exit_code == 0
    (one,) = json.loads(told.stdout)
    assert (one["provider"], one["troubles"]) == (there.code, [])
    assert looked_over().stdout.startswith(f"ok    {there.code}")


def test_a_webhook_that_leads_elsewhere_is_wrong(there: Side) -> None:
    there.desk.configure(callback_url="http://elsewhere.test/", page_url="{reference}")

    told = looked_over()

    knows_webhooks = there.code != "sandbox"  # Stripe's restricted keys may not look at them
    assert told.exit_code == int(knows_webhooks)
    assert ("/payments/callback/" in told.stdout) is knows_webhooks


def test_a_provider_that_refuses_our_keys_is_wrong(
    there: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = installed_payments().providers[0]
    access = provider._access()  # type: ignore[attr-defined]
    changed = {"client_id": "another"} if there.code == "sandbox-paypal" else {"key": "another"}
    monkeypatch.setattr(provider, "_access", lambda: replace(access, **changed))

    told = looked_over()

    assert told.exit_code == 1
    assert "It does not answer, or refuses our keys." in told.stdout
