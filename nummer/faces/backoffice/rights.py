"""Who of the staff may see and do what: the one table behind the pages, the menu and the docs.

Each line is an address of `urls` by its name: `sees` is read only, `does` is a deed without a page
of its own, `both` is a page with a form. With a title it stands in the menu. `two` marks where the
rules ask for a second person. The owner may do all (ADR 426).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Roles = tuple[str, ...]

SUPPORT: Final = "support"
FINANCE: Final = "finance"
IDENTITY: Final = "identity"
COMPLIANCE: Final = "compliance"
OPERATIONS: Final = "operations"
OWNER: Final = "owner"
ROLES: Final[dict[str, Promise]] = {
    SUPPORT: pgettext_lazy("role", "support"),
    FINANCE: pgettext_lazy("role", "finance"),
    IDENTITY: pgettext_lazy("role", "identity"),
    COMPLIANCE: pgettext_lazy("role", "compliance"),
    OPERATIONS: pgettext_lazy("role", "operations"),
    OWNER: pgettext_lazy("role", "owner"),
}
EVERYBODY: Final = (SUPPORT, FINANCE, IDENTITY, COMPLIANCE, OPERATIONS)


class Group(StrEnum):
    """The parts of the menu, in their order."""

    TODAY = "today"
    CUSTOMERS = "customers"
    PAPERS = "papers"
    MONEY = "money"
    LAW = "law"
    CARRIERS = "carriers"
    CATALOGUE = "catalogue"
    MARKETING = "marketing"


TITLES: Final[dict[Group, Promise]] = {
    Group.TODAY: _("Today"),
    Group.CUSTOMERS: _("Customers and orders"),
    Group.PAPERS: _("Papers"),
    Group.MONEY: _("Money"),
    Group.LAW: _("Abuse and law"),
    Group.CARRIERS: _("Carriers and faults"),
    Group.CATALOGUE: _("Catalogue and stock"),
    Group.MARKETING: _("Texts and marketing"),
}


@dataclass(frozen=True, slots=True)
class Right:
    """Who may open an address (`see`) and who may send it a form (`do`)."""

    name: str
    see: Roles
    do: Roles
    title: Promise | None = None
    group: Group | None = None
    two: bool = False

    @property
    def roles(self) -> Roles:
        """Everybody who may do anything there."""
        return tuple(role for role in EVERYBODY if role in self.see or role in self.do)

    def allows(self, role: str, *, reading: bool) -> bool:
        """Say whether a role may; the owner may do all."""
        return role == OWNER or role in (self.see if reading else self.do)


def _right(
    name: str,
    roles: Roles,
    title: Promise | None = None,
    group: Group | None = None,
    *,
    reads: bool,
    writes: bool,
    do: Roles | None = None,
    two: bool = False,
) -> Right:
    doing = (roles if do is None else do) if writes else ()
    return Right(name, roles if reads else (), doing, title, group, two)


sees: Final = partial(_right, reads=True, writes=False)
does: Final = partial(_right, reads=False, writes=True)
both: Final = partial(_right, reads=True, writes=True)

_TABLE: Final = (
    sees("start", EVERYBODY),
    sees("figures", (OPERATIONS, SUPPORT)),
    sees("cases", (SUPPORT, FINANCE, COMPLIANCE), _("Cases"), Group.TODAY),
    both("case-call", (SUPPORT, FINANCE, COMPLIANCE)),
    sees("case", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-answer", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-kind", (SUPPORT, FINANCE, COMPLIANCE)),
    both("case-report", (SUPPORT, COMPLIANCE)),
    sees("case-raw", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-close", (SUPPORT, FINANCE, COMPLIANCE)),
    sees("case-file", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-note", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-take", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-give", (SUPPORT, FINANCE, COMPLIANCE)),
    does("case-merge", (SUPPORT, FINANCE, COMPLIANCE)),
    both(
        "standard-answers",
        (SUPPORT, FINANCE, COMPLIANCE),
        _("Standard answers"),
        Group.TODAY,
        do=(SUPPORT, COMPLIANCE),
    ),
    both("standard-answer", (SUPPORT, COMPLIANCE)),
    does("case-assign", (SUPPORT, FINANCE, COMPLIANCE)),
    sees("letters", (SUPPORT, OPERATIONS), _("Letters"), Group.TODAY),
    sees("letters-of", (SUPPORT, OPERATIONS)),
    sees("due", (SUPPORT, FINANCE, COMPLIANCE), _("Due and late"), Group.TODAY),
    both("claim-call", (SUPPORT, FINANCE, COMPLIANCE)),
    sees("claim", (SUPPORT, FINANCE, COMPLIANCE)),
    does("claim-confirm", (SUPPORT, FINANCE, COMPLIANCE)),
    does("claim-complete", (SUPPORT, FINANCE, COMPLIANCE)),
    does("claim-propose", (SUPPORT, FINANCE, COMPLIANCE)),
    does("claim-release", (FINANCE, COMPLIANCE), two=True),
    sees("faults", (SUPPORT, OPERATIONS), _("Open faults"), Group.TODAY),
    both("phone-report", (SUPPORT, OPERATIONS), _("Report by phone"), Group.TODAY),
    sees("design", EVERYBODY, _("Parts of the pages"), Group.MARKETING),
    sees("visits", (OPERATIONS, FINANCE), _("Visits"), Group.TODAY),
    sees("alerts", (OPERATIONS,), _("Alerts"), Group.TODAY),
    sees("visits-export", (OPERATIONS, FINANCE)),
    sees("papers-queue", (IDENTITY,), _("Papers to judge"), Group.PAPERS),
    both(
        "paper-rules",
        (IDENTITY, OPERATIONS, COMPLIANCE),
        _("Rules for papers"),
        Group.PAPERS,
        do=(IDENTITY, OPERATIONS),
    ),
    both("papers", (IDENTITY,)),
    does("papers-document", (IDENTITY,)),
    does("papers-read", (IDENTITY,)),
    does("papers-release", (IDENTITY,)),
    both("payouts", (FINANCE, SUPPORT), _("Payouts"), Group.MONEY),
    does("payout-decide", (FINANCE,), two=True),
    does("payout-confirm", (FINANCE,)),
    both("bank", (FINANCE,), _("Bank"), Group.MONEY),
    sees("bank-outgoing", (FINANCE,)),
    does("bank-entry", (FINANCE,)),
    sees("payments", (FINANCE, SUPPORT), _("Refunds and disputes"), Group.MONEY),
    both("replays", (FINANCE, COMPLIANCE), _("Recompute decisions"), Group.MONEY),
    sees("replay", (FINANCE, COMPLIANCE)),
    both("vouchers", (FINANCE,), _("Vouchers"), Group.MONEY),
    does("voucher-withdraw", (FINANCE,)),
    does("voucher-release", (FINANCE,), two=True),
    sees("margins", (OPERATIONS, FINANCE), _("Margins of SMS"), Group.MONEY),
    sees("margins-export", (OPERATIONS, FINANCE)),
    sees("tax", (FINANCE,), _("Tax"), Group.MONEY),
    sees("tax-export", (FINANCE,)),
    does("confirm-tax-number", (FINANCE, COMPLIANCE)),
    sees("day", (FINANCE,), _("Reconciliation"), Group.MONEY),
    sees("month", (FINANCE,), _("Month"), Group.MONEY),
    sees("month-guarantees", (FINANCE,)),
    sees("month-refunds", (FINANCE,)),
    sees("payer-find", (FINANCE, SUPPORT)),
    sees("payer", (FINANCE, SUPPORT, COMPLIANCE)),
    does("payer-trust", (FINANCE,)),
    sees(
        "leases", (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS), _("Rented numbers"), Group.CUSTOMERS
    ),
    sees("lease", (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS)),
    does("lease-end", (COMPLIANCE, OPERATIONS)),
    does("port-out-set", (SUPPORT, OPERATIONS)),
    does("port-out-refuse", (SUPPORT, OPERATIONS)),
    does("port-out-ported", (SUPPORT, OPERATIONS)),
    both("find-customer", (SUPPORT, FINANCE, COMPLIANCE), _("Find a customer"), Group.CUSTOMERS),
    sees("customer-part", (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS)),
    sees("customer", (SUPPORT, FINANCE, COMPLIANCE)),
    both("open-account", (SUPPORT,)),
    sees("orders", (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS), _("Orders"), Group.CUSTOMERS),
    sees("order", (SUPPORT, FINANCE, COMPLIANCE, OPERATIONS)),
    both("happened", (SUPPORT, COMPLIANCE, OPERATIONS)),
    does("search-replacement", (SUPPORT, OPERATIONS)),
    does("replace-number", (SUPPORT, OPERATIONS)),
    sees("messages", (SUPPORT, COMPLIANCE, OPERATIONS), _("Messages"), Group.CUSTOMERS),
    sees("invoices", (FINANCE, SUPPORT), _("Invoices"), Group.CUSTOMERS),
    sees("invoice", (FINANCE, SUPPORT)),
    sees("services", (OPERATIONS,), _("Services"), Group.CATALOGUE),
    does("switch-service", (OPERATIONS,)),
    sees("prices", (OPERATIONS, FINANCE, SUPPORT), _("Prices"), Group.CATALOGUE),
    does("set-price", (OPERATIONS, FINANCE)),
    both(
        "rates",
        (OPERATIONS, FINANCE, SUPPORT),
        _("Rates of SMS"),
        Group.CATALOGUE,
        do=(OPERATIONS, FINANCE),
    ),
    both("costs", (OPERATIONS, FINANCE), _("Costs of SMS"), Group.CATALOGUE),
    both(
        "lease-prices",
        (OPERATIONS, FINANCE, SUPPORT),
        _("Prices of rented numbers"),
        Group.CATALOGUE,
        do=(OPERATIONS, FINANCE),
    ),
    both("price-lists", (OPERATIONS, FINANCE), _("Price lists of carriers"), Group.CATALOGUE),
    both("price-list", (OPERATIONS, FINANCE)),
    sees("price-list-export", (OPERATIONS, FINANCE)),
    sees("stock", (OPERATIONS, SUPPORT), _("Stock"), Group.CATALOGUE),
    sees("stock-for-rent", (OPERATIONS, SUPPORT), _("Stock for rent"), Group.CATALOGUE),
    both("imports", (OPERATIONS,), _("Import numbers"), Group.CATALOGUE),
    both("import-for-rent", (OPERATIONS,)),
    sees("import", (OPERATIONS,)),
    both("routes", (OPERATIONS, FINANCE), _("Routes of SMS"), Group.CARRIERS),
    sees("suppliers", (OPERATIONS, FINANCE), _("Suppliers of numbers"), Group.CARRIERS),
    sees("supplier", (OPERATIONS, FINANCE)),
    does("supplier-look", (OPERATIONS,)),
    does("supplier-balance", (OPERATIONS, FINANCE)),
    does("supplier-stock", (OPERATIONS,)),
    sees("incidents", (OPERATIONS, SUPPORT), _("Incidents"), Group.CARRIERS),
    both("maintenance", (OPERATIONS,), _("Planned maintenance"), Group.CARRIERS),
    does("call-off-maintenance", (OPERATIONS,)),
    both("probes", (OPERATIONS, SUPPORT), _("Probes of routes"), Group.CARRIERS, do=(OPERATIONS,)),
    does("probe-rules", (OPERATIONS,)),
    does("probe-number", (OPERATIONS,)),
    sees("probe-plan", (OPERATIONS, SUPPORT)),
    does("probe-run", (OPERATIONS,)),
    does("probe-pause", (OPERATIONS,)),
    does("probe-resume", (OPERATIONS,)),
    does("decide-draft", (OPERATIONS,)),
    does("publish-incident", (OPERATIONS,)),
    does("end-incident", (OPERATIONS,)),
    sees("standing", (COMPLIANCE, OPERATIONS), _("Blocks and limits"), Group.LAW),
    does("limit-everybody", (COMPLIANCE, OPERATIONS)),
    does("limit-sending-everybody", (COMPLIANCE, OPERATIONS)),
    does("block", (COMPLIANCE, OPERATIONS)),
    does("unblock", (COMPLIANCE, OPERATIONS)),
    sees("account", (COMPLIANCE, OPERATIONS)),
    does("limit-account", (COMPLIANCE, OPERATIONS)),
    does("limit-sending", (COMPLIANCE, OPERATIONS)),
    does("suspend", (COMPLIANCE, OPERATIONS)),
    does("lift", (COMPLIANCE, OPERATIONS)),
    does("forgive", (COMPLIANCE, OPERATIONS)),
    both("abuse", (COMPLIANCE,), _("Cases of abuse"), Group.LAW),
    both("complaint", (COMPLIANCE,), _("Complaint about a number"), Group.LAW),
    sees("audit-trail", (COMPLIANCE,), _("Record of deeds"), Group.LAW),
    sees("trail-export", (COMPLIANCE,)),
    both("abuse-case", (COMPLIANCE,), two=True),
    both("balance-blocks", (COMPLIANCE,), _("Blocked balances"), Group.LAW),
    does("approve-block", (COMPLIANCE,), two=True),
    does("release-block", (COMPLIANCE,)),
    does("papers-take", (IDENTITY,)),
    does("papers-zone", (IDENTITY,)),
    both("segments", (OPERATIONS,), _("Segments"), Group.MARKETING),
    both("segment", (OPERATIONS,)),
    both("campaigns", (OPERATIONS,), _("Campaigns"), Group.MARKETING),
    both("campaign", (OPERATIONS,)),
    does("campaign-release", (OPERATIONS,), two=True),
    does("campaign-stop", (OPERATIONS,)),
    both("consent-list", (OPERATIONS,), _("Ask for consent"), Group.MARKETING),
)
RIGHTS: Final[dict[str, Right]] = {right.name: right for right in _TABLE}
assert len(RIGHTS) == len(_TABLE), "each address has one line"


def menu(role: str) -> Iterator[tuple[Promise, list[Right]]]:
    """Yield each group of the menu that a role has a page of, with those pages."""
    for group, title in TITLES.items():
        pages = [
            right
            for right in _TABLE
            if right.group is group and right.title and right.allows(role, reading=True)
        ]
        if pages:
            yield title, pages
