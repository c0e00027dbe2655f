"""What an account must have before it may order."""

from __future__ import annotations

from dataclasses import dataclass

from nummer.policy.clause import clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How far an account has come."""

    terms_accepted: bool
    phone_confirmed: bool
    email_confirmed: bool


@clause(
    "LD-R0",
    quote="You accept these terms expressly, with a tick, when you open the account and again when "
    "they change; we record the version, the time and the language.",
)
def terms_are_accepted(registration: Registration) -> bool:
    """Return whether the version in force is accepted."""
    return registration.terms_accepted


@clause("LD-R1", quote="You can order as soon as both are confirmed.")
def phone_is_confirmed(registration: Registration) -> bool:
    """Return whether the customer's own phone number is confirmed."""
    return registration.phone_confirmed


@clause("LD-R3", quote="You can order as soon as both are confirmed.")
def email_is_confirmed(registration: Registration) -> bool:
    """Return whether the e-mail address is confirmed."""
    return registration.email_confirmed


def missing_before_order(registration: Registration) -> tuple[str, ...]:
    """Return the clauses that still stop an order, in the order of asking; empty when none."""
    met = {
        "LD-R0": terms_are_accepted(registration),
        "LD-R1": phone_is_confirmed(registration),
        "LD-R3": email_is_confirmed(registration),
    }
    return tuple(clause_id for clause_id, is_met in met.items() if not is_met)
