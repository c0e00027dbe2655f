"""The only reader of the environment."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

Mode = Literal["sandbox", "production"]
ReverseCharge = Literal["never", "checked", "form"]
NOTICE_DAYS_MAX: Final = 365
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
WEB_WORKERS_MAX: Final = 64
PORT_MAX: Final = 65535
_CURRENCY_LENGTH: Final = 3  # ISO 4217
_SUM_MAX: Final = 1_000_000_000
_ANALYTICS: Final = re.compile(r"G-[A-Z0-9]{4,20}", re.ASCII)
_STORE: Final = re.compile(r"[A-Za-z0-9]{1,60}", re.ASCII)
CHECKOUT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class PayPalKeys:
    """The operator's account at PayPal."""

    client_id: str
    secret: str = field(repr=False)
    webhook_id: str
    api: str


@dataclass(frozen=True, slots=True)
class BtcPayKeys:
    """The operator's store at a BTCPay Server."""

    url: str
    store_id: str
    key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DidwwKeys:
    """The operator's account at DIDWW."""

    key: str = field(repr=False)
    callback_secret: str = field(repr=False)
    api: str


@dataclass(frozen=True, slots=True)
class GoogleKeys:
    """The operator's OAuth client at Google, by which customers sign in."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Environment:
    """What the operator set; every variable is described in docs/operate/settings.md."""

    home: Path
    mode: Mode
    address: str
    port: int
    smpp_address: str
    smpp_port: int
    smpp_certificate: Path | None
    smpp_key: Path | None
    smpp_texts_per_s: int  # of one account
    smpp_window: int  # of one bind
    smpp_binds: int  # of one account
    mail_address: str
    mail_port: int | None
    lmtp_port: int | None
    mail_certificate: Path | None
    mail_key: Path | None
    dns_server: tuple[str, int] | None
    dkim_selector: str | None
    database_url: str | None
    public_url: str
    public_url_given: bool
    mail_url: str | None
    web_workers: int | None
    log_level: str
    as_owner: bool
    calls_per_s: int
    reverse_charge: ReverseCharge
    stripe_key: str | None
    stripe_webhook_secret: str
    stripe_api: str
    paypal: PayPalKeys | None
    btcpay: BtcPayKeys | None
    didww: DidwwKeys | None
    google: GoogleKeys | None
    notice_days: int
    payouts_alone_most: Mapping[str, Decimal]
    bank_folder: Path | None
    clamd: tuple[str, int] | Path | None
    analytics_id: str | None
    alert_mail: str | None
    alert_webhook: str | None
    alert_webhook_secret: str = field(repr=False)
    alert_repeat_hours: int

    @property
    def secrets(self) -> Path:
        """The folder of keys: only the operating user may enter it."""
        return self.home / "secrets"

    @property
    def run(self) -> Path:
        """The folder of what lives only while the processes run: ports, readiness."""
        return self.home / "run"

    @property
    def takes_mail(self) -> bool:
        """Whether a door of the official mailbox is open."""
        return self.mail_port is not None or self.lmtp_port is not None

    @property
    def forms_lead_to(self) -> list[str]:
        """The origins outside to which a form of ours leads people on: to pay, to sign in.

        Chromium holds a form's redirects, too, to the policy of its page (measured, version 156).
        """
        return [
            *(["https://checkout.stripe.com"] if self.stripe_key else []),
            *(["https://www.paypal.com"] if self.paypal else []),
            *(["https://" + urlsplit(self.btcpay.url).netloc] if self.btcpay else []),
            *(["https://accounts.google.com"] if self.google else []),
        ]

    def needed_in_production(self) -> dict[str, object]:
        """Return by variable what only a sandbox may leave to its defaults."""
        return {"NUMMER_PUBLIC_URL": self.public_url_given, "NUMMER_MAIL_URL": self.mail_url}


@cache
def environment() -> Environment:
    """Read the environment once. Raises ValueError with a sentence for the operator."""
    read = os.environ.get  # noqa: TID251 -- this module is the one reader
    mode = read("NUMMER_MODE", "sandbox")
    if mode not in ("sandbox", "production"):
        raise ValueError("NUMMER_MODE must be 'sandbox' or 'production'")
    port = _port("NUMMER_PORT", read("NUMMER_PORT", "8000"))
    home = Path(read("NUMMER_HOME") or CHECKOUT / ".nummer").resolve()
    return Environment(
        home=home,
        mode="production" if mode == "production" else "sandbox",
        address=read("NUMMER_ADDRESS") or "127.0.0.1",
        port=port,
        smpp_address=read("NUMMER_SMPP_ADDRESS")
        or ("0.0.0.0" if mode == "production" else "127.0.0.1"),  # noqa: S104 -- customers bind from outside
        smpp_port=_port("NUMMER_SMPP_PORT", read("NUMMER_SMPP_PORT", "2775")),
        smpp_certificate=_file(read("NUMMER_SMPP_CERTIFICATE")),
        smpp_key=_file(
            _needed_with(
                "NUMMER_SMPP_CERTIFICATE",
                read("NUMMER_SMPP_CERTIFICATE"),
                "NUMMER_SMPP_KEY",
                read("NUMMER_SMPP_KEY"),
            )
        ),
        smpp_texts_per_s=_whole("NUMMER_SMPP_TEXTS_PER_S", read("NUMMER_SMPP_TEXTS_PER_S", "100")),
        smpp_window=_whole("NUMMER_SMPP_WINDOW", read("NUMMER_SMPP_WINDOW", "1000")),
        smpp_binds=_whole("NUMMER_SMPP_BINDS", read("NUMMER_SMPP_BINDS", "10")),
        mail_address=read("NUMMER_MAIL_ADDRESS")
        or ("0.0.0.0" if mode == "production" else "127.0.0.1"),  # noqa: S104 -- mail comes from outside
        mail_port=_optional_port(
            "NUMMER_MAIL_PORT",
            read("NUMMER_MAIL_PORT") or ("1025" if mode == "sandbox" else None),
        ),
        lmtp_port=_optional_port("NUMMER_LMTP_PORT", read("NUMMER_LMTP_PORT")),
        mail_certificate=_file(read("NUMMER_MAIL_CERTIFICATE")),
        mail_key=_file(
            _needed_with(
                "NUMMER_MAIL_CERTIFICATE",
                read("NUMMER_MAIL_CERTIFICATE"),
                "NUMMER_MAIL_KEY",
                read("NUMMER_MAIL_KEY"),
            )
        ),
        dns_server=_server("NUMMER_DNS_SERVER", read("NUMMER_DNS_SERVER")),
        dkim_selector=read("NUMMER_DKIM_SELECTOR") or None,
        database_url=read("NUMMER_DATABASE_URL") or None,
        public_url=(read("NUMMER_PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/"),
        public_url_given=bool(read("NUMMER_PUBLIC_URL")),
        mail_url=read("NUMMER_MAIL_URL") or None,
        web_workers=_workers(read("NUMMER_WEB_WORKERS")),
        log_level=_level(read("NUMMER_LOG_LEVEL") or "INFO"),
        as_owner=read("NUMMER_AS_OWNER") == "1",
        calls_per_s=_whole(
            "NUMMER_CALLS_PER_S",
            read("NUMMER_CALLS_PER_S", "50" if mode == "production" else "5000"),
        ),
        reverse_charge=_reverse_charge(
            read("NUMMER_REVERSE_CHARGE") or ("checked" if mode == "production" else "form")
        ),
        stripe_key=read("NUMMER_STRIPE_KEY") or None,
        stripe_webhook_secret=_needed_with(
            "NUMMER_STRIPE_KEY",
            read("NUMMER_STRIPE_KEY"),
            "NUMMER_STRIPE_WEBHOOK_SECRET",
            read("NUMMER_STRIPE_WEBHOOK_SECRET"),
        ),
        stripe_api=_https(
            "NUMMER_STRIPE_API", read("NUMMER_STRIPE_API") or "https://api.stripe.com"
        ),
        paypal=_paypal(read, mode),
        btcpay=_btcpay(read),
        didww=_didww(read, mode),
        google=_google(read),
        notice_days=_days(read("NUMMER_NOTICE_DAYS") or "14"),
        payouts_alone_most=_sums(
            "NUMMER_PAYOUTS_ALONE_MOST",
            read("NUMMER_PAYOUTS_ALONE_MOST") or "EUR=100,GBP=100,NOK=1000,USD=100",
        ),
        bank_folder=_file(read("NUMMER_BANK_FOLDER"))
        or (home / "bank" if mode == "sandbox" else None),
        clamd=_clamd(read("NUMMER_CLAMD")),
        analytics_id=_analytics(read("NUMMER_ANALYTICS_ID")),
        alert_mail=read("NUMMER_ALERT_MAIL") or None,
        alert_webhook=read("NUMMER_ALERT_WEBHOOK") or None,
        alert_webhook_secret=_signing_secret(
            _needed_with(
                "NUMMER_ALERT_WEBHOOK",
                read("NUMMER_ALERT_WEBHOOK"),
                "NUMMER_ALERT_WEBHOOK_SECRET",
                read("NUMMER_ALERT_WEBHOOK_SECRET"),
            )
        ),
        alert_repeat_hours=_whole(
            "NUMMER_ALERT_REPEAT_HOURS", read("NUMMER_ALERT_REPEAT_HOURS", "24")
        ),
    )


def _clamd(text: str | None) -> tuple[str, int] | Path | None:
    """Read where the scanner listens: a name or address with its port, or a socket's path."""
    if not text or text.startswith("/"):
        return Path(text) if text else None
    host, _, port = text.rpartition(":")
    if not host:
        raise ValueError("NUMMER_CLAMD must be as 192.0.2.1:3310, clamav:3310 or /run/clamd.sock")
    return host.strip("[]"), _port("NUMMER_CLAMD", port)


def _paypal(read: Callable[[str], str | None], mode: str) -> PayPalKeys | None:
    """Read the keys to PayPal: all of them, or none. Play money is for the sandbox only."""
    keys = _all_or_none(
        read, ("NUMMER_PAYPAL_CLIENT_ID", "NUMMER_PAYPAL_SECRET", "NUMMER_PAYPAL_WEBHOOK_ID")
    )
    if keys is None:
        return None
    api = _https("NUMMER_PAYPAL_API", read("NUMMER_PAYPAL_API") or "https://api-m.paypal.com")
    if mode == "production" and (".sandbox." in api or not api.startswith("https://")):
        raise ValueError("NUMMER_PAYPAL_API leads to play money, which production does not take")
    client_id, secret, webhook_id = keys
    return PayPalKeys(client_id=client_id, secret=secret, webhook_id=webhook_id, api=api)


def _btcpay(read: Callable[[str], str | None]) -> BtcPayKeys | None:
    """Read where BTCPay is and the keys to it: all of them, or none."""
    keys = _all_or_none(
        read,
        (
            "NUMMER_BTCPAY_URL",
            "NUMMER_BTCPAY_STORE",
            "NUMMER_BTCPAY_KEY",
            "NUMMER_BTCPAY_WEBHOOK_SECRET",
        ),
    )
    if keys is None:
        return None
    url, store_id, key, webhook_secret = keys
    if not _STORE.fullmatch(store_id):
        raise ValueError("NUMMER_BTCPAY_STORE must be the id of a store: letters and digits")
    return BtcPayKeys(
        url=_https("NUMMER_BTCPAY_URL", url),
        store_id=store_id,
        key=key,
        webhook_secret=webhook_secret,
    )


def _didww(read: Callable[[str], str | None], mode: str) -> DidwwKeys | None:
    """Read the key to DIDWW and the secret of its callbacks: both, or none."""
    keys = _all_or_none(read, ("NUMMER_DIDWW_KEY", "NUMMER_DIDWW_CALLBACK_SECRET"))
    if keys is None:
        return None
    api = _https("NUMMER_DIDWW_API", read("NUMMER_DIDWW_API") or "https://api.didww.com/v3")
    if mode == "production" and ("sandbox-api." in api or not api.startswith("https://")):
        raise ValueError("NUMMER_DIDWW_API leads to play numbers, which production does not take")
    key, callback_secret = keys
    return DidwwKeys(key=key, callback_secret=callback_secret, api=api)


def _google(read: Callable[[str], str | None]) -> GoogleKeys | None:
    """Read the client at Google by which people sign in: both halves, or none."""
    keys = _all_or_none(read, ("NUMMER_GOOGLE_CLIENT_ID", "NUMMER_GOOGLE_SECRET"))
    return None if keys is None else GoogleKeys(client_id=keys[0], secret=keys[1])


def _all_or_none(
    read: Callable[[str], str | None], names: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Return what these variables hold, None where none is set; half of them is a mistake."""
    found = {name: read(name) or "" for name in names}
    missing = [name for name, text in found.items() if not text]
    if len(missing) == len(names):
        return None
    if missing:
        there = next(name for name, text in found.items() if text)
        raise ValueError(f"{there} needs {', '.join(missing)}")
    return tuple(found.values())


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a process that we start ourselves: ours and `extra`."""
    return {**os.environ, **extra}  # noqa: TID251 -- this module is the one reader


def use_settings() -> None:
    """Name our settings to Django; call it before django.setup()."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nummer.config.settings")  # noqa: TID251 -- as above


def _workers(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= WEB_WORKERS_MAX):
        raise ValueError(f"NUMMER_WEB_WORKERS must be a number from 1 to {WEB_WORKERS_MAX}")
    return int(text)


def _level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"NUMMER_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    return text.upper()


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= NOTICE_DAYS_MAX):
        raise ValueError(f"NUMMER_NOTICE_DAYS must be a number from 1 to {NOTICE_DAYS_MAX}")
    return int(text)


def _sums(name: str, text: str) -> Mapping[str, Decimal]:
    """Read sums by currency, such as EUR=100,NOK=1000."""
    sums: dict[str, Decimal] = {}
    for part in text.split(","):
        currency, _, amount = part.strip().partition("=")
        try:
            sums[currency] = Decimal(amount)
        except InvalidOperation:
            raise ValueError(f"{name} must be sums by currency, such as EUR=100,NOK=1000") from None
        if len(currency) != _CURRENCY_LENGTH or not (0 <= sums[currency] <= _SUM_MAX):
            raise ValueError(f"{name} must be sums by currency, such as EUR=100,NOK=1000")
    return sums


def _needed_with(name: str, value: str | None, other: str, text: str | None) -> str:
    if value and not text:
        raise ValueError(f"{name} needs {other}")
    return text or ""


def _analytics(text: str | None) -> str | None:
    if text and not _ANALYTICS.fullmatch(text):
        raise ValueError("NUMMER_ANALYTICS_ID must be a measurement id such as G-ABC123DEF4")
    return text or None


def _signing_secret(text: str) -> str:
    try:
        base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise ValueError("NUMMER_ALERT_WEBHOOK_SECRET must be whsec_ and a key in base64") from None
    return text


def _https(name: str, url: str) -> str:
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise ValueError(f"{name} must begin with https://")
    return url.rstrip("/")


def _reverse_charge(text: str) -> ReverseCharge:
    match text:
        case "never" | "checked" | "form":
            return text
    raise ValueError("NUMMER_REVERSE_CHARGE must be 'never', 'checked' or 'form'")


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{name} must be a whole number above 0")
    return int(text)


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= PORT_MAX):
        raise ValueError(f"{name} must be a port from 1 to 65535")
    return int(text)


def _optional_port(name: str, text: str | None) -> int | None:
    return _port(name, text) if text else None


def _file(text: str | None) -> Path | None:
    return Path(text).resolve() if text else None


def _server(name: str, text: str | None) -> tuple[str, int] | None:
    """Read an address such as 192.0.2.1 or 192.0.2.1:5353."""
    if not text:
        return None
    address, _, port = text.partition(":")
    try:
        return str(IPv4Address(address)), _port(name, port or "53")
    except ValueError:
        raise ValueError(f"{name} must be an address such as 192.0.2.1:53") from None
