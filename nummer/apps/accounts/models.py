"""Tables of accounts, logins, phones, keys and the record of logins."""

from __future__ import annotations

from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from nummer.apps.accounts.emails import normalise_email
from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass


class Kind(models.TextChoices):
    """Who the customer is before the law."""

    PERSON = "person"
    COMPANY = "company"


class StaffRole(models.TextChoices):
    """What a member of the staff may do."""

    SUPPORT = "support"
    FINANCE = "finance"
    IDENTITY = "identity"
    COMPLIANCE = "compliance"
    OPERATIONS = "operations"
    OWNER = "owner"


class MemberRole(models.TextChoices):
    """What one of the people behind an account may do (ADR 432)."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    DEVELOPER = "developer"
    BILLING = "billing"
    READER = "reader"


class Account(models.Model):
    """The directory of customers; every customer-owned row carries this id.

    `sid` is the id that programs use: AC and 32 hexadecimal digits.
    """

    id = models.BigAutoField(primary_key=True)
    sid = models.CharField(max_length=34, unique=True)
    kind = models.CharField(max_length=7, choices=Kind)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=5)
    created_at = models.DateTimeField()
    email_confirmed_at = models.DateTimeField(null=True)
    phone_confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Words that a column may hold."""

        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=Kind.values), name="account_is_of_a_person_or_a_company"
            ),
            models.CheckConstraint(
                condition=Q(sid__regex="^AC[0-9a-f]{32}$"), name="account_sid_has_its_form"
            ),
        )


class Logins(BaseUserManager["Login"]):
    """Finds logins by the one spelling of an address."""

    def get_by_natural_key(self, username: str | None) -> Login:
        """Return the login of an address. Raises Login.DoesNotExist."""
        return self.get(email=normalise_email(username or ""))


class Login(AbstractBaseUser):
    """A person who can sign in: a customer's (with an account) or a member of the staff."""

    email = models.EmailField(unique=True, null=True)  # noqa: DJ001 -- unique, and gone at erasure
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT)
    staff_role = models.CharField(max_length=10, choices=StaffRole, default="", blank=True)
    member_role = models.CharField(max_length=13, choices=MemberRole, default="", blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = Logins()

    class Meta:
        """Nobody is customer and staff with one login; an account has one owner."""

        constraints = (
            models.CheckConstraint(
                condition=Q(account__isnull=False, staff_role="")
                | Q(account=None, staff_role__in=StaffRole.values),
                name="login_is_a_customers_or_of_the_staff",
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False, member_role__in=MemberRole.values)
                | Q(account=None, member_role=""),
                name="login_of_a_customer_has_a_role",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(member_role="owner"),
                name="login_one_owner_per_account",
            ),
        )

    @property
    def is_staff(self) -> bool:
        """Tell whether this is a member of the staff."""
        return self.staff_role != ""


class Phone(models.Model):
    """A customer's own phone (directory table: one confirmed number, one account)."""

    id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.BigIntegerField()
    number = SealedField(klass=KeyClass.IDENTITY)
    number_index = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        """One account for a number, one number in use and one waiting for an account."""

        constraints = (
            models.UniqueConstraint(
                fields=["number_index"],
                condition=Q(confirmed_at__isnull=False, replaced_at=None),
                name="phone_confirmed_by_one_account",
            ),
            models.UniqueConstraint(
                fields=["account_id"],
                condition=Q(confirmed_at__isnull=False, replaced_at=None),
                name="phone_one_in_use_per_account",
            ),
            models.UniqueConstraint(
                fields=["account_id"],
                condition=Q(confirmed_at=None),
                name="phone_one_waiting_per_account",
            ),
        )


class AuthToken(models.Model):
    """The secret beside the account's sid; signs webhooks, so it can be read again (sealed)."""

    account_id = models.BigIntegerField(primary_key=True)
    token = SealedField(klass=KeyClass.IDENTITY)
    sha256 = models.BinaryField()
    short_index = models.BinaryField()
    created_at = models.DateTimeField()


DIALECTS: Final = ("classic", "hero")  # ADR 90


class ApiKey(models.Model):
    """A program's key (directory table); its secret is kept as a hash only.

    One that `reads_only` is a key of our own interface alone, and changes nothing there (ADR 353).
    `old_…` are of the secret before the last roll, `revision` counts what a program has to look at
    anew, `used_…` is the last use (ADR 431).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.BigIntegerField()
    sha256 = models.BinaryField(unique=True)
    short_index = models.BinaryField()
    label = SealedField(klass=KeyClass.IDENTITY)
    dialect = models.CharField(max_length=10)
    networks = SealedField(klass=KeyClass.IDENTITY, null=True)  # null: works from anywhere
    binds_max = models.PositiveSmallIntegerField(null=True)  # null: as many as an account has
    reads_only = models.BooleanField(default=False)
    scopes = models.CharField(max_length=80, default="", blank=True)  # none: no limit
    revision = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    old_sha256 = models.BinaryField(null=True, unique=True)
    old_short_index = models.BinaryField(null=True)
    old_until = models.DateTimeField(null=True)
    used_on = models.DateField(null=True)
    used_from = SealedField(klass=KeyClass.IDENTITY, null=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Found by hash, by account, and by what short clients send of it."""

        constraints = (
            models.CheckConstraint(
                condition=Q(dialect__in=["classic", "hero"]), name="api_key_speaks_a_known_dialect"
            ),
        )
        indexes = (
            models.Index(fields=["account_id", "created_at"], name="api_key_of_account"),
            models.Index(fields=["short_index"], name="api_key_short"),
            models.Index(
                fields=["old_short_index"],
                name="api_key_old_short",
                condition=Q(old_short_index__isnull=False),
            ),
        )


class SubAccountState(models.TextChoices):
    """What a sub-account may; `CLOSED` is for good (ADR 433)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class SubAccount(models.Model):
    """A part of an account, for a customer of its holder (directory table, ADR 433).

    `account_id` is its parent's, which pays. Its token will sign webhooks, so it can be read again
    (sealed); `name_index` finds it by its whole name.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    account_id = models.BigIntegerField()
    sid = models.CharField(max_length=34, unique=True)
    name = SealedField(klass=KeyClass.IDENTITY)
    name_index = models.BinaryField()
    token = SealedField(klass=KeyClass.IDENTITY)
    sha256 = models.BinaryField()
    state = models.CharField(max_length=9, choices=SubAccountState)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """Found by its SID; listed by its account, newest first."""

        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=SubAccountState.values),
                name="sub_account_is_in_a_known_state",
            ),
            models.CheckConstraint(
                condition=Q(sid__regex="^AC[0-9a-f]{32}$"), name="sub_account_sid_has_its_form"
            ),
        )
        indexes = (models.Index(fields=["account_id", "id"], name="sub_account_of_account"),)


class LoginActivity(models.Model):
    """One try to sign in; account 0 stands for the staff and for unknown addresses."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    login_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    succeeded = models.BooleanField()
    method = models.CharField(max_length=20)
    ip = SealedField(klass=KeyClass.IDENTITY)
    agent = SealedField(klass=KeyClass.IDENTITY)

    class Meta:
        """Found by its age when its time is over."""

        indexes = (models.Index(fields=["at"], name="login_activity_by_age"),)


class OpenSession(models.Model):
    """A session that somebody signed in to; account 0 stands for the staff.

    `key` is what the browser's cookie holds, sealed, so that it can be ended from elsewhere; `mark`
    tells the password that it began with from a later one, which ends it.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    login_id = models.BigIntegerField()
    key = SealedField(klass=KeyClass.IDENTITY)
    mark = models.BinaryField()
    ip = SealedField(klass=KeyClass.IDENTITY)
    agent = SealedField(klass=KeyClass.IDENTITY)
    method = models.CharField(max_length=20)
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        """Found by whose it is, and by its age when its time is over."""

        indexes = (
            models.Index(fields=["account_id", "login_id"], name="open_session_of_login"),
            models.Index(fields=["seen_at"], name="open_session_by_age"),
        )


class Details(models.Model):
    """What a customer says of himself beyond what signs him in; every field may stay empty."""

    account_id = models.BigIntegerField(primary_key=True)
    organisation_number = SealedField(klass=KeyClass.IDENTITY, null=True)
    time_zone = models.CharField(max_length=40, default="", blank=True)
    changed_at = models.DateTimeField()


class ProfileChange(models.Model):
    """One field of a profile that was given or changed: who did it, when, from what to what.

    `notice` is the version of the privacy notice that was in force (LD-D6). The values go after
    a while, the line stays.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    field = models.CharField(max_length=20)
    before = SealedField(klass=KeyClass.IDENTITY, null=True)
    after = SealedField(klass=KeyClass.IDENTITY, null=True)
    actor = models.CharField(max_length=40)
    notice = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        """Found by the age of its values."""

        indexes = (
            models.Index(
                fields=["at"],
                name="profile_change_with_values",
                condition=Q(after__isnull=False),
            ),
        )


class Membership(models.Model):
    """An invitation to an account and what became of it; or an owner who left.

    Its address is the one that was invited; once it is over, the one that the member had last.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    email = SealedField(klass=KeyClass.IDENTITY)
    email_index = models.BinaryField()
    role = models.CharField(max_length=13, choices=MemberRole)
    invited_by = models.BigIntegerField()
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    login_id = models.BigIntegerField(null=True)
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One invitation of an address waits; what is long over is found by its age."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "email_index"],
                condition=Q(joined_at=None, ended_at=None),
                name="membership_one_waits_for_an_address",
            ),
        )
        indexes = (
            models.Index(
                fields=["ended_at"],
                name="membership_over_by_age",
                condition=Q(ended_at__isnull=False),
            ),
        )


class Deed(models.Model):
    """What a member sent to a page of the account, written before it was answered.

    `done` stays empty where the answer never came.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    login_id = models.BigIntegerField()
    page = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    at = models.DateTimeField()
    done = models.BooleanField(null=True)

    class Meta:
        """Found by its age when its time is over."""

        indexes = (models.Index(fields=["at"], name="deed_by_age"),)
