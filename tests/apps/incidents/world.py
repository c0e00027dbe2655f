"""Takes a case of the policy apart, stores it as life would bring it, and gathers it again."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from nummer.apps.incidents import queries
from nummer.apps.incidents.actions import abuse, blocks, keys, scopes
from nummer.apps.incidents.actions.abuse import Verdict
from nummer.apps.incidents.actions.facts import Kind, Source, Subject, SubjectKind, Told, record
from nummer.apps.incidents.actions.notices import CarrierEvent, NoticeRow, Signed, sign, take_notice
from nummer.apps.incidents.queries import Place
from nummer.apps.refunds.life import Held, account_state, happened
from nummer.kernel.ids import new_id
from tests import builders

Plain = dict[str, Any]
NUMBER = "+4759440001"
FIRST_STRANGER = 1_000_000_000
_accounts = itertools.count(FIRST_STRANGER)
PLACE = Place(NUMBER, "sandbox", "NO", "tg")
ONE, OTHER = "staff:1", "staff:2"
STORED = (
    "outages",
    "monitor_outages",
    "deactivated",
    "carrier_block",
    "carrier_fault",
    "replacement",
    "stock_failure",
    "provision_failure",
    "kyc",
    "restriction",
    "undelivered",
    "abuse",
)


def instant(text: object) -> datetime:
    return datetime.fromisoformat(cast("str", text))


def notice(
    event: CarrierEvent, *, at: datetime, known_at: datetime, number: str = NUMBER, **more: str
) -> NoticeRow:
    """Let the carrier sign a notice and send it."""
    if not keys.secrets_of("sandbox"):
        keys.add_key("sandbox", actor="system:test", now=known_at)
    secret = keys.secrets_of("sandbox")[0]
    said = {"event": event.value, "number": number, "happened_at": at.isoformat(), **more}
    body = json.dumps(said).encode()
    nonce, timestamp = new_id().hex, str(int(known_at.timestamp()))
    signature = sign(secret, timestamp=timestamp, nonce=nonce, body=body)
    signed = Signed("sandbox", timestamp, nonce, signature, body)
    return take_notice(signed, received_at=known_at, now=known_at)


class Life:
    """One order of one customer, to which the facts of a case happen."""

    def __init__(self, facts: Plain, request: Plain | None = None) -> None:
        self.facts = {"account": {}, **facts}
        received_at = (request or {}).get("received_at", facts["now"])
        self.now = max(instant(facts["now"]), instant(received_at))
        self.account_id = next(_accounts)
        self.order_id = new_id()
        self.subject = Subject(SubjectKind(facts["order"]["kind"]), self.order_id)

    def bring(self) -> None:
        """Store all that the case knows and that does not stand in orders, money or messages."""
        if "abuse" in self.facts or "le_reference" in self.facts["account"]:
            self._sign_up()
        for name in STORED:
            if name in self.facts:
                tell: Callable[[Any], None] = getattr(self, f"_{name}")
                tell(self.facts[name])
        if self.facts["account"].get("status") == "blocked_law_enforcement":
            self._block(self.facts["account"]["le_reference"])

    def gathered(self) -> Plain:
        """Return the facts of the case as the tables know them."""
        now, held = self.now, self._held()
        rows = queries.known(
            self.account_id,
            subject_id=self.order_id,
            place=PLACE,
            since=held.since,
            until=held.until,
            now=now,
        )
        kept = {name: part for name, part in self.facts.items() if name not in STORED}
        account = {**self.facts["account"], **account_state(rows, closed_at=None)}
        if self.facts["account"].get("status") == "closed_by_client":
            account = self.facts["account"]
        return {**kept, "account": account, **happened(rows, held=held, now=now)}

    def _held(self) -> Held:
        order, sms = self.facts["order"], self.facts.get("sms", {})
        since = order.get("period_start") or order.get("ordered_at") or self.facts["now"]
        until = order.get("period_end") or sms.get("cancelled_at") or sms.get("window_end")
        ticked = self.facts.get("restriction", {})
        return Held(
            since=instant(since),
            until=instant(until or self.facts["now"]),
            restrictions_shown=ticked.get("shown", False),
            restrictions_ticked=ticked.get("acknowledged", False),
        )

    def note(self, kind: Kind, at: object, *, learned_at: object = None, **more: Any) -> UUID:
        """Write down a fact of this order."""
        source = more.pop("source", Source.STAFF)
        actor = f"customer:{self.account_id}" if source is Source.PAGE else ONE
        row = record(
            self.account_id,
            subject=self.subject,
            kind=kind,
            told=Told(source, actor, instant(at)),
            now=instant(learned_at or at),
            **more,
        )
        return row.id

    def _outages(self, reports: Iterable[Plain]) -> None:
        for report in reports:
            source = Source(
                {"web": "page", "email": "mail"}.get(
                    report.get("channel", ""), report.get("channel") or "page"
                )
            )
            told = self.note(Kind.PROBLEM, report["reported_at"], source=source)
            if report.get("cleared_at"):
                word = "client_activity" if report.get("cause") == "client_activity" else "other"
                self.note(Kind.WORKS, report["cleared_at"], word=word, about=told)
            elif report.get("cause") == "client_activity":
                raise NotImplementedError("whose doing it was is said when it ends")

    def _monitor_outages(self, seen: Iterable[Plain]) -> None:
        for one in seen:
            since, until = instant(one["from_at"]), instant(one["to_at"])
            row = scopes.publish(
                scopes.Scope(carrier="sandbox"), began_at=since, actor=ONE, now=since
            )
            scopes.end_incident(row.id, ended_at=until, actor=ONE, now=until)

    def _deactivated(self, fact: Plain) -> None:
        self.note(Kind.CLOSED, fact["at"], word=fact["by"])

    def _carrier_block(self, fact: Plain) -> None:
        known_at = instant(fact.get("known_at") or fact["at"])
        reason = fact.get("reason", "unknown")
        reason = reason if reason in ("unrelated", "client_activity") else "unknown"
        notice(CarrierEvent.BLOCK, at=instant(fact["at"]), known_at=known_at, reason=reason)

    def _carrier_fault(self, fact: Plain) -> None:
        known_at = instant(fact.get("known_at") or fact.get("contact_at") or fact["at"])
        if "contact_at" in fact:
            self.note(Kind.PROBLEM, fact["contact_at"], source=Source.PAGE)
            known_at += timedelta(hours=1)  # the contact was first
        at = instant(fact.get("at") or fact["contact_at"])
        notice(CarrierEvent.FAULT, at=at, known_at=max(at, known_at))

    def _replacement(self, fact: Plain) -> None:
        after = self.facts.get("carrier_block") or self.facts.get("carrier_fault") or {}
        at = after.get("known_at") or after.get("at") or self.facts["now"]
        found = fact.get("available", False) or fact.get("accepted", False)
        self.note(Kind.SEARCHED, at, holds=found, snapshot={"country": "NO", "free": int(found)})
        if found:
            self.note(Kind.ANSWERED, at, holds=fact.get("accepted", False))

    def _stock_failure(self, fact: Plain) -> None:
        self.note(
            Kind.STOCK_FAILURE,
            fact["at"],
            holds=fact.get("city_out_of_stock") is not False,
            snapshot={"listed": fact.get("was_listed", False)},
        )

    def _provision_failure(self, fact: Plain) -> None:
        self.note(Kind.PROVISION_FAILURE, fact["at"])

    def _kyc(self, fact: Plain) -> None:
        if fact["status"] in ("refused", "rejected_by_carrier"):
            self.note(Kind.PAPERS, fact["at"], word=fact["status"], holds=fact.get("shown", False))

    def _restriction(self, fact: Plain) -> None:
        if fact.get("breached"):
            at = self.facts["order"].get("ordered_at") or self.facts["now"]
            self.note(Kind.BREACH, at, holds=fact.get("caused_failure", False))

    def _undelivered(self, fact: Plain) -> None:
        self.note(Kind.UNDELIVERED, fact["at"])

    def _abuse(self, fact: Plain) -> None:
        subject = {
            "order": self.subject,
            "account": Subject(SubjectKind.ACCOUNT),
            "other": Subject(SubjectKind.RENTAL, new_id()),
        }[fact.get("scope", "order")]
        at = instant(self.facts["order"].get("ordered_at") or self.facts["now"])
        if subject.kind is SubjectKind.ONE_TIME:
            subject = Subject(SubjectKind.ONE_TIME, self.order_id)
            row_id = self.note(Kind.ABUSE, at.isoformat(), word="suspected")
        else:
            row_id = abuse.suspect(
                self.account_id, subject=subject, reason="A complaint", actor=ONE, now=at
            ).id
        if fact["status"] == "confirmed":
            abuse.decide(
                self.account_id,
                case_id=row_id,
                verdict=Verdict.CONFIRMED,
                reason="Proven",
                reference=fact.get("reference", "CMP-1"),
                actor=OTHER,
                now=at,
            )

    def _sign_up(self) -> None:
        """Make the account a real one, which cases and blocks ask for."""
        builders.shop()
        self.account_id = builders.customer()

    def _block(self, reference: str) -> None:
        at = instant(self.facts["order"].get("ordered_at") or self.facts["now"])
        row = blocks.propose_block(
            self.account_id, reference=reference, authority="Police", actor=ONE, now=at
        )
        blocks.approve_block(self.account_id, block_id=row.id, actor=OTHER, now=at)
