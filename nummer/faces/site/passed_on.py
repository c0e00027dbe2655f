"""Words for what was passed on about a customer: to whom, what for, and which parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nummer.apps.outbound.queries import PassageRow
from nummer.apps.outbound.register import (
    CUSTOMER_SERVER,
    MAIL_RELAY,
    NUMBER_SUPPLIER,
    OPERATOR_SERVER,
    PARTNER,
    PAYMENT_PROVIDER,
    SMS_CARRIER,
)

RECIPIENTS: Final[Mapping[str, Promise]] = {
    SMS_CARRIER: _("SMS carrier"),
    MAIL_RELAY: _("e-mail service"),
    PAYMENT_PROVIDER: _("payment provider"),
    PARTNER: _("partner with SIM cards"),
    CUSTOMER_SERVER: _("your own server"),
    NUMBER_SUPPLIER: _("supplier of numbers"),
    OPERATOR_SERVER: _("our own server"),
}
PURPOSES: Final[Mapping[str, Promise]] = {
    "login-code": _("a code for signing in"),
    "customer-sms": _("an SMS that you sent"),
    "forward": _("an SMS that is sent on to you"),
    "notice": _("a notice to you"),
    "probe": _("a test SMS of ours"),
    "letter": _("an e-mail to you"),
    "top-up": _("a top-up"),
    "conclude": _("the end of a payment"),
    "kept-method": _("a payment by the method that you had us keep"),
    "refund": _("money that went back to you"),
    "forget-payer": _("forgetting the method that we kept"),
    "stock": _("a look at what is offered"),
    "number": _("a number for one code"),
    "end-of-use": _("the end of a number's use"),
    "number-order": _("the order of a number"),
    "number-look-up": _("a look at the order of a number"),
    "number-renew": _("one more month of a number"),
    "number-stop": _("the end of a number's rent"),
    "supply-catalogue": _("a look at what is offered"),
    "supply-numbers": _("a look at what is offered"),
    "supply-funds": _("a look at our account there"),
    "supply-owned": _("a look at our account there"),
    "supply-order": _("the order of a number"),
    "papers": _("what you said in your papers"),
    "paper": _("a document of your papers"),
    "alert": _("an alert to ourselves"),
    "event": _("an event that you are told of"),
}
PARTS: Final[Mapping[str, Promise]] = {
    "to": _("address or phone number of the receiver"),
    "subject": _("subject line"),
    "text": _("words of the message"),
    "html": _("words of the message with their layout"),
    "pdf": _("PDF document"),
    "reply_to": _("address for answers"),
    "in_reply_to": _("mark of the mail that is answered"),
    "reference": _("our reference"),
    "amount": _("amount"),
    "currency": _("currency"),
    "method": _("way of paying"),
    "keep": _("whether the method is kept"),
    "checkout": _("mark of the payment's page"),
    "payer": _("mark of the payer"),
    "payment": _("mark of the payment"),
    "country": _("country"),
    "operator": _("network"),
    "service": _("service"),
    "price": _("price"),
    "excluded": _("numbers that are left out"),
    "number": _("phone number"),
    "activation": _("mark of the use"),
    "end": _("how the use ended"),
    "place": _("place"),
    "group": _("group of numbers"),
    "order": _("mark of the order"),
    "verification": _("mark of the papers"),
    "paper": _("document"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "birth_date": _("date of birth"),
    "street": _("street and number"),
    "postcode": _("postcode"),
    "city": _("city"),
    "company_name": _("name of the company"),
    "company_number": _("number in the register of companies"),
    "url": _("address of your server"),
    "headers": _("signature and other marks"),
    "body": _("what happened"),
}
_METHOD_OF_CALL: Final = _("kind of call")  # the same word as a way of paying, at his server


def said(row: PassageRow) -> tuple[str, str, list[str]]:
    """Return recipient, purpose and parts in words; what had its name changed keeps the old."""
    parts = [str(_part(row.recipient, name)) for name in row.fields]
    recipient = RECIPIENTS.get(row.recipient, row.recipient)
    return str(recipient), str(PURPOSES.get(row.purpose, row.purpose)), parts


def _part(recipient: str, name: str) -> Promise | str:
    if recipient == CUSTOMER_SERVER and name == "method":
        return _METHOD_OF_CALL
    return PARTS.get(name, name)
