"""What this app refuses."""

from __future__ import annotations

from typing import ClassVar

from nummer.kernel.errors import Refusal
from nummer.kernel.locale import gettext_noop


class NotConfirmed(Refusal):
    """E-mail or phone still waits for its confirmation (LD-R1, LD-R3)."""

    code: ClassVar[str] = "not_confirmed"
    sentence: ClassVar[str] = gettext_noop(
        "Please confirm your e-mail address and your phone number first."
    )


class AccountClosed(Refusal):
    """The account was closed by its owner."""

    code: ClassVar[str] = "account_closed"
    sentence: ClassVar[str] = gettext_noop("This account is closed.")


class EmailTaken(Refusal):
    """Somebody signs in with this address already; a page must not say so to a stranger."""

    code: ClassVar[str] = "email_taken"
    sentence: ClassVar[str] = gettext_noop("An account with this e-mail address exists already.")


class EmailChangeOver(Refusal):
    """A link that takes an address back is too old, was used, or another change came after."""

    code: ClassVar[str] = "email_change_over"
    sentence: ClassVar[str] = gettext_noop(
        "This link is no longer valid. If the address of your account is not yours, please write to"
        " us."
    )


class GoogleAccountTaken(Refusal):
    """Somebody signs in by this account of Google already."""

    code: ClassVar[str] = "google_account_taken"
    sentence: ClassVar[str] = gettext_noop("This Google account belongs to another account.")


class PhoneTaken(Refusal):
    """The number is the confirmed number of another account."""

    code: ClassVar[str] = "phone_taken"
    sentence: ClassVar[str] = gettext_noop("This phone number belongs to another account.")


class PhoneIsOurs(Refusal):
    """The number is one of those that we rent out."""

    code: ClassVar[str] = "phone_is_ours"
    sentence: ClassVar[str] = gettext_noop(
        "This is one of our own virtual numbers. Please give your own phone number."
    )


class PhoneNotReal(Refusal):
    """Nobody can hold the number."""

    code: ClassVar[str] = "phone_not_real"
    sentence: ClassVar[str] = gettext_noop(
        "This is not a phone number on which a person can be reached."
    )


class PhoneNotPersonal(Refusal):
    """The number is of a kind that is no line of one person: premium, shared cost, VoIP, pager."""

    code: ClassVar[str] = "phone_not_personal"
    sentence: ClassVar[str] = gettext_noop(
        "This number is a service number, an internet telephony number or a pager. Please give a"
        " mobile or fixed-line number of your own."
    )


class NoSuchPhone(Refusal):
    """The number to be confirmed is not the one that was given."""

    code: ClassVar[str] = "no_such_phone"
    sentence: ClassVar[str] = gettext_noop("This phone number does not wait for confirmation.")


class NoSuchKey(Refusal):
    """There is no key of this id in this account."""

    code: ClassVar[str] = "no_such_key"
    sentence: ClassVar[str] = gettext_noop("There is no such key.")


class TooManyKeys(Refusal):
    """The account has as many keys as it may have."""

    code: ClassVar[str] = "too_many_keys"
    sentence: ClassVar[str] = gettext_noop(
        "An account can have %(limit)s keys. Please withdraw one that you no longer need."
    )


class NetworksNotReadable(Refusal):
    """A list of addresses holds something else, or too many of them."""

    code: ClassVar[str] = "networks_not_readable"
    sentence: ClassVar[str] = gettext_noop(
        "Please write at most %(networks_max)s addresses or networks, one a line, as 198.51.100.7"
        " or 198.51.100.0/24."
    )


class BindsNotPossible(Refusal):
    """A key cannot have so many binds."""

    code: ClassVar[str] = "binds_not_possible"
    sentence: ClassVar[str] = gettext_noop("A key can have 1 to %(binds_max)s binds at once.")


class DialectUnknown(Refusal):
    """A key cannot speak this form of the protocol."""

    code: ClassVar[str] = "dialect_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such form of answers.")


class NoAddress(Refusal):
    """What was given is no e-mail address."""

    code: ClassVar[str] = "no_address"
    sentence: ClassVar[str] = gettext_noop("This is not an e-mail address.")


class WeakPassword(Refusal):
    """A password of the staff could be guessed."""

    code: ClassVar[str] = "weak_password"
    sentence: ClassVar[str] = gettext_noop("The password is too weak: %(reason)s")


class NoSuchStaff(Refusal):
    """No member of the staff has this address."""

    code: ClassVar[str] = "no_such_staff"
    sentence: ClassVar[str] = gettext_noop("No member of the staff signs in with this address.")


class LastOwner(Refusal):
    """Without an owner nobody could give roles any more."""

    code: ClassVar[str] = "last_owner"
    sentence: ClassVar[str] = gettext_noop(
        "This is the last owner. Make another one first, then disable this login."
    )


class NoSuchSession(Refusal):
    """There is no open session of this id of this login."""

    code: ClassVar[str] = "no_such_session"
    sentence: ClassVar[str] = gettext_noop("This session is over already.")


class KeyLacksScope(Refusal):
    """The key was made for other calls than this one."""

    code: ClassVar[str] = "key_lacks_scope"
    sentence: ClassVar[str] = gettext_noop(
        "This key may not do that; it lacks the scope %(scope)s."
    )


class ScopeUnknown(Refusal):
    """There is no such scope."""

    code: ClassVar[str] = "scope_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such scope.")


class ExpiryNotPossible(Refusal):
    """A key would be over before it begins, or in a far future."""

    code: ClassVar[str] = "expiry_not_possible"
    sentence: ClassVar[str] = gettext_noop("A key ends on a day to come, within five years.")


class OverlapNotPossible(Refusal):
    """So long no old secret works beside the new one."""

    code: ClassVar[str] = "overlap_not_possible"
    sentence: ClassVar[str] = gettext_noop(
        "Please choose from the list how long the old secret works."
    )


class NotACompany(Refusal):
    """A person gave the number of a company."""

    code: ClassVar[str] = "not_a_company"
    sentence: ClassVar[str] = gettext_noop("Only companies have an organisation number.")


class OrganisationNumberRefused(Refusal):
    """The number could not stand in a register."""

    code: ClassVar[str] = "organisation_number_refused"
    sentence: ClassVar[str] = gettext_noop(
        "This organisation number cannot be right. Please look it up once more."
    )


class TimeZoneUnknown(Refusal):
    """There is no such zone."""

    code: ClassVar[str] = "time_zone_unknown"
    sentence: ClassVar[str] = gettext_noop("There is no such time zone.")


class NoSuchMember(Refusal):
    """Nobody of this account has this login."""

    code: ClassVar[str] = "no_such_member"
    sentence: ClassVar[str] = gettext_noop("This person is no member of your account.")


class NoSuchRole(Refusal):
    """A member cannot be given this role."""

    code: ClassVar[str] = "no_such_role"
    sentence: ClassVar[str] = gettext_noop("There is no such role to give.")


class MemberAlready(Refusal):
    """The invited address is one of the account's own."""

    code: ClassVar[str] = "member_already"
    sentence: ClassVar[str] = gettext_noop("This person is a member of your account already.")


class TooManyMembers(Refusal):
    """The account has as many members and open invitations as it may have."""

    code: ClassVar[str] = "too_many_members"
    sentence: ClassVar[str] = gettext_noop(
        "An account can have %(limit)s members and open invitations. Please remove one first."
    )


class TooManyInvitations(Refusal):
    """The account invited as many people today as it may."""

    code: ClassVar[str] = "too_many_invitations"
    sentence: ClassVar[str] = gettext_noop(
        "You can send %(limit)s invitations a day. Please send the next one tomorrow."
    )


class NoSuchInvitation(Refusal):
    """There is no invitation of this id that waits."""

    code: ClassVar[str] = "no_such_invitation"
    sentence: ClassVar[str] = gettext_noop("There is no such invitation any more.")


class InvitationOver(Refusal):
    """The link was used, was withdrawn, is too old, or was never ours."""

    code: ClassVar[str] = "invitation_over"
    sentence: ClassVar[str] = gettext_noop(
        "This invitation is over: it was accepted, withdrawn or replaced, or its time has passed."
        " If you accepted it, sign in. If not, ask for a new one."
    )


class InvitedElsewhere(Refusal):
    """Who was invited signs in to another account by this address; only the link tells him."""

    code: ClassVar[str] = "invited_elsewhere"
    sentence: ClassVar[str] = gettext_noop(
        "This e-mail address already signs in to an account, and an address can belong to one"
        " account only. Ask to be invited at another address of yours."
    )


class OwnerStays(Refusal):
    """An account without an owner would be nobody's."""

    code: ClassVar[str] = "owner_stays"
    sentence: ClassVar[str] = gettext_noop(
        "An account always has an owner. Hand the account over to another member first."
    )


class NotYoursToDo(Refusal):
    """The member's role was changed meanwhile."""

    code: ClassVar[str] = "not_yours_to_do"
    sentence: ClassVar[str] = gettext_noop("Your role in this account does not allow this.")


class NeverSignedIn(Refusal):
    """Nobody has shown yet that he reads the address of this member."""

    code: ClassVar[str] = "never_signed_in"
    sentence: ClassVar[str] = gettext_noop(
        "This member has never signed in. Hand the account over once he has."
    )


class NoSuchSubAccount(Refusal):
    """The account has no sub-account of this SID."""

    code: ClassVar[str] = "no_such_sub_account"
    sentence: ClassVar[str] = gettext_noop("There is no such sub-account.")


class TooManySubAccounts(Refusal):
    """The account has as many sub-accounts as it may, closed ones included."""

    code: ClassVar[str] = "too_many_sub_accounts"
    sentence: ClassVar[str] = gettext_noop(
        "An account can have %(limit)s sub-accounts, closed ones included."
    )


class SubAccountClosed(Refusal):
    """What is closed stays as it is."""

    code: ClassVar[str] = "sub_account_closed"
    sentence: ClassVar[str] = gettext_noop("This sub-account is closed for good.")


class SubAccountNotActive(Refusal):
    """Nothing is rented or sent for a sub-account that is suspended or closed."""

    code: ClassVar[str] = "sub_account_not_active"
    sentence: ClassVar[str] = gettext_noop(
        "This sub-account is suspended or closed: nothing is rented or sent for it."
    )


class SubAccountNeedsAName(Refusal):
    """A name is missing or too long."""

    code: ClassVar[str] = "sub_account_needs_a_name"
    sentence: ClassVar[str] = gettext_noop(
        "A sub-account needs a name of at most %(limit)s characters."
    )


class NoSuchSubAccountState(Refusal):
    """A sub-account is active, suspended or closed, and nothing else."""

    code: ClassVar[str] = "no_such_sub_account_state"
    sentence: ClassVar[str] = gettext_noop("A sub-account is active, suspended or closed.")
