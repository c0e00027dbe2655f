"""Withdrawing from a contract without a login: two steps, one time of receipt, one receipt.

The answer is the same whether the order exists or not: only who reads the mailbox of the account
learns more (ADR 152).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core import signing
from django.db import transaction

from nummer.apps.accounts import queries as accounts
from nummer.apps.cases import actions as cases
from nummer.apps.cases.actions import Channel, Proof
from nummer.apps.cases.actions import Kind as CaseKind
from nummer.apps.notify import actions as notify
from nummer.apps.numbers import queries as stock
from nummer.apps.numbers.errors import NoSuchActivation
from nummer.apps.numbers.queries import ActivationRow
from nummer.apps.orders import queries as orders
from nummer.apps.refunds.actions.claims import Ask, Asked, confirm_claim, file_claim, keep_claim
from nummer.apps.refunds.errors import ContactBeforeOrder, LinkOver, NoSuchClaim
from nummer.apps.refunds.models import Claim, ClaimState
from nummer.apps.refunds.queries import ClaimRow, claim, claim_to_confirm
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID
from nummer.kernel.ids import id_of

__all__ = ["Declaration", "confirm_by_case", "confirm_by_mail", "declare_withdrawal", "withdraw"]

LINK_LIVES: Final = timedelta(days=30)  # twice the longest window to withdraw (LAW-14)
_SALT: Final = "nummer.withdrawal"
_DIGITS_MAX: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Declaration:
    """What a person declares: which order, who asks, and in which language we answer."""

    order: str
    email: str
    language: str
    text: str


def declare_withdrawal(declaration: Declaration, *, key: UUID, now: datetime) -> None:
    """Take a declaration of withdrawal from anybody, and send the receipt with its time.

    It is kept as a case, and as a claim where order and address belong together. Nothing ends and
    nothing is paid before the customer confirms it by the link in the receipt or in his account,
    or the staff does for him; then it counts from `now`. The same key again writes nothing.
    Returns nothing, and takes as long for an order that there is not.
    """
    customer = accounts.account_by_email(declaration.email)
    account_id = OPERATOR_ACCOUNT_ID if customer is None else customer.id
    row = None if customer is None else _own(customer.id, declaration.order)
    with transaction.atomic():
        opened = cases.open_declared(
            account_id,
            key=id_of("claim-case", key),
            kind=CaseKind.WITHDRAWAL,
            channel=Channel.PAGE,
            text=declaration.text,
            subject=declaration.order,
            proof=Proof.NONE if customer is None else Proof.CLAIMED,
            actor="customer:unknown" if customer is None else f"customer:{customer.id}",
            received_at=now,
            now=now,
            order_id=None if row is None else row.order_id,
            sender=declaration.email if customer is None else None,
            language=declaration.language if customer is None else None,
        )
        link = "" if row is None else _kept(row, key=key, case_id=opened.case_id, now=now)
        if cases.may_answer(_counted_by(declaration, row), now=now):
            _receipt(account_id, opened, declaration.order, link=link, key=key, now=now)


def withdraw(
    account_id: int, *, activation_id: int, key: UUID, text: str, now: datetime
) -> ClaimRow:
    """Withdraw from a contract in one's own account: answered at once, with a receipt.

    Refuses: NoSuchActivation. Locks: as `file_claim`.
    """
    with transaction.atomic():
        asked = Asked(ask=Ask.CANCEL, channel=Channel.PAGE, proof=Proof.SIGNED_IN, received_at=now)
        filed = file_claim(
            account_id,
            key=key,
            activation_id=activation_id,
            asked=asked,
            text=text,
            actor=f"customer:{account_id}",
            now=now,
        )
        if filed.id == key:
            notify.send_letter(
                account_id,
                letter="withdrawal-receipt",
                context=_said(str(activation_id), link="", at=now),
                now=now,
                key=id_of("withdrawal-receipt", key),
            )
        return filed


def confirm_by_mail(token: str, *, now: datetime) -> ClaimRow:
    """Let whoever reads the mailbox of the account stand by a withdrawal.

    Following a link again that was followed in time shows the same answer. Refuses: NoSuchClaim,
    also for a token that is not ours, LinkOver. Locks: as `confirm_claim`.
    """
    try:
        account_id, claim_id = signing.loads(token, salt=_SALT)
        found = UUID(claim_id)
    except (signing.BadSignature, ValueError, TypeError):
        raise NoSuchClaim from None
    waiting = claim(account_id, claim_id=found)
    if waiting.state == ClaimState.UNCONFIRMED and now > waiting.received_at + LINK_LIVES:
        raise LinkOver(days=LINK_LIVES.days)
    return confirm_claim(account_id, claim_id=found, actor=f"customer:{account_id}", now=now)


def confirm_by_case(
    account_id: int, *, case_id: UUID, actor: str, now: datetime
) -> ClaimRow | None:
    """Let the customer say in his account that a case was his, and with it the claim that it is.

    Returns that claim as it is now answered, None where the case declares none.
    Refuses: NoSuchCase. Locks: as `confirm_claim`, then the case's row.
    """
    with transaction.atomic():
        waiting = claim_to_confirm(account_id, case_id=case_id)
        filed = None
        if waiting is not None:
            filed = confirm_claim(account_id, claim_id=waiting.id, actor=actor, now=now)
            if filed.state != ClaimState.WAITING:
                cases.note_answered(account_id, case_id=case_id, now=now)
        cases.confirm_case(account_id, case_id=case_id, now=now)
        return filed


def _own(account_id: int, order: str) -> ActivationRow | None:
    """Return the account's own order that somebody named by its number or its id."""
    named = order.strip()
    try:
        if named.isascii() and named.isdigit() and len(named) <= _DIGITS_MAX:
            return stock.activation(account_id, activation_id=int(named))
        return stock.activation_of_order(account_id, order_id=UUID(named))
    except (NoSuchActivation, ValueError):
        return None


def _counted_by(declaration: Declaration, row: ActivationRow | None) -> str:
    """Return what receipts are counted by: the address, or its order where it has that one.

    Whoever fills in an address may use up its receipts of a day; not those of an order that he
    would have to know.
    """
    return declaration.email if row is None else f"{declaration.email} {row.order_id}"


def _kept(row: ActivationRow, *, key: UUID, case_id: UUID, now: datetime) -> str:
    """Keep the claim and return the token by which the reader of the mailbox confirms it."""
    order = orders.order(row.account_id, order_id=row.order_id)
    if now < order.placed_at:
        raise ContactBeforeOrder
    rows = Claim.objects.filter(account_id=row.account_id)
    waiting = rows.filter(order_id=order.id, ask=Ask.CANCEL, state=ClaimState.UNCONFIRMED)
    found = rows.filter(id=key).first() or waiting.order_by("received_at").first()
    if found is None:
        asked = Asked(ask=Ask.CANCEL, channel=Channel.PAGE, proof=Proof.CLAIMED, received_at=now)
        found = keep_claim(
            order,
            key=key,
            asked=asked,
            case_id=case_id,
            actor=f"customer:{row.account_id}",
            now=now,
        )
    return signing.dumps([row.account_id, str(found.id)], salt=_SALT)


def _receipt(
    account_id: int, opened: cases.Declared, order: str, *, link: str, key: UUID, now: datetime
) -> None:
    notify.send_letter(
        account_id,
        letter="withdrawal-receipt",
        context={**_said(order, link=link, at=now), "number": str(opened.number)},
        now=now,
        key=id_of("withdrawal-receipt", key),
        reach=opened.reach,
    )


def _said(order: str, *, link: str, at: datetime) -> dict[str, object]:
    return {"order": order, "received_at": at.isoformat(), "token": link, "number": ""}
