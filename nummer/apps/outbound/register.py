"""Who may be given what, and what for. What is not written here does not leave."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SMS_CARRIER: Final = "sms-carrier"
MAIL_RELAY: Final = "mail-relay"
PAYMENT_PROVIDER: Final = "payment-provider"
PARTNER: Final = "partner"  # who owns the SIM cards of some of our numbers
CUSTOMER_SERVER: Final = "customer-server"  # where a customer has his own events told
NUMBER_SUPPLIER: Final = "number-supplier"  # from whom numbers for rent are ordered

OPERATOR_SERVER: Final = "operator-server"  # the operator's own, which hears of alerts

REGISTER: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        (SMS_CARRIER, "login-code"): frozenset({"to", "text"}),
        (SMS_CARRIER, "customer-sms"): frozenset({"to", "text"}),
        (SMS_CARRIER, "forward"): frozenset({"to", "text"}),
        (SMS_CARRIER, "notice"): frozenset({"to", "text"}),
        (SMS_CARRIER, "probe"): frozenset({"to", "text"}),  # to a number of ours, about nobody
        (MAIL_RELAY, "letter"): frozenset(
            {"to", "subject", "text", "html", "pdf", "reply_to", "in_reply_to"}
        ),
        (PAYMENT_PROVIDER, "top-up"): frozenset(
            {"reference", "amount", "currency", "method", "keep"}
        ),
        (PAYMENT_PROVIDER, "conclude"): frozenset({"reference", "checkout"}),
        (PAYMENT_PROVIDER, "kept-method"): frozenset({"reference", "payer", "amount", "currency"}),
        (PAYMENT_PROVIDER, "refund"): frozenset({"reference", "payment", "amount", "currency"}),
        (PAYMENT_PROVIDER, "forget-payer"): frozenset({"payer"}),
        (OPERATOR_SERVER, "alert"): frozenset({"body"}),
        (PARTNER, "stock"): frozenset(),
        (PARTNER, "number"): frozenset(
            {"country", "operator", "service", "price", "currency", "excluded"}
        ),
        (NUMBER_SUPPLIER, "number-order"): frozenset({"reference", "number"}),
        (NUMBER_SUPPLIER, "number-look-up"): frozenset({"reference"}),
        (NUMBER_SUPPLIER, "papers"): frozenset(
            {
                "first_name",
                "last_name",
                "birth_date",
                "street",
                "postcode",
                "city",
                "country",
                "company_name",
                "company_number",
            }
        ),
        (CUSTOMER_SERVER, "event"): frozenset({"method", "url", "headers", "body"}),
        (NUMBER_SUPPLIER, "number-renew"): frozenset({"reference", "number"}),
        (NUMBER_SUPPLIER, "number-stop"): frozenset({"reference", "number"}),
        (NUMBER_SUPPLIER, "supply-catalogue"): frozenset({"place", "country"}),
        (NUMBER_SUPPLIER, "supply-numbers"): frozenset({"group"}),
        (NUMBER_SUPPLIER, "supply-funds"): frozenset(),
        (NUMBER_SUPPLIER, "supply-owned"): frozenset(),
        (NUMBER_SUPPLIER, "supply-order"): frozenset({"order", "verification"}),
        (NUMBER_SUPPLIER, "paper"): frozenset({"paper"}),  # sealed for the supplier before it goes
        (PARTNER, "end-of-use"): frozenset({"activation", "end"}),
    }
)
