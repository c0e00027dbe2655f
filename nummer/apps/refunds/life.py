"""Puts what life brought into the form that the policy judges: rows in, a part of the facts out.

Nothing is merged and nothing is decided here. A fact enters with its own moments; where several
rows tell of one thing, the rules of this module say which of them speaks (ADR 140).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from nummer.apps.incidents.queries import Known

_GRAVITY: Final = ("order", "account", "other")  # of two cases the nearer one speaks


@dataclass(frozen=True, slots=True)
class Held:
    """The time in which the customer had the number, and what he was shown and ticked.

    `replaced_at` is when the number of a contract took another's place: what became of that one
    is over.
    """

    since: datetime
    until: datetime
    replaced_at: datetime | None = None
    restrictions_shown: bool = False
    restrictions_ticked: bool = False


def happened(rows: Sequence[Known], *, held: Held, now: datetime) -> dict[str, Any]:
    """Return the facts that follow from what is known; what is not known is left out.

    Rows later than `now` have not happened.
    """
    known = [row for row in rows if row.happened_at <= now]
    of_number = [
        row for row in known if held.replaced_at is None or row.happened_at > held.replaced_at
    ]
    block = _carrier_block(of_number, held=held)
    parts: dict[str, Any] = {
        "outages": _outages(known, now=now),
        "deactivated": _deactivated(known, held=held),
        "carrier_block": block,
        "carrier_fault": _carrier_fault(of_number, held=held, now=now)
        or _dead_for_good(of_number, block=block),
        "replacement": _replacement(of_number),
        "stock_failure": _stock_failure(known),
        "provision_failure": _first_at(known, "provision_failure"),
        "kyc": _papers(known),
        "restriction": _restriction(known, held=held),
        "undelivered": _first_at(known, "undelivered"),
        "abuse": _abuse(known),
    }
    return {name: part for name, part in parts.items() if part is not None}


def happened_to_account(rows: Sequence[Known]) -> dict[str, Any]:
    """Return what concerns everything that an account holds, such as a case of abuse."""
    abuse = _abuse(rows)
    return {} if abuse is None else {"abuse": abuse}


def account_state(rows: Sequence[Known], *, closed_at: datetime | None) -> dict[str, Any]:
    """Return whether the account is blocked, closed by its holder, or neither."""
    for row in rows:
        if row.what == "balance_block":
            return {"status": "blocked_law_enforcement", "le_reference": row.reference}
    ended_by_us = any(row.what == "closed" and row.of_account for row in rows)
    if closed_at is not None and not ended_by_us:
        return {"status": "closed_by_client", "closed_at": closed_at.isoformat()}
    return {"status": "active"}


def _own(rows: Iterable[Known], what: str) -> list[Known]:
    return [row for row in rows if row.own and row.what == what]


# Outages: the customer's contacts, each with the moment from which it worked again


def _outages(rows: Sequence[Known], *, now: datetime) -> list[dict[str, str]] | None:
    """Return every report; an empty list where only we or the carrier know of an outage (B1)."""
    reports = _own(rows, "problem")
    if reports:
        return [_outage(report, rows, now=now) for report in reports]
    ours = any(row.what in ("incident", "notice_fault") for row in rows)
    return [] if ours else None


def _outage(report: Known, rows: Sequence[Known], *, now: datetime) -> dict[str, str]:
    told = {"reported_at": report.happened_at.isoformat(), "channel": report.source}
    cleared = _cleared(report, rows, now=now)
    if cleared is not None:
        at, cause = cleared
        told["cleared_at"] = at.isoformat()
        if cause:
            told["cause"] = cause
    return told


def _cleared(report: Known, rows: Sequence[Known], *, now: datetime) -> tuple[datetime, str] | None:
    """Return when a report was over and whose doing the silence was.

    What was said about this very report counts; else the first end of anything that covers it.
    """
    after = [row for row in _own(rows, "works") if row.happened_at >= report.happened_at]
    about = [row for row in after if row.about == report.id]
    if about:
        return min((row.happened_at, row.word) for row in about)
    ends = [(row.happened_at, row.word) for row in after if row.about is None]
    ends += [
        (row.ended_at, "")
        for row in rows
        if row.what == "incident"
        and row.ended_at is not None
        and row.happened_at <= report.happened_at <= row.ended_at <= now
    ]
    ends += [(at, "") for at in _repairs(rows) if at >= report.happened_at]
    ends += [
        (row.happened_at, "")
        for row in _own(rows, "answered")
        if row.holds and row.happened_at >= report.happened_at  # the replacement goes on with it
    ]
    return min(ends, default=None)


def _repairs(rows: Iterable[Known]) -> list[datetime]:
    return [row.happened_at for row in rows if row.what == "notice_repair"]


# The carrier


def _carrier_block(rows: Sequence[Known], *, held: Held) -> dict[str, str] | None:
    """Return the block: the latest word about its reason speaks (K21), the first moments count."""
    told = [
        row
        for row in (*_own(rows, "carrier_block"), *_notices(rows, "notice_block"))
        if row.happened_at <= held.until and not _repaired(row, rows)
    ]
    if not told:
        return None
    at = max(held.since, min(row.happened_at for row in told))
    known_at = min(row.learned_at for row in told)
    contacts = [row.happened_at for row in _own(rows, "problem") if row.happened_at >= at]
    reason = max(told, key=lambda row: (row.learned_at, row.id)).word
    return {
        "at": at.isoformat(),
        "known_at": min([known_at, *contacts]).isoformat(),
        "reason": reason,
    }


def _carrier_fault(rows: Sequence[Known], *, held: Held, now: datetime) -> dict[str, str] | None:
    """Return a failure through the carrier that lasts; the customer's contact counts if first."""
    told = [
        row
        for row in (*_own(rows, "carrier_fault"), *_notices(rows, "notice_fault"))
        if row.happened_at <= held.until and not _repaired(row, rows)
    ]
    if not told:
        return None
    at = max(held.since, min(row.happened_at for row in told))
    contact = min(
        (
            row.happened_at
            for row in _own(rows, "problem")
            if (cleared := _cleared(row, rows, now=now)) is None or cleared[0] >= at
        ),
        default=None,
    )
    known_at = min(row.learned_at for row in told)
    fault = {"at": at.isoformat()}
    if contact is not None:
        fault["contact_at"] = contact.isoformat()
        known_at = min(known_at, contact)
    return {**fault, "known_at": known_at.isoformat()}


def _dead_for_good(rows: Sequence[Known], *, block: dict[str, str] | None) -> dict[str, str] | None:
    """Return a block as the carrier's failure where a logged search found no other number.

    To the customer the two are one thing: a dead number, and none of its place instead (RP-C2,
    K1). A block for what he did himself is none of the carrier's failures.
    """
    searched = _own(rows, "searched")
    if block is None or block["reason"] == "client_activity":
        return None
    if not searched or searched[-1].holds:
        return None
    return {"at": block["at"], "known_at": block["known_at"]}


def _notices(rows: Iterable[Known], what: str) -> list[Known]:
    """Return what the carrier said about this very number."""
    return [row for row in rows if row.what == what and not row.wide]


def _repaired(row: Known, rows: Iterable[Known]) -> bool:
    """Tell whether it worked again later; then it is an outage that ended, and no more."""
    ends = [*_repairs(rows), *(each.happened_at for each in _own(rows, "works"))]
    return any(at > row.happened_at for at in ends)


# What we could not give, and what came instead


def _replacement(rows: Sequence[Known]) -> dict[str, bool] | None:
    searched, answered = _own(rows, "searched"), _own(rows, "answered")
    if not searched and not answered:
        return None
    accepted = bool(answered and answered[-1].holds)
    return {"available": accepted or bool(searched and searched[-1].holds), "accepted": accepted}


def _stock_failure(rows: Sequence[Known]) -> dict[str, Any] | None:
    failed = _own(rows, "stock_failure")
    if not failed:
        return None
    return {
        "at": failed[0].happened_at.isoformat(),
        "was_listed": failed[0].snapshot.get("listed") is True,
        "city_out_of_stock": failed[0].holds is True,
    }


def _first_at(rows: Sequence[Known], what: str) -> dict[str, str] | None:
    found = _own(rows, what)
    return {"at": found[0].happened_at.isoformat()} if found else None


def _papers(rows: Sequence[Known]) -> dict[str, Any] | None:
    told = _own(rows, "papers")
    if not told:
        return None
    last = told[-1]
    return {"status": last.word, "at": last.happened_at.isoformat(), "shown": last.holds is True}


# What the customer did, and how it ended


def _restriction(rows: Sequence[Known], *, held: Held) -> dict[str, bool] | None:
    """Return what is proven of an ignored restriction; what was ticked stands in the order."""
    breaches = _own(rows, "breach")
    if not breaches:
        return None
    return {
        "shown": held.restrictions_shown,
        "acknowledged": held.restrictions_ticked,
        "breached": True,
        "caused_failure": any(row.holds for row in breaches),
    }


def _deactivated(rows: Sequence[Known], *, held: Held) -> dict[str, str] | None:
    """Return the first end before its time: of the order, of its scope, of the account."""
    ends = [
        (row.happened_at, row.word or "operator")
        for row in rows
        if (row.what == "closed" and (row.own or row.of_account))
        or (row.what == "closure" and row.happened_at >= held.since)
    ]
    if not ends:
        return None
    at, by = min(ends)
    return {"at": at.isoformat(), "by": by}


def _abuse(rows: Sequence[Known]) -> dict[str, str] | None:
    """Return the gravest case that stands: confirmed before suspected, near before far."""
    standing = []
    for case in (row for row in rows if row.what == "abuse" and row.about is None):
        steps = [row for row in rows if row.about == case.id and row.word != "appealed"]
        last = max((case, *steps), key=lambda row: (row.learned_at, row.id))
        if last.word in ("suspected", "confirmed"):
            scope = "order" if case.own else "account" if case.of_account else "other"
            reference = {"reference": last.reference} if last.reference else {}
            standing.append({"status": last.word, "scope": scope, **reference})
    return min(standing, key=_gravity, default=None)


def _gravity(case: dict[str, str]) -> tuple[bool, int]:
    return case["status"] != "confirmed", _GRAVITY.index(case["scope"])
