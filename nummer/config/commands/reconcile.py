"""`nummer reconcile`: one day of money from every side."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from nummer.config.commands.ready import ready
from nummer.config.processes import Trouble

if TYPE_CHECKING:
    from nummer.apps.invoices.queries import Day


@click.command()
@click.option("--day", "written", default="", help="Such as 2026-11-21; yesterday without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def reconcile(*, written: str, as_json: bool) -> None:
    """Compare a day of providers, ledger and bank; exit 1 where they differ."""
    with ready():
        from nummer.apps.invoices import queries  # noqa: PLC0415 -- needs django.setup
        from nummer.kernel import clock  # noqa: PLC0415 -- as above

        asked = _day(written) if written else queries.day_of(clock.now()) - timedelta(days=1)
        found = queries.reconcile(asked)
    click.echo(json.dumps(_plain(found), indent=2) if as_json else "\n".join(_lines(found)))
    sys.exit(0 if found.agreed else 1)


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise Trouble("Give a day such as 2026-11-21.") from None
    if not 1 < day.year < date.max.year:
        raise Trouble("Give a day such as 2026-11-21.")
    return day


def _plain(found: Day) -> dict[str, Any]:
    return {
        "day": found.day.isoformat(),
        "agreed": found.agreed,
        "sources": {code: state.value for code, state in found.sources.items()},
        "sums": [
            {
                "side": one.side.value,
                "source": one.source,
                "payments": one.payments,
                "amount": one.total.decimal_text(),
                "currency": one.total.currency,
            }
            for one in found.sums
        ],
        "differences": [
            {
                "difference": one.gap.value,
                "source": one.source,
                "reference": one.reference,
                "account_id": one.account_id,
                "theirs": None if one.theirs is None else str(one.theirs),
                "ours": None if one.ours is None else str(one.ours),
            }
            for one in found.differences
        ],
    }


def _lines(found: Day) -> list[str]:
    lines = [f"{found.day}  {'agreed' if found.agreed else 'DIFFERENCES'}"]
    lines += [f"{code}: {state.value}" for code, state in found.sources.items()]
    lines += [
        f"{one.side.value:<9} {one.source or '-':<12} {one.payments:>7}  {one.total}"
        for one in found.sums
    ]
    lines += [
        f"{one.gap.value}: {one.source or '-'} {one.reference}"
        f"  theirs {one.theirs or '-'}  ours {one.ours or '-'}"
        for one in found.differences
    ]
    return lines
