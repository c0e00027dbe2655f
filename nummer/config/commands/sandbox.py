"""`nummer sandbox`: what happens outside the house, at the operator's word.

The simulated carrier, mail box and clock belong to a running installation; these commands reach
it through its database, its home folder and its loopback ports. Production refuses them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from nummer.config.commands.refused import RunningSandbox, SandboxError, require_sandbox

Command = TypeVar("Command", bound=Callable[..., Any])


def as_json(command: Command) -> Command:
    """Add `--json`: print data for a program instead of words for a person."""
    return click.option("--json", "machine", is_flag=True, help="Print JSON.")(command)


def said(content: object, *, machine: bool, words: str) -> None:
    """Print the content for a program or the words for a person."""
    click.echo(json.dumps(content, ensure_ascii=False) if machine else words)


@click.group(name="sandbox", cls=RunningSandbox)
def group() -> None:
    """Play carrier, mail box, customer and clock of a running sandbox."""
    require_sandbox()


@group.command()
@click.option("--email", required=True, help="His e-mail address.")
@click.option("--balance", default="0.00", show_default=True, help="What he has topped up.")
@click.option("--currency", default="EUR", show_default=True, help="Of his balance (ISO 4217).")
@click.option("--country", default="NO", show_default=True, help="Where he lives (ISO 3166).")
@click.option(
    "--locale", default="nb", show_default=True, type=click.Choice(["en", "nb", "de"]),
    help="The language of his letters.",
)  # fmt: skip
@click.option("--company", is_flag=True, help="A company instead of a person.")
@as_json
def customer(*, machine: bool, company: bool, **wanted: str) -> None:
    """Make a customer who can buy at once.

    E-mail and phone are confirmed, the documents accepted, the balance topped up. The API key
    speaks the sms-activate protocol and is a Bearer token of /api/v1; key and account_sid with
    auth_token bind to the SMPP server.
    """
    from nummer.config.commands.sandbox_customers import (  # noqa: PLC0415 -- needs django.setup
        Newcomer,
        make_customer,
    )

    made = make_customer(Newcomer(kind="company" if company else "person", **wanted))
    said(made, machine=machine, words="\n".join(f"{name}: {made[name]}" for name in made))


@group.command()
@click.option("--to", required=True, help="The number that gets it, with +.")
@click.option("--from", "sender", required=True, help="The sender: digits or up to 11 letters.")
@click.option("--text", required=True, help="What it says.")
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 100_000))
@as_json
def sms(*, to: str, sender: str, text: str, count: int, machine: bool) -> None:
    """Let the simulated carrier deliver an SMS over SMPP and wait for our answer."""
    from nummer.config.commands import sandbox_carrier  # noqa: PLC0415 -- needs django.setup

    told = sandbox_carrier.deliver(to=to, sender=sender, text=text, count=count)
    said(
        told,
        machine=machine,
        words="{sent} sent, {acknowledged} acknowledged".format(**told)
        + (f", refused with status {told['refused']}" if told["refused"] else ""),
    )


@group.command()
@click.option("--to", help="Only what went to this number, with +.")
@as_json
def sent(*, to: str | None, machine: bool) -> None:
    """Show the SMS that went out to the simulated carrier, oldest first."""
    from nummer.config.commands import sandbox_carrier  # noqa: PLC0415 -- needs django.setup

    found = sandbox_carrier.sent(to)
    said(
        found,
        machine=machine,
        words="\n".join("{sent_at}  {from} → {to}: {text}".format(**each) for each in found)
        or "No SMS went out.",
    )


@group.command()
@click.option("--to", help="Only what went to this address.")
@as_json
def mails(*, to: str | None, machine: bool) -> None:
    """Show the mails that went out, oldest first."""
    from dataclasses import asdict  # noqa: PLC0415 -- beside what it is for

    from nummer.suppliers.sandbox.mail import mails as kept  # noqa: PLC0415 -- needs django.setup

    found = [asdict(mail) for mail in kept(to)]
    said(
        found,
        machine=machine,
        words="\n\n".join("{sent_at}  {to}\n{subject}\n\n{text}".format(**each) for each in found)
        or "No mail went out.",
    )


@group.group()
def clock() -> None:
    """Show or move the installation's clock; it never goes back."""


@clock.command("show")
@as_json
def show_clock(*, machine: bool) -> None:
    """Show the moment at which the installation is."""
    from nummer.config.commands import sandbox_clock  # noqa: PLC0415 -- needs django.setup

    now = sandbox_clock.show()
    said({"now": now}, machine=machine, words=now)


@clock.command("set")
@click.argument("moment", metavar="ISO")
@as_json
def set_clock(*, moment: str, machine: bool) -> None:
    """Move the clock forward to a moment, such as 2026-12-24T18:00:00Z, and do what is due."""
    from nummer.config.commands import sandbox_clock  # noqa: PLC0415 -- needs django.setup

    _say_moved(sandbox_clock.set_to(moment), machine=machine)


@clock.command("advance")
@click.argument("time", metavar="TIME")
@as_json
def advance_clock(*, time: str, machine: bool) -> None:
    """Move the clock forward by a time, such as 90s, 20m, 25h or 3d, and do what is due."""
    from nummer.config.commands import sandbox_clock  # noqa: PLC0415 -- needs django.setup

    _say_moved(sandbox_clock.advance_by(time), machine=machine)


def _say_moved(moved: dict[str, Any], *, machine: bool) -> None:
    said(moved, machine=machine, words="{now}  ({fired} due, {failed} failed)".format(**moved))
    if moved["failed"]:
        raise SandboxError("Some of what is due failed; the log says what. It is tried again.")


@group.group()
def bank() -> None:
    """Let something happen at the operator's bank."""


@bank.command("book")
@click.option("--amount", required=True, help="Such as 20.00.")
@click.option("--currency", default="EUR", show_default=True, help="Of the account (ISO 4217).")
@click.option("--reference", default="", help="What the payer gives as reference.")
@click.option(
    "--kind", default="pay", show_default=True,
    type=click.Choice(["pay", "send", "recall", "bounce"]),
    help="A transfer comes, goes, is recalled, or comes back.",
)  # fmt: skip
@as_json
def book_at_bank(*, machine: bool, **wanted: str) -> None:
    """Move money on an account of the operator; a statement tells the shop."""
    from nummer.config.commands import sandbox_bank  # noqa: PLC0415 -- needs django.setup

    booked = sandbox_bank.book(**wanted)
    said(booked, machine=machine, words="Booked as {bank_reference}.".format(**booked))


@bank.command("end-day")
@click.option("--keep", is_flag=True, help="Do not give the statements to the shop.")
@as_json
def end_day(*, keep: bool, machine: bool) -> None:
    """Make a statement (camt.053) of what moved and give it to the shop."""
    from nummer.config.commands import sandbox_bank  # noqa: PLC0415 -- needs django.setup

    made = sandbox_bank.end_day(to_shop=not keep)
    words = "\n".join(one["file"] for one in made) or "Nothing moved."
    said(made, machine=machine, words=words)


@group.command()
@click.argument("can", type=click.Choice(["work", "nothing", "not-find"]))
@as_json
def scanner(can: str, *, machine: bool) -> None:
    """Have the virus scanner work, be away (nothing), or lack signatures (not-find)."""
    from nummer.config.env import environment  # noqa: PLC0415 -- as the others
    from nummer.suppliers.sandbox.scanner import Can, let  # noqa: PLC0415

    let(Can(can), folder=environment().home / "sandbox")
    said({"scanner": can}, machine=machine, words=f"The scanner can: {can}.")


@group.group()
def carrier() -> None:
    """Let something happen to the simulated carrier."""


@carrier.command()
@as_json
def outage(*, machine: bool) -> None:
    """Cut the carrier's link until `restore`."""
    from nummer.config.commands import sandbox_carrier  # noqa: PLC0415 -- needs django.setup

    sandbox_carrier.outage()
    said({"carrier": "away"}, machine=machine, words="The carrier is away.")


@carrier.command()
@as_json
def restore(*, machine: bool) -> None:
    """Bring the carrier's link back."""
    from nummer.config.commands import sandbox_carrier  # noqa: PLC0415 -- needs django.setup

    sandbox_carrier.restore()
    said({"carrier": "back"}, machine=machine, words="The carrier is back.")


@carrier.command()
@click.option("--number", required=True, help="Our number that the carrier takes away, with +.")
@click.option(
    "--reason", default="unknown", show_default=True,
    help="Why: unknown, unrelated or client_activity, or the carrier's words about its own reason.",
)  # fmt: skip
@as_json
def block(*, number: str, reason: str, machine: bool) -> None:
    """Take a number away; whoever waits on it or rents it is answered (RP-B2)."""
    from nummer.config.commands import sandbox_carrier  # noqa: PLC0415 -- needs django.setup

    ended = sandbox_carrier.block(number, reason=reason)
    said({"ended": ended}, machine=machine, words=f"Blocked; {ended} who had it were answered.")


@group.command()
@click.option("--email", required=True, help="The e-mail address to sign in with.")
@click.option(
    "--role", required=True,
    type=click.Choice(["support", "finance", "identity", "compliance", "operations", "owner"]),
)  # fmt: skip
@as_json
def staff(*, email: str, role: str, machine: bool) -> None:
    """Make a login of the staff with its second factor (TOTP)."""
    from nummer.config.commands.sandbox_staff import make_staff  # noqa: PLC0415 -- needs setup

    made = make_staff(email, role=role)
    said(made, machine=machine, words="\n".join(f"{name}: {made[name]}" for name in made))
