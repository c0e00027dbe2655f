"""Names of jobs that one floor defers and a higher one does."""

from typing import Final

DELIVER_LETTER: Final = "notify.deliver_letter"
COMPARE_PRICES: Final = "catalogue.compare_prices"
IMPORT_NUMBERS: Final = "numbers.import_numbers"
TELL_KEY_CREATED: Final = "notify.tell_key_created"
TELL_TEXTS_PUBLISHED: Final = "notify.tell_texts_published"
SEND_REFUND: Final = "payments.send_refund"
CONCLUDE: Final = "payments.conclude"
TAKE_KEPT: Final = "payments.take_kept"
FORGET_PAYER: Final = "payments.forget_payer"
READ_EVENTS: Final = "payments.read_events"
READ_STATEMENTS: Final = "banking.read_statements"
END_SUB_ACCOUNT: Final = "refunds.end_sub_account"
REPLAY_DECISIONS: Final = "refunds.replay_decisions"
SUPPLY_LEASE: Final = "leases.supply"
TELL_SUPPLIER: Final = "leases.tell_supplier"
SYNC_SUPPLY: Final = "supply.sync"
ASK_FUNDS: Final = "supply.ask_funds"
COMPARE_SUPPLY: Final = "supply.compare"
HEAR_ORDER: Final = "supply.hear_order"
CHECK_DOCUMENT: Final = "identity.check_document"
TELL_ALERT: Final = "alerts.tell"
CALL_ENDPOINT: Final = "webhooks.call_endpoint"

# Queues with workers of their own, so that calls to customers' servers hold up nothing else.
HOOKS: Final = "hooks"
SLOW_HOOKS: Final = "slow-hooks"


def supplier_lane(code: str) -> str:
    """Return the queue of one supplier's jobs: who hangs delays only himself (ADR 271)."""
    return f"supplier:{code}"
