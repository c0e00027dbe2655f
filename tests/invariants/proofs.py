"""The proofs of `nummer audit`, for tests."""

from nummer.apps.calls.queries import audit_lines as calls_lines
from nummer.apps.leases.queries import audit_lines as leases_lines
from nummer.apps.ledger.queries import audit_lines as ledger_lines
from nummer.apps.messaging.queries import audit_lines as messaging_lines
from nummer.apps.numbers.queries import audit_lines as numbers_lines
from nummer.apps.orders.queries import audit_lines as orders_lines
from nummer.apps.payments.queries import audit_lines as payments_lines
from nummer.apps.refunds.queries import audit_lines as refunds_lines


def breaches() -> list[tuple[str, int, str]]:
    """Return every invariant that does not hold."""
    proofs = (
        ledger_lines,
        payments_lines,
        numbers_lines,
        leases_lines,
        orders_lines,
        messaging_lines,
        calls_lines,
        refunds_lines,
    )
    return [line for lines in proofs for line in lines() if line[1]]
