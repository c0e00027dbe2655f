"""What a customer does on a page a program does by our own interface, or it is said why not."""

from __future__ import annotations

from django.urls import URLPattern

from nummer.faces.site.urls import urlpatterns
from tests.dialects.own import DESCRIPTION

# What each page does, as the description names it.
CALLS = {
    "services": "listServices",
    "service": "listPrices",
    "order": "placeOrder",
    "numbers": "searchNumbers priceNumber",
    "numbers-country": "searchNumbers priceNumber",
    "numbers-city": "searchNumbers priceNumber",
    "rent": "rentNumber",
    "my-numbers": "listLeases",
    "my-number": "getLease listPeriods listLeaseReports listIncidents",
    "my-number-end": "ifCancelled giveNotice cancelLease",
    "my-number-back": "takeBackNotice",
    "my-number-pay": "payLease",
    "my-number-fee": "keepFee",
    "my-number-report": "reportLeaseFault",
    "my-number-other": "getOther answerOther",
    "my-number-pay-out": "payOutLease",
    "my-number-summary": "getSummary",
    "my-number-affected": "sayAffected",
    "orders": "listOrders",
    "orders-export": "listOrders exportStatement",
    "order-detail": "getOrder listMessages getTimeline listReports listClaims",
    "order-by-id": "getOrder",
    "order-timeline": "getTimeline",
    "order-line": "getOrder",
    "cancel": "cancelOrder",
    "another": "askAnotherCode",
    "finish": "finishOrder",
    "report": "reportProblem",
    "inbox": "listConversations listSms",
    "sms-new": "sendSms",
    "sms-price": "priceSms",
    "sms-delete": "deleteSms redactSms",
    "inbox-settings": "getInbox setInbox",
    "conversation": "listSms getSms sendSms markRead",
    "conversation-export": "listSms",
    "withdraw": "withdrawFromOrder",
    "balance": "getBalance getStatement",
    "account-spending": "getSpendLimit lowerSpendLimit",
    "statement": "getStatement",
    "statement-export": "exportStatement",
    "top-up": "listMethods startTopUp listTopUps",
    "automatic": "getAutomaticTopUp",
    "automatic-stop": "stopAutomaticTopUp",
    "top-up-state": "getTopUp",
    "transfer": "getTopUp",
    "voucher": "redeemVoucher",
    "papers": "getPapers handInPapers",
    "payouts": "listPayouts askPayout listRefunds",
    "payout": "getPayout completePayout",
    "payout-choose": "chooseWay",
    "invoices": "listInvoices",
    "invoice": "getInvoice",
    "invoice-details": "getInvoiceDetails setAddressee",
    "tax-number": "setTaxNumber removeTaxNumber",
    "hooks": "listWebhooks createWebhook listHooks setHook removeHook rotateHookSecret",
    "hook": "getWebhook listDeliveries",
    "hook-change": "changeWebhook removeWebhook sendTest replayFailed",
    "hook-secret": "rotateSecret",
    "hook-delivery": "getDelivery replayEvent",
    "cases": "listCases openCase",
    "case": "getCase listCaseMessages writeMessage",
    "case-close": "closeCase",
    "decisions": "listDecisions",
    "decision-object": "objectToDecision",
}
# What a program does not do, and why.
OF_PEOPLE = {
    **dict.fromkeys(("carrier", "carrier-leave"), "a carrier's own page and protocol"),
    **dict.fromkeys(
        ("end-contract", "end-contract-received", "end-contract-confirm"), "for who has no login"
    ),
    **dict.fromkeys(("withdraw-received", "withdraw-confirm"), "for who has no login"),
    **dict.fromkeys(("affected", "how-it-went", "email-back"), "a link of a mail"),
    **dict.fromkeys(("status", "sitemap", "robots", "icon", "contact"), "public to everybody"),
    **dict.fromkeys(
        ("documents", "document", "document-version", "document-differences", "accessibility"),
        "public to everybody",
    ),
    **dict.fromkeys(
        ("keys", "key-revoke", "key-form", "key-binds", "key-roll", "token-renew"),
        "a key makes and ends no key",
    ),
    **dict.fromkeys(("key-accept", "account-accept"), "a person reads and agrees"),
    **dict.fromkeys(
        ("hand-over", "hand-over-confirm", "hand-over-withdraw", "offered"),
        "two persons agree: who has a stolen key gives no number away",
    ),
    **dict.fromkeys(("case-confirm", "claim-confirm"), "a key does not prove who wrote a mail"),
    **dict.fromkeys(("abuse", "abuse-received"), "for who has no login"),
    **dict.fromkeys(("looks",), "read by the person whose data they are"),
    **dict.fromkeys(("case-file",), "files come and go by the page"),
    **dict.fromkeys(("cookies", "cookies-answer", "visits-time"), "about a browser"),
    **dict.fromkeys(
        (
            *("members", "members-log", "member-invite", "member-role", "member-remove"),
            *("member-leave", "member-hand-over", "invitation-withdraw"),
        ),
        "people let people in: a key gives nobody a place",
    ),
    **dict.fromkeys(
        ("sub-accounts", "sub-account", "sub-account-token"),
        "Twilio's protocol has them: /2010-04-01/Accounts",
    ),
    "join": "a link of a mail",
    **dict.fromkeys(("help", "help-topic"), "public to everybody"),
    **dict.fromkeys(("unsubscribe", "consents-confirm", "letters-confirmed"), "a link of a mail"),
    **dict.fromkeys(
        ("consents", "consents-agree", "consents-object", "consents-withdraw", "consents-profile"),
        "a person agrees, and a key does not prove that it was he",
    ),
    **dict.fromkeys(("letters", "letter", "letters-confirm"), "mails for the person to read"),
    **dict.fromkeys(("consents-channel", "balance-low"), "how the person is written to"),
    **dict.fromkeys(
        ("sessions", "session-end", "sessions-end-others", "sign-ins"), "the person's own login"
    ),
    **dict.fromkeys(("port-out", "port-out-code", "port-out-withdraw"), "the same"),
    **dict.fromkeys(
        ("account-details", "account-history"), "a person says himself who he is, and sees it"
    ),
    **dict.fromkeys(("account", "account-language", "preferences"), "the person's own login"),
}


def test_every_page_of_a_customer_has_its_calls_or_a_reason() -> None:
    pages = {each.name for each in urlpatterns if isinstance(each, URLPattern) and each.name}

    assert pages - CALLS.keys() - OF_PEOPLE.keys() == set()
    assert (CALLS.keys() | OF_PEOPLE.keys()) - pages == set()


def test_every_call_that_a_page_names_is_described_and_none_is_forgotten() -> None:
    described = {
        operation["operationId"]
        for item in DESCRIPTION["paths"].values()
        for operation in item.values()
    }
    named = {call for calls in CALLS.values() for call in calls.split()}

    assert named - described == set()
    assert described - named == {"getDescription", "listCountries"}
