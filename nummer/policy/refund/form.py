"""Reads facts and a request from plain mappings; names everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from nummer.policy.calendar import known_country
from nummer.policy.clause import clause
from nummer.policy.currency import MINOR_DIGITS
from nummer.policy.refund.amounts import Amount
from nummer.policy.refund.facts import (
    ZERO,
    Abuse,
    AbuseScope,
    Account,
    AccountStatus,
    Ask,
    CarrierBlock,
    CarrierFault,
    Deactivation,
    Destination,
    Order,
    OrderKind,
    Outage,
    Papers,
    PapersStatus,
    PriorRefund,
    Reason,
    RefundFacts,
    Replacement,
    Request,
    Restriction,
    Share,
    Sms,
    StockFailure,
)

Plain = Mapping[str, object]
Choice = TypeVar("Choice", bound=StrEnum)

# RP-T4, in the order in which they are asked for.
REQUEST_FIELDS: Final = ("service_name", "amount", "reason", "details")
# Outside these years neither calendars nor time zones mean anything.
YEARS: Final = range(1900, 2901)
_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing can be decided; `errors` are sorted and without repeats."""

    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Input that can be decided."""

    facts: RefundFacts
    request: Request | None


def read(facts: object, request: object = None) -> Read | Rejected:
    """Read facts and request, or report every error code that holds."""
    reader = _Reader()
    read_facts = reader.facts(reader.mapping(facts))
    read_request = None
    if request is not None:
        read_request = reader.request(reader.mapping(request), currency=read_facts.currency)
    if reader.errors:
        return Rejected(tuple(sorted(reader.errors)))
    return Read(read_facts, read_request)


@dataclass(slots=True)
class _Reader:
    """Collects the errors while reading; what it returns counts only when there are none."""

    errors: set[str] = field(default_factory=set)

    # Plain values

    def mapping(self, value: object) -> Plain:
        if isinstance(value, Mapping):
            return value
        if value is not None:
            self.errors.add("E_FORM")
        return {}

    def part(self, plain: Plain, key: str) -> Plain | None:
        value = plain.get(key)
        return None if value is None else self.mapping(value)

    def parts(self, plain: Plain, key: str) -> list[Plain]:
        value = plain.get(key)
        if value is None:
            return []
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.errors.add("E_FORM")
            return []
        return [self.mapping(item) for item in value]

    def instant(self, plain: Plain, key: str) -> datetime | None:
        value = plain.get(key)
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value) if isinstance(value, str) else None
            if at is None or at.year not in YEARS:
                self.errors.add("E_BAD_TIME")
            elif at.tzinfo is None:
                self.errors.add("E_NAIVE_TIME")
            else:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            self.errors.add("E_BAD_TIME")
        return None

    def needed_instant(self, plain: Plain, key: str) -> datetime:
        at = self.instant(plain, key)
        if plain.get(key) is None:
            self.errors.add("E_BAD_TIME")
        return at or _SOME_TIME

    def amount(self, plain: Plain, key: str) -> Amount | None:
        value = plain.get(key)
        if value is None:
            return None
        try:
            return Amount.parse(value if isinstance(value, str) else "")
        except ValueError:
            self.errors.add("E_AMOUNT")
            return None

    def needed_amount(self, plain: Plain, key: str) -> Amount:
        if plain.get(key) is None:
            self.errors.add("E_AMOUNT")
        return self.amount(plain, key) or ZERO

    def choice(self, plain: Plain, key: str, among: type[Choice]) -> Choice | None:
        value = plain.get(key)
        if isinstance(value, str) and value in list(among):
            return among(value)
        return None

    def needed_text(self, plain: Plain, key: str) -> str:
        value = plain.get(key)
        if not isinstance(value, str) or not value:
            self.errors.add("E_FORM")
            return ""
        return value

    # Facts

    def facts(self, plain: Plain) -> RefundFacts:
        operator_calendar = self.country(plain, "operator_calendar", otherwise="NO")
        capture = self.part(plain, "duplicate_capture")
        sms = self.part(plain, "sms")
        return RefundFacts(
            now=self.needed_instant(plain, "now"),
            currency=self.currency(plain),
            timezone=self.timezone(plain),
            operator_calendar=operator_calendar,
            customer_calendar=self.country(plain, "customer_calendar", otherwise=operator_calendar),
            eea_consumer=plain.get("profile") == "eea_consumer",
            page_said_it=plain.get("page_said_it") is True,
            chargeback_open=plain.get("chargeback") is True,
            captured_without_order=None
            if capture is None
            else self.needed_amount(capture, "amount"),
            account=self.account(self.mapping(plain.get("account"))),
            order=self.order(self.part(plain, "order")),
            outages=self.outages(plain),
            deactivated=self.deactivated(self.part(plain, "deactivated")),
            carrier_block=self.carrier_block(self.part(plain, "carrier_block")),
            carrier_fault=self.carrier_fault(self.part(plain, "carrier_fault")),
            replacement=self.replacement(self.mapping(plain.get("replacement"))),
            stock_failure=self.stock_failure(self.part(plain, "stock_failure")),
            provision_failed_at=self.happened(self.part(plain, "provision_failure")),
            papers=self.papers(self.part(plain, "kyc")),
            sms=None if sms is None else self.sms(sms),
            restriction=self.restriction(self.mapping(plain.get("restriction"))),
            undelivered_at=self.happened(self.part(plain, "undelivered")),
            abuse=self.abuse(self.part(plain, "abuse")),
            funding=tuple(self.share(part) for part in self.parts(plain, "funding")),
            prior_refunds=tuple(self.prior(part) for part in self.parts(plain, "prior_refunds")),
        )

    def currency(self, plain: Plain) -> str:
        code = plain.get("currency")
        if code is None:
            return "EUR"
        if not isinstance(code, str) or code not in MINOR_DIGITS:
            self.errors.add("E_CURRENCY")
            return "EUR"
        return code

    def timezone(self, plain: Plain) -> str:
        name = plain.get("timezone")
        if name is None:
            return "Europe/Oslo"
        try:
            return ZoneInfo(name if isinstance(name, str) else "").key
        except (ValueError, OSError, KeyError):
            self.errors.add("E_TIMEZONE")
            return "Europe/Oslo"

    def country(self, plain: Plain, key: str, *, otherwise: str) -> str:
        code = plain.get(key)
        if code is None:
            return otherwise
        if not isinstance(code, str) or not known_country(code):
            self.errors.add("E_CALENDAR")
            return otherwise
        return code

    def account(self, plain: Plain) -> Account:
        status = AccountStatus.ACTIVE
        if plain.get("status") is not None:
            known = self.choice(plain, "status", AccountStatus)
            self.reject(known is None, "E_FORM")
            status = known or status
        reference = plain.get("le_reference")
        reference = reference if isinstance(reference, str) and reference.strip() else None
        closed_at = self.instant(plain, "closed_at")
        if status is AccountStatus.CLOSED_BY_CLIENT:
            closed_at = self.needed_instant(plain, "closed_at")
        self.blocked_only_with_reference(status, reference=reference)
        return Account(
            status=status,
            balance=self.amount(plain, "balance") or ZERO,
            le_reference=reference,
            closed_at=closed_at,
            acknowledged_includes_pending=plain.get("acknowledged_includes_pending") is True,
        )

    @clause(
        "RP-P2b",
        quote="The balance is blocked only when a law-enforcement authority demands it, and only "
        "with the reference of that demand on record.",
    )
    def blocked_only_with_reference(self, status: AccountStatus, *, reference: str | None) -> None:
        blocked = status is AccountStatus.BLOCKED_LAW_ENFORCEMENT
        self.reject(blocked and reference is None, "E_NO_LE_REFERENCE")

    def order(self, plain: Plain | None) -> Order | None:
        if plain is None:
            return None
        kind = self.choice(plain, "kind", OrderKind)
        self.reject(kind is None, "E_ORDER_KIND")
        start, end = self.period(plain, rental=kind is OrderKind.RENTAL)
        return Order(
            kind=kind or OrderKind.RENTAL,
            price=self.needed_amount(plain, "price"),
            setup_fee=self.amount(plain, "setup_fee") or ZERO,
            ordered_at=self.instant(plain, "ordered_at"),
            period_start=start,
            period_end=end,
            rendered_at=self.instant(plain, "rendered_at"),
            consent_immediate=plain.get("consent_immediate") is True,
            renewed_automatically=plain.get("renewal") == "auto",
        )

    def period(self, plain: Plain, *, rental: bool) -> tuple[datetime | None, datetime | None]:
        start, end = self.instant(plain, "period_start"), self.instant(plain, "period_end")
        if rental:
            self.needed_instant(plain, "period_start")
            self.needed_instant(plain, "period_end")
        self.reject(start is not None and end is not None and end <= start, "E_PERIOD")
        return start, end

    def outages(self, plain: Plain) -> tuple[Outage, ...] | None:
        if plain.get("outages") is None:
            return None
        now = self.instant(plain, "now")
        return tuple(self.outage(part, now=now) for part in self.parts(plain, "outages"))

    def outage(self, plain: Plain, *, now: datetime | None) -> Outage:
        reported_at = self.instant(plain, "reported_at")
        cleared_at = self.instant(plain, "cleared_at")
        if reported_at is None:
            reported_at = self.needed_instant(plain, "reported_at")
        else:
            self.reject(now is not None and reported_at > now, "E_FUTURE")
            self.reject(cleared_at is not None and cleared_at < reported_at, "E_OUTAGE_ORDER")
        return Outage(
            reported_at=reported_at,
            cleared_at=cleared_at,
            caused_by_client=plain.get("cause") == "client_activity",
        )

    def deactivated(self, plain: Plain | None) -> Deactivation | None:
        if plain is None:
            return None
        self.reject(plain.get("by") not in ("client", "operator"), "E_FORM")
        return Deactivation(
            at=self.needed_instant(plain, "at"), by_client=plain.get("by") == "client"
        )

    def carrier_block(self, plain: Plain | None) -> CarrierBlock | None:
        if plain is None:
            return None
        at = self.needed_instant(plain, "at")
        return CarrierBlock(
            at=at,
            known_at=self.instant(plain, "known_at") or at,
            caused_by_client=plain.get("reason") == "client_activity",
        )

    def carrier_fault(self, plain: Plain | None) -> CarrierFault | None:
        if plain is None:
            return None
        evidence, contact = self.instant(plain, "at"), self.instant(plain, "contact_at")
        if evidence is None and contact is None:
            self.needed_instant(plain, "at")
        failed_at = min((at for at in (evidence, contact) if at), default=_SOME_TIME)
        known_at = self.instant(plain, "known_at") or contact or failed_at
        return CarrierFault(failed_at=failed_at, known_at=known_at)

    def replacement(self, plain: Plain) -> Replacement:
        return Replacement(
            available=plain.get("available") is True, accepted=plain.get("accepted") is True
        )

    def stock_failure(self, plain: Plain | None) -> StockFailure | None:
        if plain is None:
            return None
        return StockFailure(
            at=self.needed_instant(plain, "at"),
            was_listed=plain.get("was_listed") is True,
            place_out_of_stock=plain.get("city_out_of_stock") is not False,
        )

    def happened(self, plain: Plain | None) -> datetime | None:
        return None if plain is None else self.needed_instant(plain, "at")

    def papers(self, plain: Plain | None) -> Papers | None:
        if plain is None:
            return None
        at = self.instant(plain, "at")
        status = self.choice(plain, "status", PapersStatus)
        if status is None:
            return None
        return Papers(
            status=status,
            at=at or self.needed_instant(plain, "at"),
            shown=plain.get("shown") is True,
        )

    def sms(self, plain: Plain) -> Sms:
        return Sms(
            window_end=self.needed_instant(plain, "window_end"),
            received_at=self.instant(plain, "received_at"),
            displayed_at=self.instant(plain, "displayed_at"),
            cancelled_at=self.instant(plain, "cancelled_at"),
            from_ordered_service=plain.get("from_ordered_service") is not False,
        )

    def restriction(self, plain: Plain) -> Restriction:
        return Restriction(
            shown=plain.get("shown") is True,
            acknowledged=plain.get("acknowledged") is True,
            breached=plain.get("breached") is True,
            caused_failure=plain.get("caused_failure") is True,
        )

    def abuse(self, plain: Plain | None) -> Abuse | None:
        if plain is None:
            return None
        status, scope = plain.get("status"), self.choice(plain, "scope", AbuseScope)
        self.reject(status not in ("suspected", "confirmed"), "E_FORM")
        self.reject(plain.get("scope") is not None and scope is None, "E_FORM")
        return Abuse(confirmed=status == "confirmed", scope=scope or AbuseScope.ORDER)

    def share(self, plain: Plain) -> Share:
        promo = plain.get("promo") is True
        known = isinstance(plain.get("refundable"), bool)
        self.reject(not known and not promo, "E_FORM")
        return Share(
            method=self.needed_text(plain, "method"),
            amount=self.needed_amount(plain, "amount"),
            refundable=plain.get("refundable") is True,
            promo=promo,
        )

    def prior(self, plain: Plain) -> PriorRefund:
        same_claim = plain.get("same_claim") is True
        destination = self.choice(plain, "destination", Destination)
        self.reject(destination is None, "E_FORM")
        decision = plain.get("decision")
        if same_claim:
            decision = self.needed_text(plain, "decision")
        return PriorRefund(
            ground=self.needed_text(plain, "ground"),
            amount=self.needed_amount(plain, "amount"),
            destination=destination or Destination.BALANCE,
            same_claim=same_claim,
            decision=decision if isinstance(decision, str) else None,
        )

    # Request

    def request(self, plain: Plain, *, currency: str) -> Request:
        self.reject(plain.get("order_owner") is False, "E_NOT_OWNER")
        self.reject(plain.get("actor_verified") is False, "E_NOT_AUTHORISED")
        ask = self.choice(plain, "ask", Ask)
        self.reject(ask is None, "E_FORM")
        ask = ask or Ask.BALANCE_CLAIM
        cancel_to_client = ask is Ask.CANCEL and plain.get("wants") == "payout"
        return Request(
            ask=ask,
            received_at=self.needed_instant(plain, "received_at"),
            payout_wanted=ask is Ask.PAYOUT or cancel_to_client,
            reason=self.reason(plain),
            fields_given=self.fields_given(self.mapping(plain.get("fields")), currency=currency),
        )

    def reason(self, plain: Plain) -> Reason | None:
        if plain.get("reason") is None:
            return None
        return self.choice(plain, "reason", Reason) or Reason.OTHER

    def fields_given(self, plain: Plain, *, currency: str) -> frozenset[str]:
        given = frozenset(name for name in REQUEST_FIELDS if _is_given(plain.get(name)))
        if "amount" in given:
            amount = self.amount(plain, "amount")
            self.reject(amount is not None and not amount.units, "E_AMOUNT")
        asked_in = plain.get("currency")
        self.reject(_is_given(asked_in) and asked_in != currency, "E_CURRENCY")
        return given

    def reject(self, wrong: bool, code: str) -> None:  # noqa: FBT001 -- reads as a sentence
        if wrong:
            self.errors.add(code)


def _is_given(value: object) -> bool:
    """Return whether a field of a request holds something."""
    return value is not None and (not isinstance(value, str) or bool(value.strip()))
