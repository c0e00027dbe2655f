"""What is known about one order and one account when a refund is judged; no personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nummer.policy.refund.amounts import Amount

ZERO = Amount(0, 0)


class OrderKind(StrEnum):
    """What was bought."""

    RENTAL = "rental"
    ONE_TIME = "one_time"
    METERED = "metered"
    TOPUP = "topup"


class AccountStatus(StrEnum):
    """Whether the balance can take money and give it."""

    ACTIVE = "active"
    BLOCKED_LAW_ENFORCEMENT = "blocked_law_enforcement"
    CLOSED_BY_CLIENT = "closed_by_client"


class PapersStatus(StrEnum):
    """How the papers a number needs ended."""

    REFUSED = "refused"
    REJECTED_BY_CARRIER = "rejected_by_carrier"


class AbuseScope(StrEnum):
    """What a case of abuse is about."""

    ORDER = "order"
    ACCOUNT = "account"
    OTHER = "other"


class Ask(StrEnum):
    """What the client asks for."""

    BALANCE_CLAIM = "balance_claim"
    PAYOUT = "payout"
    CANCEL = "cancel"


class Reason(StrEnum):
    """Why, in the client's words sorted into ours."""

    UNUSED_BALANCE = "unused_balance"
    ACCIDENTAL_TOPUP = "accidental_topup"
    CHANGED_MIND = "changed_mind"
    MISUNDERSTANDING = "misunderstanding"
    CALLER_ID = "caller_id"
    FRAUD_BLOCK = "fraud_block"
    EARLY_DEACTIVATION = "early_deactivation"
    ACCOUNT_TROUBLE = "account_trouble"
    NOT_SEEN = "not_seen"
    DOUBLE_CHARGE = "double_charge"
    DISSATISFIED = "dissatisfied"
    OTHER = "other"


class Destination(StrEnum):
    """Where a refund went or goes."""

    BALANCE = "balance"
    PAYMENT_METHOD = "payment_method"
    ALTERNATIVE = "alternative"
    MIXED = "mixed"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order in question; the period is set for rentals only, its end is exclusive."""

    kind: OrderKind
    price: Amount
    setup_fee: Amount = ZERO
    ordered_at: datetime | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    rendered_at: datetime | None = None
    consent_immediate: bool = False
    renewed_automatically: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The personal account; `balance` is before this decision."""

    status: AccountStatus = AccountStatus.ACTIVE
    balance: Amount = ZERO
    le_reference: str | None = None
    closed_at: datetime | None = None
    acknowledged_includes_pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One report of the client."""

    reported_at: datetime
    cleared_at: datetime | None = None
    caused_by_client: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deactivation:
    """A rental switched off before its end."""

    at: datetime
    by_client: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierBlock:
    """The carrier disconnected or blocked the number; `known_at` is when we knew."""

    at: datetime
    known_at: datetime
    caused_by_client: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierFault:
    """The number failed at the carrier; `failed_at` by evidence or contact, whichever is first."""

    failed_at: datetime
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """A number of the same country and city instead."""

    available: bool = False
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFailure:
    """No number could be given; `place_out_of_stock` is true when country or city was empty."""

    at: datetime
    was_listed: bool = False
    place_out_of_stock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Papers were refused by the client or rejected by the carrier."""

    status: PapersStatus
    at: datetime
    shown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """What came on a one-time number; the end of the window belongs to the window."""

    window_end: datetime
    received_at: datetime | None = None
    displayed_at: datetime | None = None
    cancelled_at: datetime | None = None
    from_ordered_service: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A restriction of the product page; opposable only when all four are proven."""

    shown: bool = False
    acknowledged: bool = False
    breached: bool = False
    caused_failure: bool = False

    @property
    def proven(self) -> bool:
        """Return whether all four facts are recorded."""
        return self.shown and self.acknowledged and self.breached and self.caused_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Abuse:
    """A case of abuse: suspected until compliance confirms it with a reference."""

    confirmed: bool
    scope: AbuseScope = AbuseScope.ORDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A part of what paid the order."""

    method: str
    amount: Amount
    refundable: bool
    promo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorRefund:
    """An earlier decision on this order."""

    ground: str
    amount: Amount
    destination: Destination
    same_claim: bool = False
    decision: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFacts:
    """Everything a decision rests on. `outages` is None when no outage is known at all."""

    now: datetime
    currency: str = "EUR"
    timezone: str = "Europe/Oslo"
    operator_calendar: str = "NO"
    customer_calendar: str = "NO"
    eea_consumer: bool = False
    page_said_it: bool = False
    chargeback_open: bool = False
    captured_without_order: Amount | None = None
    account: Account = field(default_factory=Account)
    order: Order | None = None
    outages: tuple[Outage, ...] | None = None
    deactivated: Deactivation | None = None
    carrier_block: CarrierBlock | None = None
    carrier_fault: CarrierFault | None = None
    replacement: Replacement = field(default_factory=Replacement)
    stock_failure: StockFailure | None = None
    provision_failed_at: datetime | None = None
    papers: Papers | None = None
    sms: Sms | None = None
    restriction: Restriction = field(default_factory=Restriction)
    undelivered_at: datetime | None = None
    abuse: Abuse | None = None
    funding: tuple[Share, ...] = ()
    prior_refunds: tuple[PriorRefund, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the client asked, reduced to what decides; `fields_given` names RP-T4's contents."""

    ask: Ask
    received_at: datetime
    payout_wanted: bool = False
    reason: Reason | None = None
    fields_given: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert self.payout_wanted or self.ask is not Ask.PAYOUT, "a payout is asked to be paid"
        assert not self.payout_wanted or self.ask is not Ask.BALANCE_CLAIM, "a claim stays inside"
