"""`nummer staff`: logins of those who work for the operator."""

from __future__ import annotations

import json
import secrets
import sys
from typing import Final

import click

from nummer.config.commands.ready import ready

ROLES: Final = ("support", "finance", "identity", "compliance", "operations", "owner")


@click.group(name="staff")
def group() -> None:
    """Make, list and disable logins of the staff; docs/operate/production.md."""


@group.command()
@click.option("--email", required=True, help="What the person signs in with.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What the person may do.")
@click.option("--generate", is_flag=True, help="Make a password and print it, this once.")
@click.option("--second-factor", is_flag=True, help="Set one up now and print its secret, once.")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def create(*, email: str, role: str, generate: bool, second_factor: bool, machine: bool) -> None:
    """Make a login. The password is asked for; where there is no terminal it is read as a line.

    Without --second-factor the person sets it up at the first sign-in; nothing opens before.
    """
    password = secrets.token_urlsafe(18) if generate else _password()
    with ready():
        from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret  # noqa: PLC0415 -- needs django.setup

        from nummer.apps.accounts import staffing  # noqa: PLC0415 -- as above
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        login = staffing.hire(email=email, password=password, role=role, now=clock.now())
        said = {"email": login.email or "", "role": role}
        if generate:
            said["password"] = password
        if second_factor:
            said["totp_secret"] = generate_totp_secret()
            TOTP.activate(login, said["totp_secret"])
    click.echo(json.dumps(said) if machine else "\n".join(f"{n}: {said[n]}" for n in said))


@group.command(name="list")
@click.option("--json", "machine", is_flag=True, help="Print JSON.")
def list_(*, machine: bool) -> None:
    """List the logins of the staff, their roles and whether they have a second factor."""
    with ready():
        from nummer.apps.accounts import staffing  # noqa: PLC0415 -- needs django.setup

        rows = staffing.staff_logins()
    if machine:
        shown = [
            {
                "id": row.login_id,
                "email": row.email,
                "role": row.role,
                "active": row.active,
                "second_factor": row.second_factor,
            }
            for row in rows
        ]
        click.echo(json.dumps(shown))
        return
    for row in rows:
        factor = "second factor" if row.second_factor else "no second factor yet"
        click.echo(f"{row.email}  {row.role}  {factor if row.active else 'disabled'}")


@group.command()
@click.option("--email", required=True, help="Whose login.")
def disable(*, email: str) -> None:
    """Let a member of the staff sign in no more; what is open in a browser ends, too."""
    with ready():
        from nummer.apps.accounts import staffing  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        changed = staffing.dismiss(email, now=clock.now())
    click.echo("The login is disabled." if changed else "The login was disabled before.")


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
