"""All clauses of the promises this system is built to keep, in our own short words.

`docs/clauses.md` is made of this list, of the `clause` marks in the source and of the
`pytest.mark.clause` marks in the tests. An id without its letter stands for all its parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a clause is."""

    DUTY = "our duty"
    GUARANTEE = "guarantee"
    RIGHT = "customer's right"
    LIMIT = "limit"
    DEADLINE = "deadline"
    CUSTOMER_DUTY = "customer's duty"
    SERVICE = "service"
    DATA = "data we handle"
    RECIPIENT = "recipient"
    ARTEFACT = "no content"


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of the register."""

    id: str
    kind: Kind
    says: str


def _clause(line: str) -> Clause:
    clause_id, kind, says = (part.strip() for part in line.split("|"))
    return Clause(clause_id, Kind[kind], says)


_LINES: Final = """
PP-0.1|DUTY|Name the operator, its group and its customers.
PP-1.1|DUTY|Collect kinds of data only for a stated purpose.
PP-1.2a|DATA|Collect at registration, login and use.
PP-1.2b|DATA|Take data from others only within the law, and note the source.
PP-1.3|DATA|Collect by forms, cookies and written support.
PP-2.1|DUTY|Use data to run and improve our own services.
PP-2.2|DUTY|Write about important changes; offers only when wanted.
PP-2.3a|DUTY|Store user data safely.
PP-2.3b|DUTY|Neither receive nor store financial data of payments.
PP-2.4|DUTY|Give confidential data to nobody except as described.
PP-2.5a|DUTY|Take the measures needed to protect the customer database.
PP-2.5b|DUTY|Keep methods of protection confidential.
PP-2.6|DEADLINE|Keep data only as long as needed, then delete.
PP-3.1a|DUTY|Share statistics only in a form that shows nobody.
PP-3.1b|DUTY|Count visits ourselves; others only by consent.
PP-3.2|DUTY|Disclose to authorities only on a valid, justified, proportionate request.
PP-4.1a|RIGHT|Customers change their data in the account.
PP-4.1b|RIGHT|Customers change their data by e-mail.
PP-4.2|DEADLINE|Fulfil change and deletion within 30 days.
PP-5.1a|DUTY|Record acceptance of terms by version.
PP-5.1b|DUTY|Publish changes before they take effect, in all languages.
PP-5.2a|CUSTOMER_DUTY|Do not violate or harm others.
PP-5.2b|CUSTOMER_DUTY|Do not use the services illegally.
PP-6.1a|RIGHT|Cancel until two working days after rendering.
PP-6.1b|RIGHT|Ask for it by phone or by e-mail.
PP-6.1c|RIGHT|Longer rights by law stand beside it.
PP-7.1|LIMIT|No responsibility for linked sites.
PP-7.2a|RIGHT|A copy of everything stored.
PP-7.2b|LIMIT|A fee for copies only where the law allows it.
PP-L|DUTY|English, Norwegian and German are equal.
RP-P1|DUTY|Services are bought on the site; the version in force counts.
RP-P2|GUARANTEE|The balance never expires and is never blocked by us.
RP-P2a|LIMIT|It lapses when the client has the account deleted.
RP-P2b|LIMIT|It is blocked only at the request of law enforcement.
RP-B0|GUARANTEE|Refunds to the balance are guaranteed.
RP-B1|GUARANTEE|Rented number silent for more than 24 hours: its days.
RP-B2|GUARANTEE|Carrier blocks for unrelated reasons: the rest.
RP-B3|GUARANTEE|Cannot be provided: the whole price.
RP-B4|GUARANTEE|No SMS on a one-time number: the whole price.
RP-N0|LIMIT|No refund to the balance, nor from other balances.
RP-N1|LIMIT|Client switched off early without a fault.
RP-N2a|LIMIT|Code displayed: fulfilled.
RP-N2b|LIMIT|The account registered with the number is not ours to keep.
RP-C0|LIMIT|Payouts only in the listed cases.
RP-C1|GUARANTEE|Listed, but country or city out of stock: payout.
RP-C2|GUARANTEE|Carrier's fault without replacement: payout.
RP-CF|DUTY|Method without refunds: another way is offered.
RP-X0|LIMIT|No payout in the X cases; the balance is untouched.
RP-X1|LIMIT|Unused balance after services ended.
RP-X2|LIMIT|Papers known beforehand and refused.
RP-X3|LIMIT|Unlawful use, fraud, complaint.
RP-X4|LIMIT|Restrictions of an SMS number ignored.
RP-X5|LIMIT|Caller ID technically impossible.
RP-X6|LIMIT|Changed mind.
RP-X7|LIMIT|Accidental top-up.
RP-X8|LIMIT|Service misunderstood.
RP-T1|DEADLINE|One month.
RP-T2|DEADLINE|To the balance by itself within five working days.
RP-T3|DEADLINE|Requests decided within two working days.
RP-T4a/b/c|CUSTOMER_DUTY|A request names service, amount and reason, details.
RP-UI|ARTEFACT|A control of the page, nothing more.
RP-L|DUTY|Translations of the refund policy are marked with their version.
LD-S1|SERVICE|Virtual numbers.
LD-S2|SERVICE|Local and international calls.
LD-S3|SERVICE|SMS in and out.
LD-R0|CUSTOMER_DUTY|Register and accept the terms.
LD-R1|CUSTOMER_DUTY|Own, real phone number.
LD-R2|CUSTOMER_DUTY|Name and papers where a rule of the number asks for them.
LD-R3|CUSTOMER_DUTY|E-mail address.
LD-A1|DATA|E-mail and phone.
LD-A2|DATA|Sign-in by an account elsewhere, identity only.
LD-A3|DATA|Personal and company papers; of payments only ledger facts.
LD-A4|DATA|Internet address.
LD-D1|DATA|At registration and change of account data.
LD-D2|DATA|Papers when a number's provider demands them.
LD-D3|DATA|Logins with date and time.
LD-D4|DATA|Surveys and profile, voluntary.
LD-D5|DATA|Cookies, by consent.
LD-D6|DUTY|The notice is linked wherever data are asked for.
LD-U1|DUTY|Use what is needed to provide services.
LD-U2|DUTY|Support sees the account in question only.
LD-U3|DUTY|Prevent and examine fraud.
LD-U5|DUTY|Payments, refunds and failed transactions.
LD-U4|DUTY|Marketing by consent.
LD-U6|DUTY|Technical logs without persons.
LD-U7|DUTY|Only what is necessary, with the purpose told.
LD-T1|RECIPIENT|Authorities on an illegal act, where the law obliges.
LD-T2|RECIPIENT|Marketing software, off unless opted in.
LD-T3|RECIPIENT|Local providers check registration details.
LD-T4|DUTY|Least data; customers see who got what.
LD-H1|DUTY|Quality of service.
LD-H2|LIMIT|Our rights on an account: services, never the balance.
LD-H3|DUTY|Activation: from payment to working number.
LD-H4|RIGHT|Cancellation of services.
LD-H5|DUTY|Prices, metering and charges.
LD-H6|DUTY|Payment methods and their limits.
LD-H7|LIMIT|Numbers are rented, not owned.
LD-H8|DUTY|After the purchase: confirmation, reminders, grace.
"""

REGISTER: Final[tuple[Clause, ...]] = tuple(_clause(line) for line in _LINES.strip().splitlines())

# Rules that no seed sentence states; a record shows which of them it rests on.
ADDED_RULES: Final[dict[str, str]] = {
    "RULE-IN": "Input that cannot be decided is rejected with every code that holds.",
    "RULE-DUP": "The same claim is decided once.",
    "RULE-CAP": "Never more than paid, never more than the balance holds.",
    "RULE-CB": "An open chargeback makes payouts wait.",
    "RULE-ERR": "Money captured without an order is paid back.",
    "RULE-END": "A rental ended by the operator: the rest to the balance.",
    "RULE-REVIEW": "What fits no rule goes to a person.",
    "LAW-14": "Fourteen days by law, where the customer's profile says so.",
}


def parts_of(clause_id: str) -> tuple[str, ...]:
    """Return the registered ids that `clause_id` means: itself, or all its lettered parts."""
    if clause_id in ADDED_RULES:
        return (clause_id,)
    exact = tuple(c.id for c in REGISTER if c.id.split("a/b/c")[0] == clause_id)
    lettered = tuple(c.id for c in REGISTER if c.id[:-1] == clause_id and c.id[-1].islower())
    return exact or lettered
