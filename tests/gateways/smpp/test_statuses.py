"""Every refusal of a text has its command_status, and none that invites to repeat it in vain."""

from __future__ import annotations

import pytest

from nummer.apps.accounts import errors as accounts
from nummer.apps.catalogue import errors as catalogue
from nummer.apps.leases import errors as leases
from nummer.apps.ledger import errors as ledger
from nummer.apps.messaging import errors as messaging
from nummer.apps.standing import errors as standing
from nummer.gateways.smpp.statuses import STATUSES, status_of
from nummer.kernel.errors import Refusal
from nummer.protocols.smpp.words import Status

AGAIN_LATER = {Status.RTHROTTLED, Status.RMSGQFUL}
APPS = (accounts, catalogue, leases, ledger, messaging, standing)
SENDING = [
    messaging.NumberCannotSend,
    messaging.NumberSuspended,
    messaging.RecipientNotPossible,
    messaging.RecipientIsSender,
    messaging.RecipientOptedOut,
    messaging.TextMissing,
    messaging.TextNotSendable,
    messaging.TextTooLong,
    messaging.TooManySms,
    messaging.SendingUnusual,
    messaging.SpendLimitReached,
    messaging.QuietHours,
    catalogue.NoRate,
    leases.NoSuchLease,
    ledger.InsufficientBalance,
    ledger.WalletMissing,
    ledger.WrongCurrency,
    standing.AccountSuspended,
    standing.BalanceBlocked,
]


@pytest.mark.parametrize("refusal", SENDING, ids=lambda refusal: refusal.code)
def test_a_refusal_of_a_text_has_its_status(refusal: type[Refusal]) -> None:
    assert refusal.code in STATUSES


def test_the_table_names_refusals_that_exist() -> None:
    known = {
        each.code
        for app in APPS
        for each in vars(app).values()
        if isinstance(each, type) and issubclass(each, Refusal)
    }
    assert STATUSES.keys() <= known


def test_only_a_limit_invites_to_try_again() -> None:
    again = {code for code, status in STATUSES.items() if status in AGAIN_LATER}
    assert again == {"too_many_sms"}
    assert status_of("never heard of") is Status.RSUBMITFAIL
