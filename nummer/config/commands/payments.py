"""`nummer payments`: whether each payment provider is set up as it must be; exit 1 where not."""

from __future__ import annotations

import json
import sys

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def payments(*, as_json: bool) -> None:
    """Ask each payment provider for its keys, webhook and events; exit 1 where one is wrong."""
    import django  # noqa: PLC0415 -- not needed for --help

    from nummer.config.env import environment, use_settings  # noqa: PLC0415 -- as above

    use_settings()
    django.setup()
    from nummer.apps.payments.ports import installed_payments  # noqa: PLC0415 -- as above
    from nummer.kernel.errors import Unavailable  # noqa: PLC0415 -- as above

    found: list[dict[str, object]] = []
    for provider in installed_payments().providers:
        callback_url = f"{environment().public_url}/payments/callback/{provider.code}/"
        try:
            troubles = list(provider.troubles(callback_url=callback_url))
        except Unavailable:
            troubles = ["It does not answer, or refuses our keys."]
        found.append(
            {
                "provider": provider.code,
                "methods": [method.code for method in provider.methods],
                "refundable": any(method.refundable for method in provider.methods),
                "callback_url": callback_url,
                "troubles": troubles,
            }
        )
    if as_json:
        click.echo(json.dumps(found))
    else:
        for line in _lines(found):
            click.echo(line)
    sys.exit(1 if any(one["troubles"] for one in found) else 0)


def _lines(found: list[dict[str, object]]) -> list[str]:
    lines = []
    for one in found:
        troubles = one["troubles"]
        assert isinstance(troubles, list), "a list of sentences"
        refundable = "refundable" if one["refundable"] else "not refundable"
        lines.append(f"{'WRONG' if troubles else 'ok   '} {one['provider']}: {refundable}")
        lines += [f"      {sentence}" for sentence in troubles]
    return lines or ["No payment provider has keys."]
