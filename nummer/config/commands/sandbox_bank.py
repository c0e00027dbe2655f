"""The bank of the sandbox at the operator's word."""

from __future__ import annotations

from typing import Any

from nummer.config.commands.refused import SandboxError
from nummer.config.env import environment
from nummer.kernel import clock
from nummer.kernel.money import Money
from nummer.suppliers.sandbox.bank import Kind
from nummer.suppliers.sandbox.bank_pages import deposit, the_bank


def book(*, kind: str, amount: str, currency: str, reference: str) -> dict[str, Any]:
    """Move money on an account of the operator and return how the bank calls it."""
    house = the_bank()
    if currency not in house.currencies:
        raise SandboxError(f"The operator has accounts in {', '.join(house.currencies)}.")
    try:
        money = Money.parse(amount, currency)
    except ValueError:
        raise SandboxError("Give an amount such as 20.00.") from None
    if not money.micro:
        raise SandboxError("Give an amount above zero.")
    bank = house.book(money, kind=Kind(kind), reference=reference, now=clock.now())
    return {"bank_reference": bank}


def end_day(*, to_shop: bool) -> list[dict[str, Any]]:
    """Make the statements and lay them into the shop's folder, or only keep them at the bank."""
    made = the_bank().end_day(now=clock.now())
    folder = environment().bank_folder
    if to_shop and folder is not None:
        deposit(made, folder=folder)
    return [{"number": one.number, "currency": one.currency, "file": one.name} for one in made]
