"""Refusals of banking."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class StatementTooLarge(Refusal):
    """The file has more octets than are read of one."""

    code: ClassVar[str] = "statement_too_large"
    sentence: ClassVar[str] = gettext_noop(
        "The file is larger than %(most)s MB. Ask the bank for shorter periods."
    )


class StatementUnsafe(Refusal):
    """The file has a document type or entities, which no bank sends."""

    code: ClassVar[str] = "statement_unsafe"
    sentence: ClassVar[str] = gettext_noop(
        "The file has a document type or entities. No bank sends such a file; it was not read."
    )


class StatementUnreadable(Refusal):
    """The file is no camt.053, or a part of it is missing or wrong."""

    code: ClassVar[str] = "statement_unreadable"
    sentence: ClassVar[str] = gettext_noop(
        "The file is no complete bank statement of the form camt.053. Nothing of it was taken."
    )


class StatementDoesNotAddUp(Refusal):
    """The opening balance and the entries do not give the closing balance."""

    code: ClassVar[str] = "statement_does_not_add_up"
    sentence: ClassVar[str] = gettext_noop(
        "The balances of the statement do not fit its entries. Nothing of it was taken."
    )


class StatementNotOurs(Refusal):
    """The statement is of an account, or in a currency, that is not among ours."""

    code: ClassVar[str] = "statement_not_ours"
    sentence: ClassVar[str] = gettext_noop(
        "The statement is of an account that is not in your settings. Nothing of it was taken."
    )


class NoSuchEntry(Refusal):
    """There is no entry with that id."""

    code: ClassVar[str] = "no_such_bank_entry"
    sentence: ClassVar[str] = gettext_noop("There is no such entry.")


class EntryDecided(Refusal):
    """The entry does not wait for that, or somebody was quicker."""

    code: ClassVar[str] = "bank_entry_decided"
    sentence: ClassVar[str] = gettext_noop("This entry does not wait for that any more.")


class EntryNeedsAnotherPerson(Refusal):
    """The same person cannot be both of the two."""

    code: ClassVar[str] = "bank_entry_needs_another_person"
    sentence: ClassVar[str] = gettext_noop("Another person has to confirm this.")


class EntryOtherCurrency(Refusal):
    """The account's balance is in another currency than the money that came."""

    code: ClassVar[str] = "bank_entry_other_currency"
    sentence: ClassVar[str] = gettext_noop(
        "The balance of this account is in another currency. Money is never converted here; "
        "send it back."
    )


class NoSuchTransfer(Refusal):
    """No transfer of that reference and sum waits for the bank's word."""

    code: ClassVar[str] = "no_such_transfer"
    sentence: ClassVar[str] = gettext_noop(
        "No transfer with this reference and sum waits to be confirmed."
    )


class NoSuchCustomer(Refusal):
    """There is no account with that number."""

    code: ClassVar[str] = "no_such_customer_account"
    sentence: ClassVar[str] = gettext_noop("There is no account with this number.")
