"""Fills the ports of the apps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from nummer.apps.accounts.ports import (
    PhoneRules,
    SignInProviderFinder,
    install_notice,
    install_phone_rules,
    install_reverse_charged,
    install_sign_in_provider,
)
from nummer.apps.agreements import queries as agreements
from nummer.apps.agreements.queries import operator
from nummer.apps.banking import actions as banking
from nummer.apps.banking.ports import Inbox, install_inbox
from nummer.apps.bundles.actions import forget_papers
from nummer.apps.cases.ports import install_redraw
from nummer.apps.catalogue.ports import install_partners
from nummer.apps.identity.ports import (
    install_approved,
    install_cleaner,
    install_needed_until,
    install_purged,
    install_reader,
    install_review,
    install_scanner,
)
from nummer.apps.incidents.ports import install_rented_numbers
from nummer.apps.invoices import queries as invoices
from nummer.apps.invoices.ports import ReverseCharge, install_books, install_reverse_charge
from nummer.apps.leases.actions import go_on_with_papers
from nummer.apps.leases.concerned import LeasedNumbers
from nummer.apps.leases.papers import needed, needed_until
from nummer.apps.leases.ports import install_outages, install_papers, install_suppliers
from nummer.apps.numbers.queries import is_ours
from nummer.apps.payments.ports import PaymentProvider, Payments, install_payments
from nummer.apps.payouts.ports import ReleaseRule, install_release_rule
from nummer.apps.refunds.rentals import renewal_waits
from nummer.apps.supply.ports import install_wholesalers
from nummer.apps.vault.ports import install_key_wrapper
from nummer.apps.webhooks.ports import install_caller, install_renderers
from nummer.config import alerts
from nummer.config.attachments import redraw
from nummer.config.books import BankBook, ProviderBook
from nummer.config.env import Environment, environment
from nummer.config.keys import file_key_wrapper
from nummer.config.processes import read_json
from nummer.config.reviews import end_review, open_review
from nummer.faces.api.telling import StandardCalls
from nummer.faces.api_twilio.webhooks import DIALECT, TwilioRenderer
from nummer.gateways.cleaning.cleaner import LimitedProcess
from nummer.gateways.reading.tesseract import tesseract
from nummer.gateways.scanner.clamd import Clamd
from nummer.gateways.webhooks.caller import HttpCaller
from nummer.kernel import clock
from nummer.kernel.limits import PROGRAMS
from nummer.kernel.money import Money
from nummer.suppliers.bank.provider import BankTransfers, References
from nummer.suppliers.btcpay.provider import Access as BtcPayAccess
from nummer.suppliers.btcpay.provider import BtcPayPayments
from nummer.suppliers.didww.provider import CODE as DIDWW
from nummer.suppliers.didww.provider import Access as DidwwAccess
from nummer.suppliers.didww.provider import DidwwNumbers
from nummer.suppliers.google import google_itself
from nummer.suppliers.partner.server import PartnerServer
from nummer.suppliers.paypal.provider import Access as PayPalAccess
from nummer.suppliers.paypal.provider import PayPalPayments
from nummer.suppliers.sandbox.didww.provider import CODE as SANDBOX_DIDWW
from nummer.suppliers.sandbox.didww.provider import sandbox_didww
from nummer.suppliers.sandbox.google.provider import sandbox_google
from nummer.suppliers.sandbox.numbers import SandboxNumbers
from nummer.suppliers.sandbox.payments.btcpay.provider import sandbox_btcpay
from nummer.suppliers.sandbox.payments.paypal.provider import sandbox_paypal
from nummer.suppliers.sandbox.payments.provider import sandbox_payments
from nummer.suppliers.stripe.provider import Access, StripePayments

BURST_S: Final = 4  # a program that was quiet may make up for so many seconds at once


def fill_ports() -> None:
    """Hand every app what it asks for in its `ports`."""
    env = environment()
    install_key_wrapper(file_key_wrapper(env.secrets))
    PROGRAMS.allow(per_s=env.calls_per_s, burst=BURST_S * env.calls_per_s)
    install_phone_rules(PhoneRules(own_numbers=is_ours, fiction_allowed=env.mode == "sandbox"))
    install_notice(lambda now: agreements.version_in_force("privacy-notice", now=now))
    install_reverse_charge(ReverseCharge(env.reverse_charge))
    install_reverse_charged(invoices.reverse_charged)
    install_sign_in_provider(_sign_in_provider(env))
    install_partners(PartnerServer)
    install_outages(renewal_waits)
    install_rented_numbers(LeasedNumbers())
    wholesalers = _wholesalers(env)
    own = [SandboxNumbers(env.home / "sandbox" / "numbers")] if env.mode == "sandbox" else []
    install_suppliers([*own, *wholesalers])
    install_wholesalers(wholesalers)
    limited = LimitedProcess()
    install_cleaner(limited)
    install_reader(tesseract(limited.pages))
    install_scanner(_scanner(env))
    install_redraw(redraw)
    install_papers(needed)
    install_purged(forget_papers)
    install_approved(lambda account_id, now: go_on_with_papers(account_id, now=now))
    install_needed_until(needed_until)
    install_review(handed_in=open_review, judged=end_review)
    install_caller(HttpCaller(loopback_allowed=env.mode == "sandbox"))
    install_renderers({"standard": StandardCalls(), DIALECT: TwilioRenderer()})
    install_release_rule(
        ReleaseRule(
            {
                currency: Money.parse(str(most), currency)
                for currency, most in env.payouts_alone_most.items()
            }
        )
    )
    providers = _payment_providers(env)
    install_payments(
        Payments(
            providers=providers,
            return_url=f"{env.public_url}/balance/top-up/{{top_up_id}}/",
        )
    )
    sandbox = env.mode == "sandbox"  # its clock may be moved, a provider's is not
    install_books(
        providers=[
            ProviderBook(one, own_clock=sandbox)
            for one in providers
            if not isinstance(one, BankTransfers)
        ],
        banks=[BankBook()] if operator().accounts else (),
    )
    install_inbox(Inbox(env.bank_folder))
    alerts.watch(env)


def _sign_in_provider(env: Environment) -> SignInProviderFinder:
    """Return Google, where the operator has a client there; in the sandbox who plays it."""
    if env.google is not None:
        google = google_itself(client_id=env.google.client_id, secret=env.google.secret)
        return lambda: google
    if env.mode == "sandbox":
        announced = env.run / "sandbox.json"
        return sandbox_google(
            env.home / "sandbox",
            port=lambda: int(read_json(announced).get("google_port", 0)),
            page_url=f"{env.public_url}/sandbox/google/auth",
        )
    return lambda: None


def _scanner(env: Environment) -> Clamd | None:
    """Return the operator's scanner, in the sandbox that of the sandbox; None: there is none."""
    if (address := env.clamd) is not None:
        return Clamd(lambda: address)
    if env.mode != "sandbox":
        return None
    announced = env.run / "sandbox.json"
    return Clamd(lambda: ("127.0.0.1", int(read_json(announced).get("clamd_port", 0))))


def _wholesalers(env: Environment) -> list[DidwwNumbers]:
    """Return from whom numbers are bought one by one: the sandbox's there, and who has a key."""
    found: list[DidwwNumbers] = []
    callback = f"{env.public_url}/suppliers/callback/{{code}}/"
    if env.mode == "sandbox":
        host = "127.0.0.1" if env.address == "0.0.0.0" else env.address  # noqa: S104 -- compared only
        announced = env.run / "sandbox.json"
        found.append(
            sandbox_didww(
                env.home / "sandbox",
                port=lambda: int(read_json(announced).get("didww_port", 0)),
                callback_url=f"http://{host}:{env.port}/suppliers/callback/{SANDBOX_DIDWW}/",
            )
        )
    if env.didww is not None:
        didww = DidwwAccess(
            key=env.didww.key,
            callback_secret=env.didww.callback_secret,
            callback_url=callback.format(code=DIDWW),
            api=env.didww.api,
        )
        found.append(DidwwNumbers(lambda: didww))
    return found


def _payment_providers(env: Environment) -> list[PaymentProvider]:
    """Return who takes payments: the sandbox's providers there, and those with keys."""
    providers: list[PaymentProvider] = []
    if env.mode == "sandbox":
        providers += _sandbox_providers(env)
    if env.stripe_key:
        stripe = Access(
            key=env.stripe_key, webhook_secret=env.stripe_webhook_secret, api=env.stripe_api
        )
        providers.append(StripePayments(lambda: stripe))
    if env.paypal is not None:
        paypal = PayPalAccess(
            client_id=env.paypal.client_id,
            secret=env.paypal.secret,
            webhook_id=env.paypal.webhook_id,
            api=env.paypal.api,
        )
        providers.append(PayPalPayments(lambda: paypal))
    if env.btcpay is not None:
        btcpay = BtcPayAccess(
            url=env.btcpay.url,
            store_id=env.btcpay.store_id,
            key=env.btcpay.key,
            webhook_secret=env.btcpay.webhook_secret,
        )
        providers.append(BtcPayPayments(lambda: btcpay))
    if accounts := operator().accounts:
        providers.append(
            BankTransfers(
                [account.currency for account in accounts],
                references=References(_reference_in, _reference_out),
                page=f"{env.public_url}/balance/transfer/{{top_up_id}}/",
            )
        )
    return providers


def _sandbox_providers(env: Environment) -> list[PaymentProvider]:
    """Return the sandbox's own, wherever they answer just now."""
    announced, folder = env.run / "sandbox.json", env.home / "sandbox"

    def port(name: str) -> Callable[[], int]:
        return lambda: int(read_json(announced).get(name, 0))

    return [
        sandbox_payments(folder, port=port("payments_port")),
        sandbox_paypal(folder, port=port("paypal_port")),
        sandbox_btcpay(folder, port=port("btcpay_port")),
    ]


def _reference_in(top_up_id: UUID, currency: str) -> str:
    return banking.draw_for_top_up(top_up_id, currency=currency, now=clock.now())


def _reference_out(refund_id: UUID) -> str:
    return banking.draw_for_refund(refund_id, now=clock.now())
