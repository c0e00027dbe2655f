"""Bank transfers as our payments see them: a reference to pay with, and statements afterwards.

Nothing leaves the house here. The customer types what our page shows into his bank; money that
goes back is typed into the operator's bank by the staff. What became of either is read from the
statements, by `banking`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nummer.apps.banking.ports import METHOD, PROVIDER
from nummer.apps.payments.errors import CallbackNotGenuine
from nummer.apps.payments.ports import (
    Capabilities,
    Checkout,
    ClearedOrder,
    ListedEvent,
    PaymentMethod,
    PaymentNotice,
    ProviderNotice,
    RefundAnswer,
    RefundWord,
)
from nummer.kernel.errors import Unavailable
from nummer.kernel.locale import gettext_noop

WAITED_FOR: Final = timedelta(days=30)  # people pay later than they order


@dataclass(frozen=True, slots=True)
class References:
    """Who gives out references: of a wish to pay in by its currency, of money that goes back."""

    coming: Callable[[UUID, str], str]
    going: Callable[[UUID], str]


class BankTransfers:
    """Takes payments into the operator's accounts, one for each of `currencies`.

    `page` is the address of our own page for one transfer, with the placeholder {top_up_id}.
    """

    code = PROVIDER
    capabilities = Capabilities(refunds=True, keeps_methods=False, lists_events=False)

    def __init__(self, currencies: Sequence[str], *, references: References, page: str) -> None:
        self._references = references
        self._page = page
        self.methods: Sequence[PaymentMethod] = (
            PaymentMethod(
                code=METHOD,
                name=gettext_noop("Bank transfer"),
                refundable=True,
                currencies=frozenset(currencies),
                takes=gettext_noop("takes one to three banking days"),
                waited_for=WAITED_FOR,
            ),
        )

    def open_checkout(self, order: ClearedOrder, *, return_url: str) -> Checkout:
        """Give a wish its reference; the same wish has the same one."""
        del return_url
        top_up_id = UUID(order.fields["reference"])
        return Checkout(
            reference=self._references.coming(top_up_id, order.fields["currency"]),
            pay_url=self._page.format(top_up_id=top_up_id),
        )

    def take_kept(self, order: ClearedOrder) -> str:
        """Take nothing: nobody can be charged without his bank. Raises Unavailable."""
        del order
        raise Unavailable("bank")

    def conclude(self, order: ClearedOrder) -> PaymentNotice | None:
        """Nothing: a bank says what came in its statements alone."""
        del order
        return None

    def verify_callback(
        self, *, headers: Mapping[str, str], body: bytes, received_at: datetime
    ) -> ProviderNotice | None:
        """Believe no callback: a bank makes none. Refuses: CallbackNotGenuine."""
        del headers, body, received_at
        raise CallbackNotGenuine

    def refund(self, order: ClearedOrder, *, repeated: bool) -> RefundAnswer:
        """Put a refund on the list of transfers to make; the bank's statement confirms it."""
        del repeated
        word = self._references.going(UUID(order.fields["reference"]))
        return RefundAnswer(reference=word, word=RefundWord.PENDING)

    def forget(self, order: ClearedOrder) -> None:
        """Forget nothing, since nothing is kept."""

    def events_since(self, since: datetime | None) -> Iterator[ListedEvent]:
        """Return nothing: statements are the list."""
        del since
        return iter(())

    def troubles(self, *, callback_url: str) -> Sequence[str]:
        """Return nothing: the accounts were checked when the settings were read."""
        del callback_url
        return []
