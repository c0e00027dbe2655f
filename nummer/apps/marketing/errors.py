"""Refusals of marketing."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NoSuchSegment(Refusal):
    """There is no segment with that id, or it is put away."""

    code: ClassVar[str] = "no_such_segment"
    sentence: ClassVar[str] = gettext_noop("There is no such segment.")


class NoSuchCampaign(Refusal):
    """There is no campaign with that id."""

    code: ClassVar[str] = "no_such_campaign"
    sentence: ClassVar[str] = gettext_noop("There is no such campaign.")


class SegmentRefused(Refusal):
    """A rule names no fact that may be asked for, or a value that it cannot have."""

    code: ClassVar[str] = "segment_refused"
    sentence: ClassVar[str] = gettext_noop("The value of “%(fact)s” is not a possible one.")


class CampaignIncomplete(Refusal):
    """A campaign lacks a subject or a text in one of the languages."""

    code: ClassVar[str] = "campaign_incomplete"
    sentence: ClassVar[str] = gettext_noop(
        "Please write subject and text in every language before it is released."
    )


class CampaignNotDraft(Refusal):
    """A campaign was released or ended, so it cannot be changed."""

    code: ClassVar[str] = "campaign_not_draft"
    sentence: ClassVar[str] = gettext_noop("This campaign is no draft any more.")


class CampaignNeedsAnotherPerson(Refusal):
    """Who wrote a campaign tries to release it."""

    code: ClassVar[str] = "campaign_needs_another_person"
    sentence: ClassVar[str] = gettext_noop(
        "Another person than the one who wrote it must release a campaign."
    )


class ConsentLinkInvalid(Refusal):
    """A link that confirms a consent was changed, is too old or was not asked for."""

    code: ClassVar[str] = "consent_link_invalid"
    sentence: ClassVar[str] = gettext_noop(
        "This link is no longer valid. Please tick your choice again on the page of consents."
    )


class ConsentAskedTooOften(Refusal):
    """Mails that confirm a consent were asked for too often."""

    code: ClassVar[str] = "consent_asked_too_often"
    sentence: ClassVar[str] = gettext_noop(
        "We have just sent you such mails. Please try again in an hour."
    )
