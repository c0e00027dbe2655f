"""What a line of an account's log is about, in the words of the menu."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ABOUT: Final[tuple[tuple[Promise, tuple[str, ...]], ...]] = (
    (_("Orders"), ("order", "cancel", "another", "finish", "report")),
    (_("My numbers"), ("rent", "my-number", "hand-over", "port-out", "offered", "end-contract")),
    (_("Inbox"), ("inbox", "conversation", "sms")),
    (_("Balance"), ("balance", "top-up", "transfer", "automatic", "voucher", "account-spending")),
    (_("Payouts"), ("payout", "withdraw", "claim-confirm")),
    (_("Invoices"), ("invoice", "tax-number")),
    (_("API keys"), ("key", "token-renew")),
    (_("Webhooks"), ("hook",)),
    (_("Sub-accounts"), ("sub-account",)),
    (_("Papers"), ("papers",)),
    (_("Messages to us"), ("case", "decision")),
    (_("Members"), ("member", "invitation")),
    (_("Letters and offers"), ("letter", "consents")),
    (_("Account"), ("account",)),
)


def about(page: str) -> str:
    """Return what a page is about, by the longest beginning of its name that we know."""
    found = [
        (len(start), title)
        for title, starts in _ABOUT
        for start in starts
        if page.startswith(start)
    ]
    return str(max(found, key=lambda one: one[0])[1]) if found else ""
