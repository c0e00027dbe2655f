"""Which letters there are and what each of them needs to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from nummer.apps.notify.errors import LetterIncomplete

# What JSON holds: texts, whole numbers, lists and tables of them. Sums are plain decimals as
# Money.decimal_text writes them, moments are ISO 8601 with their offset.
Content = Mapping[str, Any]


class Kind(StrEnum):
    """Whether a letter belongs to the service, or is one that its reader agreed to (PP-2.2)."""

    SERVICE = "service"
    OFFER = "offer"


@dataclass(frozen=True, slots=True)
class Letter:
    """A kind of letter: `needs` are the words of its content, `rows` those of its list.

    A `secret` letter holds what only its reader may know; we forget it once it was sent.
    """

    needs: frozenset[str]
    rows: frozenset[str] = frozenset()
    secret: bool = False
    kind: Kind = Kind.SERVICE


LETTERS: Final[Mapping[str, Letter]] = MappingProxyType(
    {
        "email-confirmation": Letter(frozenset({"link"}), secret=True),
        "login-code": Letter(frozenset({"code", "minutes"}), secret=True),
        "password-reset": Letter(frozenset({"link"}), secret=True),
        "account-exists": Letter(frozenset({"link"}), secret=True),
        "account-handed-over": Letter(frozenset({"before", "after"}), secret=True),
        "invitation": Letter(frozenset({"link", "inviter", "days"}), secret=True),
        "address-again": Letter(frozenset({"link"}), secret=True),
        "consent-confirm": Letter(frozenset({"link", "purpose"}), secret=True),
        "campaign": Letter(
            frozenset({"purpose", "subjects", "bodies", "unsubscribe"}), kind=Kind.OFFER
        ),
        "order-confirmation": Letter(
            frozenset({"orders"}),
            frozenset(
                {
                    "activation_id",
                    "service",
                    "country",
                    "total",
                    "tax",
                    "currency",
                    "placed_at",
                    "window_ends_at",
                    "documents",
                }
            ),
        ),
        "order-refunded": Letter(
            frozenset({"refunds"}),
            frozenset({"service", "country", "clause", "amount", "currency", "decided_at"}),
        ),
        "claim-decided": Letter(
            frozenset(
                {
                    "verdict",
                    "service",
                    "country",
                    "activation_id",
                    "clause",
                    "quotes",
                    "names",
                    "paid",
                    "earlier",
                    "amount",
                    "credited",
                    "currency",
                    "received_at",
                    "decided_at",
                    "settle_by",
                    "duplicate_of",
                    "decision_id",
                    "order_id",
                }
            )
        ),
        "withdrawal-receipt": Letter(
            frozenset({"order", "received_at", "token", "number"}), secret=True
        ),
        "termination-receipt": Letter(
            frozenset({"order", "when", "received_at", "token", "number"}), secret=True
        ),
        "top-up-received": Letter(frozenset({"amount", "currency", "reference", "received_at"})),
        "top-up-beside": Letter(frozenset({"amount", "currency", "reference", "received_at"})),
        "payment-captured-twice": Letter(
            frozenset({"amount", "currency", "reference", "received_at"})
        ),
        "payment-disputed": Letter(frozenset({"amount", "currency", "reference", "received_at"})),
        "misuse-decided": Letter(frozenset({"confirmed", "clause", "reason", "decided_at"})),
        "balance-low": Letter(frozenset({"amount", "threshold", "currency"})),
        "auto-top-up-stopped": Letter(frozenset({"amount", "currency", "decided_at"})),
        "texts-published": Letter(
            frozenset({"texts"}), frozenset({"document", "version", "before", "effective_at"})
        ),
        "case-receipt": Letter(frozenset({"number", "received_at", "proof"}), secret=True),
        "case-assigned": Letter(frozenset({"number", "received_at"})),
        "case-answer": Letter(frozenset({"number", "subject", "answer"}), secret=True),
        "incident-notice": Letter(frozenset({"service", "country", "activation_id", "path"})),
        "payout-missing": Letter(frozenset({"missing", "payout"})),
        "payout-granted": Letter(
            frozenset({"amount", "currency", "settle_by", "choose", "clause", "payout"})
        ),
        "payout-refused": Letter(frozenset({"clause", "decided_at"})),
        "invoice-ready": Letter(
            frozenset({"credit_note", "number", "month", "amount", "currency", "document"})
        ),
        "lease-ordered": Letter(
            frozenset(
                {
                    "phone",
                    "country",
                    "city",
                    "kind",
                    "sms",
                    "voice",
                    "monthly",
                    "setup",
                    "amount",
                    "currency",
                    "delivery_h",
                    "papers",
                    "documents",
                    "placed_at",
                    "lease",
                }
            )
        ),
        "lease-active": Letter(frozenset({"phone", "ends_at", "documents"})),
        "lease-reminder": Letter(frozenset({"phone", "ends_at", "fee", "currency", "covered"})),
        "lease-unpaid": Letter(frozenset({"phone", "kept_until", "fee", "currency"})),
        "lease-ended": Letter(frozenset({"phone", "ends_at", "reason"})),
        "lease-blocked": Letter(
            frozenset({"phone", "reason", "words", "free", "answer_by", "lease"})
        ),
        "lease-replaced": Letter(frozenset({"before", "phone", "ends_at", "lease"})),
        "incident-rented": Letter(frozenset({"phone", "began_at", "words", "path", "lease"})),
        "maintenance-planned": Letter(
            frozenset({"country", "words", "begins_at", "ends_at", "count"})
        ),
        "handover-offered": Letter(frozenset({"phone", "handover", "ends_at"})),
        "handover-accepted": Letter(frozenset({"phone", "lease", "ends_at"})),
        "handover-ended": Letter(frozenset({"phone", "reason"})),
        "handover-done": Letter(
            frozenset(
                {
                    "phone",
                    "country",
                    "city",
                    "kind",
                    "sms",
                    "voice",
                    "monthly",
                    "setup",
                    "amount",
                    "currency",
                    "delivery_h",
                    "papers",
                    "documents",
                    "placed_at",
                    "lease",
                    "ends_at",
                }
            )
        ),
        "port-out": Letter(frozenset({"phone", "state", "port_on", "why", "said", "lease"})),
        "papers-expiring": Letter(frozenset({"expires_on"})),
        "papers-refused": Letter(frozenset({"reasons", "words"}), secret=True),
        "sms-forwarded": Letter(
            frozenset({"phone", "messages"}),
            frozenset({"sender", "text", "received_at"}),
            secret=True,
        ),
        "webhook-added": Letter(frozenset({"host", "created_at"})),
        "webhook-off": Letter(frozenset({"host", "since"})),
        "alert": Letter(frozenset({"word", "kind", "subject", "said", "at"})),
        "supply-balance-low": Letter(frozenset({"supplier", "left", "least", "currency"})),
        "supply-stock-low": Letter(frozenset({"supplier", "country", "kind", "left", "least"})),
        "route-fails": Letter(frozenset({"carrier", "country", "since"})),
        "key-created": Letter(frozenset({"label", "created_at"})),
        "security-changed": Letter(frozenset({"change", "changed_at"})),
        "email-changed": Letter(frozenset({"link", "changed_at", "ends_at"}), secret=True),
    }
)


# By mail whatever channel their reader prefers: a law or the contract wants them in his hands, or
# they warn of what somebody else may have done in his account.
DURABLE: Final = frozenset(
    {
        "order-confirmation",  # with the form of withdrawal: Consumer Rights Directive, article 8
        "lease-ordered",
        "handover-done",
        "lease-blocked",  # an answer is due by a day
        "texts-published",
        "payment-disputed",
        "key-created",
        "security-changed",
        "webhook-added",
        "sms-forwarded",  # its reader set up that it is mailed
    }
)


def goes_by_mail(name: str) -> bool:
    """Tell whether a letter is mailed though its reader prefers his page.

    So is what is secret: codes and links are of use in the mailbox alone.
    """
    return name in DURABLE or LETTERS[name].secret


def require_complete(name: str, content: Content) -> Letter:
    """Return the kind of letter. Raises LetterIncomplete."""
    letter = LETTERS.get(name)
    if letter is None:
        raise LetterIncomplete(f"there is no letter {name}")
    if missing := letter.needs - content.keys():
        raise LetterIncomplete(f"{name} lacks {sorted(missing)}")
    for listed in letter.needs & {"orders", "refunds", "texts", "messages"}:
        for row in content[listed]:
            if missing := letter.rows - row.keys():
                raise LetterIncomplete(f"a row of {name} lacks {sorted(missing)}")
    return letter
