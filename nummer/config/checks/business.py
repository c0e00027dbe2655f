"""What a sale needs: texts in force, an operator with a name, carriers, a way to pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from nummer.apps.agreements import queries as agreements
from nummer.apps.alerts.links import carriers_down
from nummer.apps.catalogue import queries as catalogue
from nummer.config.checks.finding import Finding, error, good, note, warning
from nummer.config.env import Environment
from nummer.config.gateway import carrier_links
from nummer.config.identity import EXAMPLE, read_operator
from nummer.config.processes import Trouble
from nummer.kernel.locale import LANGUAGES


def documents(*, now: datetime) -> list[Finding]:
    """Look whether every document counts, in every language, and names today's operator."""
    wanted = set(agreements.DOCUMENTS)
    found = [
        error(
            "documents",
            f"Not in force in {language}: {', '.join(sorted(missing))}.",
            todo="nummer documents list; then nummer documents publish",
        )
        for language in LANGUAGES
        if (missing := wanted - _in_force(language, now))
    ]
    return found or [
        good("documents", f"All {len(wanted)} are in force in {len(LANGUAGES)} languages.")
    ]


def operator(env: Environment) -> list[Finding]:
    """Look whether the operator's facts are his own."""
    if env.mode == "sandbox":
        return [note("operator", "The example, or a file that is being tried.")]
    own, example = agreements.operator(), read_operator(EXAMPLE)
    same = [
        name
        for name in ("name", "register_number", "tax_number", "mailbox", "phone")
        if getattr(own, name) == getattr(example, name)
    ]
    if same:
        return [
            error(
                "operator",
                f"operator.toml still says what the example says: {', '.join(same)}.",
                todo="Write your own facts there; docs/operate/settings.md explains each.",
            )
        ]
    return [good("operator", f"{own.name}, {own.register_number}.")]


def carriers(env: Environment, *, now: datetime) -> list[Finding]:
    """Look whether every carrier that we bind to is bound."""
    try:
        wanted = sorted(link.code for link in carrier_links(env))
    except Trouble as wrong:
        return [error("carriers", str(wrong), todo="Put NUMMER_HOME/carriers.toml right.")]
    if not wanted:
        return [
            warning(
                "carriers",
                "No carrier is named: no SMS comes in or goes out by SMPP.",
                todo="Name them in NUMMER_HOME/carriers.toml (docs/operate/settings.md#carriers).",
            )
        ]
    down = carriers_down(wanted, now=now)
    if down and env.mode == "sandbox":
        return [note("carriers", f"Not bound: {', '.join(down)}.")]
    if down:
        return [
            error(
                "carriers",
                f"Not bound: {', '.join(down)}.",
                todo="Look at host, port and password in carriers.toml, and ask the carrier.",
            )
        ]
    return [good("carriers", f"Bound: {', '.join(wanted)}.")]


def shop(env: Environment) -> list[Finding]:
    """Look whether somebody could pay for something."""
    if env.mode == "sandbox":
        return []
    return [*_lacking(env)] or [good("shop", "There is something to buy and a way to pay.")]


def _lacking(env: Environment) -> Iterator[Finding]:
    if not any((env.stripe_key, env.paypal, env.btcpay, agreements.operator().accounts)):
        yield warning(
            "shop",
            "There is no way to pay.",
            todo="Set the keys of a payment provider (docs/operate/payments.md).",
        )
    if not catalogue.services(enabled_only=True):
        yield note("shop", "No service for one-time numbers is switched on (/staff/services/).")


def _in_force(language: str, now: datetime) -> set[str]:
    texts = agreements.all_in_force(language=language, now=now)
    return {text.document for text in texts if text.language == language}
