"""Reads of accounts for everybody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import phonenumbers
from django.db.models import Q, QuerySet
from phonenumbers import PhoneNumberType

from nummer.apps.accounts import binding
from nummer.apps.accounts.binding import Binder
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.accounts.errors import (
    AccountClosed,
    KeyLacksScope,
    NotConfirmed,
    PhoneIsOurs,
    PhoneNotPersonal,
    PhoneNotReal,
)
from nummer.apps.accounts.models import (
    Account,
    ApiKey,
    AuthToken,
    Kind,
    Login,
    LoginActivity,
    MemberRole,
    Phone,
)
from nummer.apps.accounts.networks import within
from nummer.apps.accounts.ports import phone_rules, reverse_charged
from nummer.apps.accounts.prepared import prepared_cursor
from nummer.apps.accounts.scopes import Scope, read
from nummer.apps.accounts.secrets import secret_sha256
from nummer.apps.vault.actions import Sealed, blind_index, unseal_many, unseal_text
from nummer.apps.vault.keys import KeyClass
from nummer.kernel.phone import PhoneNumber
from nummer.kernel.remembered import Remembered

KEYS_KNOWN_MAX: Final = 20_000  # in each process; one takes a third of a kilobyte

# LD-R1: a line on which the customer himself can be reached; a number that only forwards is none.
_PERSONAL_LINES: Final = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A customer, as far as others need to know him."""

    id: int
    sid: str
    kind: str
    country: str
    currency: str
    locale: str
    created_at: datetime
    email_confirmed_at: datetime | None
    phone_confirmed_at: datetime | None
    closed_at: datetime | None

    @property
    def confirmed(self) -> bool:
        """Tell whether e-mail and phone are confirmed."""
        return self.email_confirmed_at is not None and self.phone_confirmed_at is not None

    @property
    def as_buyer(self) -> str:
        """What a purchase depends on, as `accounts_buyer` writes it in SQL."""
        return ":".join((self.locale, self.currency, self.country, self.kind))


@dataclass(frozen=True, slots=True)
class KeyRow:
    """Whose key it is and which form of the dialect its program speaks."""

    id: UUID
    account_id: int
    dialect: str
    reads_only: bool = False
    scopes: frozenset[Scope] = frozenset()  # none: no limit
    revision: int = 0
    until: datetime | None = None  # the end of the key, or of the secret that was sent
    networks: str = field(default="", repr=False)

    @property
    def known(self) -> str:
        """What its caller knows of it, as `accounts_key_lives` compares it in SQL."""
        return f"{self.dialect}{self.revision or ''}"

    def require(self, scope: Scope | None) -> None:
        """Refuses: KeyLacksScope. None stands for what every key may do."""
        wider = {Scope.NUMBERS_WRITE} if scope is Scope.NUMBERS_READ else set()
        if scope is not None and self.scopes and not self.scopes & {scope, *wider}:
            raise KeyLacksScope(scope=str(scope))


_HOLDERS: Final[Remembered[KeyRow]] = Remembered(KEYS_KNOWN_MAX)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key as its owner sees it; its secret is not among it."""

    id: UUID
    label: str
    dialect: str
    created_at: datetime
    revoked_at: datetime | None
    networks: str = field(default="", repr=False)  # one a line; none: it binds from anywhere
    binds_max: int | None = None
    reads_only: bool = False
    scopes: tuple[Scope, ...] = ()  # none: no limit
    expires_at: datetime | None = None
    old_until: datetime | None = None
    used_on: date | None = None
    used_from: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """A customer's own phone."""

    number: PhoneNumber
    confirmed: bool


@dataclass(frozen=True, slots=True)
class StaffRow:
    """A member of the staff."""

    login_id: int
    role: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What programs of the account sign in with, apart from keys."""

    account_sid: str
    auth_token: str


ACTIVITY_MONTHS: Final = 12  # the register (LD-A4)
ACTIVITY_KEPT: Final = timedelta(days=365)  # no longer than that, leap day or not


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One try to sign in."""

    id: UUID
    at: datetime
    succeeded: bool
    method: str
    ip: str
    agent: str


def account(account_id: int) -> AccountRow:
    """Return a customer. Raises Account.DoesNotExist: an id that we never gave out."""
    return _row(Account.objects.get(id=account_id))


def known(account_id: int) -> bool:
    """Tell whether we ever gave out this number of an account."""
    return Account.objects.filter(id=account_id).exists()


def account_by_email(email: str) -> AccountRow | None:
    """Return the customer whose address this is, however it is written; his owner's (ADR 432)."""
    found = Account.objects.filter(
        login__email=normalise_email(email), login__member_role=MemberRole.OWNER
    ).first()
    return _row(found) if found else None


def account_signed_in_to(email: str) -> AccountRow | None:
    """Return the account that `email` signs in to, as its owner or as another member."""
    found = Account.objects.filter(login__email=normalise_email(email)).first()
    return _row(found) if found else None


def email_signs_in(email: str) -> bool:
    """Tell whether anybody, customer or staff, signs in with `email`."""
    return Login.objects.filter(email=normalise_email(email)).exists()


def account_by_sid(sid: str) -> AccountRow | None:
    """Return the customer whose programs sign in with this sid."""
    found = Account.objects.filter(sid=sid).first()
    return _row(found) if found else None


def account_by_phone(number: PhoneNumber) -> int | None:
    """Return whose phone in use this is, by its blind index."""
    return (
        Phone.objects.filter(number_index=blind_index("phone", number.e164), replaced_at=None)
        .order_by("confirmed_at", "-created_at")  # PostgreSQL puts null, the unconfirmed, last
        .values_list("account_id", flat=True)
        .first()
    )


def open_accounts(*, after: int, limit: int) -> list[int]:
    """Return the customers whose accounts are open, in the order of their ids."""
    rows = Account.objects.filter(id__gt=after, closed_at=None).order_by("id")
    return list(rows.values_list("id", flat=True)[:limit])


def require_confirmed(account_id: int) -> AccountRow:
    """Return a customer who may buy. Refuses: NotConfirmed, AccountClosed."""
    row = account(account_id)
    if row.closed_at is not None:
        raise AccountClosed
    if not row.confirmed:
        raise NotConfirmed
    return row


def tax_country(customer: AccountRow) -> str:
    """Return whose rates of tax a customer pays; empty for a company that owes the tax itself.

    Companies only are looked up, at each call: what they owe may change between two purchases.
    """
    if customer.kind == Kind.COMPANY and reverse_charged(customer.id, customer.country):
        return ""
    return customer.country


def email(account_id: int) -> str | None:
    """Return the address letters go to, the owner's; None once the account is erased."""
    return (
        Login.objects.filter(account_id=account_id, member_role=MemberRole.OWNER)
        .order_by("id")
        .values_list("email", flat=True)
        .first()
    )


def require_usable_phone(number: PhoneNumber) -> None:
    """Refuse what cannot be a customer's own phone (LD-R1).

    Fiction may pass where it is allowed, a real number of another kind never.
    Refuses: PhoneIsOurs, PhoneNotReal, PhoneNotPersonal.
    """
    rules = phone_rules()
    if rules.own_numbers(number):
        raise PhoneIsOurs
    parsed = phonenumbers.parse(number.e164)
    if not phonenumbers.is_valid_number(parsed):
        if not rules.fiction_allowed:
            raise PhoneNotReal
    elif phonenumbers.number_type(parsed) not in _PERSONAL_LINES:
        raise PhoneNotPersonal


def phone(account_id: int) -> PhoneRow | None:
    """Return the phone in use, or else the one that waits for its confirmation."""
    row = (
        Phone.objects.filter(account_id=account_id, replaced_at=None)
        .order_by("confirmed_at", "-created_at")  # PostgreSQL puts null, the unconfirmed, last
        .first()
    )
    return None if row is None else PhoneRow(phone_number(row), row.confirmed_at is not None)


def phone_taken(number: PhoneNumber, *, by_other_than: int | None = None) -> bool:
    """Tell whether the number is the confirmed phone of another account."""
    return (
        Phone.objects.filter(
            number_index=blind_index("phone", number.e164),
            confirmed_at__isnull=False,
            replaced_at=None,
        )
        .exclude(account_id=by_other_than or 0)
        .exists()
    )


def login_by_phone(number: PhoneNumber) -> Login | None:
    """Return the login of the owner of the account that confirmed this number."""
    found = (
        Phone.objects.filter(
            number_index=blind_index("phone", number.e164),
            confirmed_at__isnull=False,
            replaced_at=None,
        )
        .values_list("account_id", flat=True)
        .first()
    )
    if found is None:
        return None
    owners = Login.objects.filter(account_id=found, member_role=MemberRole.OWNER)
    return owners.order_by("id").first()


def key_holder(secret: str, *, reading: bool = False) -> KeyRow | None:
    """Return whose key this is; None for unknown and withdrawn keys and closed accounts.

    A key that may only read is found by whoever heeds that, which is said with `reading`; for all
    others it is unknown. Whether it opens anything now and from there says `admission`.
    """
    row = _key_of(secret_sha256(secret)).filter(revoked_at=None).first()
    if row is None or (row.reads_only and not reading):
        return None
    ends = [row.expires_at, None if bytes(row.sha256) == secret_sha256(secret) else row.old_until]
    return KeyRow(
        row.id,
        row.account_id,
        row.dialect,
        row.reads_only,
        read(row.scopes),
        row.revision,
        min((end for end in ends if end is not None), default=None),
        "" if row.networks is None else _networks(bytes(row.networks), row.account_id, row.id),
    )


def _key_of(sha256: bytes) -> QuerySet[ApiKey]:
    """Return the key whose secret has a hash, the present one or the one before its last roll."""
    return ApiKey.objects.filter(Q(sha256=sha256) | Q(old_sha256=sha256)).order_by("id")


def key_holder_as_known(secret: str, *, fresh: bool = False) -> KeyRow | None:
    """Return whose key this was when this process last looked; `fresh` looks now.

    For verbs whose own statement asks `accounts_key_lives` about the key and refuses with
    NoSuchKey, upon which the caller looks afresh.
    """
    sha256 = secret_sha256(secret)
    kept = None if fresh else _HOLDERS.get(sha256)
    if kept is not None:
        return kept
    _HOLDERS.forget(sha256)
    found = key_holder(secret)
    return None if found is None else _HOLDERS.keep(sha256, found)


def key_even_withdrawn(secret: str) -> KeyRow | None:
    """Return a key that may be withdrawn: a refusal too is said in the form its program reads."""
    found = _key_of(secret_sha256(secret))
    row = found.values_list("id", "account_id", "dialect").first()
    return KeyRow(*row) if row else None


def keys(account_id: int) -> list[ListedKey]:
    """Return every key of an account, newest first; their number is bounded (KEYS_MAX)."""
    rows = list(ApiKey.objects.filter(account_id=account_id).order_by("-created_at", "-id")[:200])
    labels = unseal_many(
        [_sealed(row.label, account_id, "accounts_apikey.label", row.id) for row in rows]
    )
    return [
        ListedKey(
            row.id,
            label.decode(),
            row.dialect,
            row.created_at,
            row.revoked_at,
            "" if row.networks is None else _networks(bytes(row.networks), account_id, row.id),
            row.binds_max,
            row.reads_only,
            tuple(scope for scope in Scope if scope in read(row.scopes)),
            row.expires_at,
            row.old_until,
            row.used_on,
            "" if row.used_from is None else _used_from(row),
        )
        for row, label in zip(rows, labels, strict=True)
    ]


def credentials(account_id: int) -> Credentials:
    """Return sid and token of an account."""
    row = AuthToken.objects.get(account_id=account_id)
    token = unseal_text(
        bytes(row.token),
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place="accounts_authtoken.token",
        row=account_id,
    )
    return Credentials(account(account_id).sid, token)


_SID_HOLDER: Final = """
SELECT t.account_id FROM accounts_authtoken t
  JOIN accounts_account a ON a.id = t.account_id
 WHERE t.sha256 = %s AND a.sid = %s AND a.closed_at IS NULL
"""


def sid_holder(account_sid: str, *, auth_token: str) -> int | None:
    """Return the account of a whole sid and token, as HTTP programs send them with each call."""
    with prepared_cursor() as cursor:
        cursor.execute(_SID_HOLDER, [secret_sha256(auth_token), account_sid])
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _used_from(row: ApiKey) -> str:
    assert row.used_from is not None, "asked only where there is one"
    return unseal_text(
        bytes(row.used_from),
        account_id=row.account_id,
        klass=KeyClass.IDENTITY,
        place="accounts_apikey.used_from",
        row=row.id,
    )


def smpp_holder(*, system_id: str, password: str, now: datetime) -> Binder | None:
    """Return whose credentials these are on our SMPP server, or None (`binding`, ADR 51)."""
    return binding.holder(system_id=system_id, password=password, now=now)


def smpp_secrets(account_ids: Collection[int], *, now: datetime) -> set[str]:
    """Return which secrets open these accounts now: who bound with another one has to go."""
    return binding.secrets_of(account_ids, now=now)


def smpp_allowed(binder: Binder, *, address: str) -> bool:
    """Tell whether a program may bind from an address (ADR 340)."""
    if binder.networks is None or binder.key_id is None:
        return True
    networks = _networks(binder.networks, binder.account_id, binder.key_id)
    return within(networks, address=address)


def _networks(sealed: bytes, account_id: int, key_id: UUID) -> str:
    return unseal_text(
        sealed,
        account_id=account_id,
        klass=KeyClass.IDENTITY,
        place="accounts_apikey.networks",
        row=key_id,
    )


def staff(login_id: int) -> StaffRow | None:
    """Return a member of the staff; None for customers and for those who left."""
    row = Login.objects.filter(id=login_id, is_active=True).exclude(staff_role="").first()
    return StaffRow(row.id, row.staff_role) if row else None


def colleagues() -> list[StaffRow]:
    """Return everybody of the staff who may sign in, by role and login; they are few."""
    rows = Login.objects.filter(is_active=True).exclude(staff_role="")
    return [StaffRow(row.id, row.staff_role) for row in rows.order_by("staff_role", "id")[:200]]


def login_activity(
    account_id: int,
    *,
    login_id: int | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[ActivityRow]:
    """Return the tries to sign in, newest first; `before` is the last id seen (LD-D3).

    With `login_id` those of one member.
    """
    found = LoginActivity.objects.filter(account_id=account_id).order_by("-id")
    if login_id is not None:
        found = found.filter(login_id=login_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(_activity(account_id, found[:limit]))


def oldest_activity(*, until: datetime) -> tuple[datetime, UUID] | None:
    """Return when the time of the oldest try to sign in is over, if that is by `until`."""
    rows = LoginActivity.objects.filter(at__lte=until - ACTIVITY_KEPT).order_by("at", "id")
    found = rows.values_list("at", "id").first()
    return None if found is None else (found[0] + ACTIVITY_KEPT, found[1])


def _activity(account_id: int, rows: Iterable[LoginActivity]) -> Iterable[ActivityRow]:
    for row in rows:
        ip, agent = unseal_many(
            [
                _sealed(row.ip, account_id, "accounts_loginactivity.ip", row.id),
                _sealed(row.agent, account_id, "accounts_loginactivity.agent", row.id),
            ]
        )
        yield ActivityRow(row.id, row.at, row.succeeded, row.method, ip.decode(), agent.decode())


def _sealed(value: bytes, account_id: int, place: str, row: UUID) -> Sealed:
    return Sealed(bytes(value), account_id, KeyClass.IDENTITY, place, row)


def phone_number(row: Phone) -> PhoneNumber:
    """Return the number of a row of phones."""
    return PhoneNumber(
        unseal_text(
            bytes(row.number),
            account_id=row.account_id,
            klass=KeyClass.IDENTITY,
            place="accounts_phone.number",
            row=row.id,
        )
    )


def _row(row: Account) -> AccountRow:
    return AccountRow(
        row.id,
        row.sid,
        row.kind,
        row.country,
        row.currency,
        row.locale,
        row.created_at,
        row.email_confirmed_at,
        row.phone_confirmed_at,
        row.closed_at,
    )
