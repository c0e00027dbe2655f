"""What this app refuses."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class PlanNotPossible(Refusal):
    """Planned work lies in the past, ends before it begins, or nothing is said about it."""

    code: ClassVar[str] = "plan_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "Planned work lies in the future, ends after it begins, and says what it is."
    )


class MomentNotPossible(Refusal):
    """The moment lies in the future, or before what it is about began."""

    code: ClassVar[str] = "moment_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "This moment is not possible: it lies in the future, or before the order was placed."
    )


class TooManyReports(Refusal):
    """An order has as many reports as anybody could need."""

    code: ClassVar[str] = "too_many_reports"
    sentence: ClassVar[str] = gettext_noop(
        "This order has %(limit)s reports already. We know about the problem; please write to us"
        " if something is new."
    )


class NoSuchIncident(Refusal):
    """There is no such incident, or it does not concern this order."""

    code: ClassVar[str] = "no_such_incident"
    sentence: ClassVar[str] = gettext_noop("There is no such incident.")


class IncidentOver(Refusal):
    """The incident has ended, so nothing can be reported about it any more."""

    code: ClassVar[str] = "incident_over"
    sentence: ClassVar[str] = gettext_noop(
        "This incident is over. If your number still does not work, please report it on the page"
        " of your order."
    )


class ScopeTooLong(Refusal):
    """More numbers than one incident can name; `limit` says how many it can."""

    code: ClassVar[str] = "scope_too_long"
    sentence: ClassVar[str] = gettext_noop("One incident can name at most %(limit)s numbers.")


class ScopeMissing(Refusal):
    """An incident without any scope would concern everybody."""

    code: ClassVar[str] = "scope_missing"
    sentence: ClassVar[str] = gettext_noop(
        "Please say what the incident is about: a carrier, a country, a service or numbers."
    )


class LinkNotGenuine(Refusal):
    """The signed link was changed, or is another's."""

    code: ClassVar[str] = "link_not_genuine"
    sentence: ClassVar[str] = gettext_noop(
        "This link is not valid. Please sign in and report the problem on the page of your order."
    )


class NoticeNotGenuine(Refusal):
    """A carrier's notice has no valid signature of a known key."""

    code: ClassVar[str] = "notice_not_genuine"
    sentence: ClassVar[str] = gettext_noop("The notice has no valid signature.")


class NoticeStale(Refusal):
    """A carrier's notice was signed too long ago, or in the future."""

    code: ClassVar[str] = "notice_stale"
    sentence: ClassVar[str] = gettext_noop(
        "The notice was signed more than %(minutes)s minutes away from our clock."
    )


class NoticeReplayed(Refusal):
    """The nonce of a notice was used before."""

    code: ClassVar[str] = "notice_replayed"
    sentence: ClassVar[str] = gettext_noop("A notice with this nonce was taken before.")


class NoticeMalformed(Refusal):
    """A field of a notice is missing or cannot be read; `field` names it."""

    code: ClassVar[str] = "notice_malformed"
    sentence: ClassVar[str] = gettext_noop("The field %(field)s of the notice cannot be read.")


class NumberNotOfCarrier(Refusal):
    """A carrier speaks about a number that is not one of its own here."""

    code: ClassVar[str] = "number_not_of_carrier"
    sentence: ClassVar[str] = gettext_noop("This number is not one of the carrier's here.")


class NoSuchCarrierKey(Refusal):
    """The carrier has no key, or none that is in use."""

    code: ClassVar[str] = "no_such_carrier_key"
    sentence: ClassVar[str] = gettext_noop("This carrier has no such key.")


class TooManyCarrierKeys(Refusal):
    """A carrier has two keys in use: one, and the one that takes over."""

    code: ClassVar[str] = "too_many_carrier_keys"
    sentence: ClassVar[str] = gettext_noop(
        "This carrier has %(limit)s keys in use. Stop one of them first."
    )


class NoSuchAccount(Refusal):
    """No account has this number."""

    code: ClassVar[str] = "no_such_account"
    sentence: ClassVar[str] = gettext_noop("There is no account with this number.")


class NoSuchAbuseCase(Refusal):
    """The account has no such case."""

    code: ClassVar[str] = "no_such_abuse_case"
    sentence: ClassVar[str] = gettext_noop("There is no such case.")


class AbuseCaseDecided(Refusal):
    """The case cannot take this step: it was decided, or not decided yet."""

    code: ClassVar[str] = "abuse_case_decided"
    sentence: ClassVar[str] = gettext_noop("This step does not fit where the case stands.")


class SecondPersonNeeded(Refusal):
    """Who proposed it cannot approve it."""

    code: ClassVar[str] = "second_person_needed"
    sentence: ClassVar[str] = gettext_noop(
        "Another person has to decide this: you proposed it yourself."
    )


class ReferenceMissing(Refusal):
    """A balance is blocked only with the reference of an entry in the register (RP-P2b)."""

    code: ClassVar[str] = "reference_missing"
    clause: ClassVar[str | None] = "RP-P2b"
    sentence: ClassVar[str] = gettext_noop(
        "A balance is blocked only with the reference of an authority's demand (RP-P2b)."
    )


class NoSuchBalanceBlock(Refusal):
    """The account has no such proposal, or no such block that stands."""

    code: ClassVar[str] = "no_such_balance_block"
    sentence: ClassVar[str] = gettext_noop("There is no such block of a balance.")
