"""The verbs of accounts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from nummer.apps.accounts import profiles, queries
from nummer.apps.accounts.binding import Binder
from nummer.apps.accounts.emails import normalise_email
from nummer.apps.accounts.errors import (
    BindsNotPossible,
    DialectUnknown,
    EmailTaken,
    ExpiryNotPossible,
    NoSuchKey,
    NoSuchPhone,
    PhoneTaken,
    TooManyKeys,
)
from nummer.apps.accounts.models import (
    DIALECTS,
    Account,
    ApiKey,
    AuthToken,
    Login,
    LoginActivity,
    MemberRole,
    Phone,
    StaffRole,
)
from nummer.apps.accounts.networks import read_networks
from nummer.apps.accounts.profiles import Field
from nummer.apps.accounts.queries import phone_taken, require_usable_phone
from nummer.apps.accounts.scopes import written
from nummer.apps.accounts.secrets import (
    new_auth_token,
    new_key_secret,
    new_sid,
    secret_sha256,
    short_index,
)
from nummer.apps.accounts.throttle import Seldom
from nummer.apps.audit import actions as audit
from nummer.apps.vault.actions import blind_index, seal_text
from nummer.apps.vault.keys import OPERATOR_ACCOUNT_ID, KeyClass
from nummer.kernel.ids import new_id
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.phone import PhoneNumber
from nummer.policy.clause import clause

KEYS_MAX: Final = 20
LABEL_LENGTH_MAX: Final = 60
AGENT_LENGTH_MAX: Final = 300
BINDS_MAX: Final = 10
SMPP_METHOD: Final = "smpp"
EXPIRES_WITHIN: Final = timedelta(days=5 * 366)
_AN_HOUR_S: Final = 3600.0
strangers: Final = Seldom(_AN_HOUR_S)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which its secret is known."""

    id: UUID
    account_id: int
    secret: str = field(repr=False)


def open_account(
    *,
    email: str,
    password: str | None,
    phone: PhoneNumber | None,
    kind: str,
    country: str,
    currency: str,
    locale: str,
    login: Login | None = None,
    now: datetime,
) -> Login:
    """Make an account with its login; `agreements.actions.sign_up` is the public verb.

    `login` is an unsaved one of the login library, or None. Without a password the customer
    signs in by code. Refuses: EmailTaken, PhoneIsOurs, PhoneNotReal, PhoneNotPersonal, PhoneTaken.
    """
    assert locale in LANGUAGES, "a customer is written to in a language that we have"
    login = Login() if login is None else login
    with transaction.atomic():
        login.account = Account.objects.create(
            sid=new_sid(),
            kind=kind,
            country=country,
            currency=currency,
            locale=locale,
            created_at=now,
        )
        login.email = normalise_email(email)
        login.member_role = MemberRole.OWNER
        login.set_password(password)
        save_login(login)
        account_id = login.account.id
        renew_auth_token(account_id, now=now)
        if phone is not None:
            set_phone(account_id, number=phone, now=now)
        _note_given(login.account, login.email, now=now)
    return login


@clause(
    "LD-D1",
    quote="We collect data at registration, at login and when you use our services:",
)
@clause(
    "LD-A1",
    quote="Account: e-mail, phone number, country, language, whether you are a person or a "
    "company, and company details.",
)
def _note_given(account: Account, email: str, *, now: datetime) -> None:
    """Note what a customer gave when he registered; his phone is noted once it is confirmed."""
    given = {
        Field.EMAIL: email,
        Field.KIND: account.kind,
        Field.COUNTRY: account.country,
        Field.CURRENCY: account.currency,
        Field.LANGUAGE: account.locale,
    }
    profiles.note_given(account.id, given=given, now=now)


def open_staff_login(*, email: str, password: str, role: str, now: datetime) -> Login:
    """Let a member of the staff sign in. Refuses: EmailTaken."""
    assert role in StaffRole.values, "a role is one of design's"
    with transaction.atomic():
        login = Login(email=normalise_email(email), staff_role=role)
        login.set_password(password)
        save_login(login)
        _confirm_address(login)
        audit.record(
            actor="system:cli",
            verb="open_staff_login",
            place="accounts_login",
            row=str(login.id),
            fields=["staff_role"],
            now=now,
        )
    return login


def save_login(login: Login) -> None:
    """Save a new login. Refuses: EmailTaken."""
    try:
        with transaction.atomic():
            login.save()
    except IntegrityError as error:
        if Login.objects.filter(email=login.email).exists():
            raise EmailTaken from None  # the database's words hold the address
        raise error from None


def confirm_email(account_id: int, *, before: str = "", now: datetime) -> UUID | None:
    """Write down that the customer followed the link in our mail (LD-R3); once is enough.

    `before` is the address that the login library has just replaced by the confirmed one. Returns
    the id of the line in the history where it is another one.
    """
    with transaction.atomic():
        login = Login.objects.get(account_id=account_id, member_role=MemberRole.OWNER)
        _confirm_address(login)
        email = login.email or ""
        change = profiles.note(
            account_id, Field.EMAIL, before=before or email, after=email, now=now
        )
        Account.objects.filter(id=account_id, email_confirmed_at=None).update(
            email_confirmed_at=now
        )
    return change


def _confirm_address(login: Login) -> None:
    EmailAddress.objects.update_or_create(
        user=login, email=login.email, defaults={"verified": True, "primary": True}
    )


def set_phone(
    account_id: int, *, number: PhoneNumber, confirmed: bool = False, now: datetime
) -> None:
    """Keep a customer's own phone; it counts once it is confirmed (LD-R1).

    The same number again changes nothing.
    Refuses: PhoneIsOurs, PhoneNotReal, PhoneNotPersonal, PhoneTaken.
    """
    require_usable_phone(number)
    if phone_taken(number, by_other_than=account_id):
        raise PhoneTaken
    index = blind_index("phone", number.e164)
    with transaction.atomic():
        if not _kept(account_id, index):
            _keep_phone(account_id, number=number, index=index, now=now)
    if confirmed:
        confirm_phone(account_id, number=number, now=now)


def _kept(account_id: int, index: bytes) -> bool:
    Account.objects.select_for_update().get(id=account_id)
    return Phone.objects.filter(
        account_id=account_id, number_index=index, replaced_at=None
    ).exists()


def _keep_phone(account_id: int, *, number: PhoneNumber, index: bytes, now: datetime) -> None:
    Phone.objects.filter(account_id=account_id, confirmed_at=None).delete()
    phone_id = new_id()
    Phone.objects.create(
        id=phone_id,
        account_id=account_id,
        number=_seal(number.e164, account_id, "accounts_phone.number", phone_id),
        number_index=index,
        created_at=now,
    )


def confirm_phone(account_id: int, *, number: PhoneNumber, now: datetime) -> None:
    """Write down that the customer read our code on this phone; it replaces the one before.

    Refuses: NoSuchPhone, PhoneTaken. Locks: the account's row.
    """
    index = blind_index("phone", number.e164)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(id=account_id)
        waiting = Phone.objects.filter(
            account_id=account_id, number_index=index, replaced_at=None
        ).first()
        if waiting is None:
            raise NoSuchPhone
        if waiting.confirmed_at is not None:
            return
        used = Phone.objects.filter(
            account_id=account_id, confirmed_at__isnull=False, replaced_at=None
        ).first()
        before = "" if used is None else queries.phone_number(used).e164
        if used is not None:
            used.replaced_at = now
            used.save(update_fields=["replaced_at"])
        waiting.confirmed_at = now
        _save_confirmed(waiting)
        profiles.note(account_id, Field.PHONE, before=before, after=number.e164, now=now)
        account.phone_confirmed_at = now
        account.save(update_fields=["phone_confirmed_at"])


def _save_confirmed(phone: Phone) -> None:
    try:
        with transaction.atomic():
            phone.save(update_fields=["confirmed_at"])
    except IntegrityError:
        raise PhoneTaken from None


def renew_auth_token(account_id: int, *, now: datetime) -> str:
    """Give an account a new token and return it; the old one ends at once."""
    token = new_auth_token()
    place = "accounts_authtoken.token"
    with transaction.atomic():
        _, first = AuthToken.objects.update_or_create(
            account_id=account_id,
            defaults={
                "token": _seal(token, account_id, place, account_id),
                "sha256": secret_sha256(token),
                "short_index": short_index(token),
                "created_at": now,
            },
        )
        if not first:
            _record(account_id, verb="renew_auth_token", place=place, row=str(account_id), now=now)
    return token


def add_key(
    account_id: int,
    *,
    label: str,
    dialect: str = "classic",
    reads_only: bool = False,
    scopes: Collection[str] = (),
    expires_at: datetime | None = None,
    now: datetime,
) -> NewKey:
    """Make a key; `agreements.actions.create_key` is the public verb, with its acceptance.

    Without `scopes` it may do everything. Refuses: TooManyKeys, DialectUnknown, ScopeUnknown,
    ExpiryNotPossible. Locks: the account's row.
    """
    _require_dialect(dialect)
    limited_to = written(scopes)
    if expires_at is not None and not now < expires_at <= now + EXPIRES_WITHIN:
        raise ExpiryNotPossible
    with transaction.atomic():
        Account.objects.select_for_update().get(id=account_id)
        living = Q(expires_at=None) | Q(expires_at__gt=now)
        rows = ApiKey.objects.filter(living, account_id=account_id, revoked_at=None)
        if rows.count() >= KEYS_MAX:
            raise TooManyKeys(limit=KEYS_MAX)
        key = NewKey(new_id(), account_id, new_key_secret())
        ApiKey.objects.create(
            id=key.id,
            account_id=account_id,
            sha256=secret_sha256(key.secret),
            short_index=short_index(key.secret),
            label=_seal(label[:LABEL_LENGTH_MAX], account_id, "accounts_apikey.label", key.id),
            dialect=dialect,
            reads_only=reads_only,
            scopes=limited_to,
            expires_at=expires_at,
            created_at=now,
        )
        _record(account_id, verb="create_key", place="accounts_apikey", row=str(key.id), now=now)
    return key


def set_key_dialect(account_id: int, *, key_id: UUID, dialect: str, now: datetime) -> None:
    """Let a key's program be answered in another form from its next call on.

    Refuses: NoSuchKey (also a withdrawn one), DialectUnknown.
    """
    with transaction.atomic():
        rows = ApiKey.objects.filter(account_id=account_id, id=key_id, revoked_at=None)
        if not rows.exists():
            raise NoSuchKey
        _require_dialect(dialect)
        if rows.exclude(dialect=dialect).update(dialect=dialect):
            _record(
                account_id,
                verb="set_key_dialect",
                place="accounts_apikey",
                row=str(key_id),
                now=now,
            )


def set_key_limits(
    account_id: int, *, key_id: UUID, networks: str, binds_max: int | None, now: datetime
) -> None:
    """Say from where a key works, and how often it binds to the SMPP server at once (ADR 340).

    `networks` as people write them, empty for anywhere; `binds_max` None for as many as the account
    has. Programs that are bound by the key bind anew. Refuses: NoSuchKey (also a withdrawn one),
    NetworksNotReadable, BindsNotPossible.
    """
    place = "accounts_apikey.networks"
    with transaction.atomic():
        rows = ApiKey.objects.filter(account_id=account_id, id=key_id, revoked_at=None)
        if rows.select_for_update().first() is None:
            raise NoSuchKey
        listed = read_networks(networks)
        if binds_max is not None and not 1 <= binds_max <= BINDS_MAX:
            raise BindsNotPossible(binds_max=BINDS_MAX)
        sealed = _seal(listed, account_id, place, key_id) if listed else None
        changes = {"networks": sealed, "binds_max": binds_max, "revision": F("revision") + 1}
        rows.update(**changes)
        _record(account_id, verb="set_key_limits", place=place, row=str(key_id), now=now)


def smpp_bind(*, system_id: str, password: str, address: str, now: datetime) -> Binder | None:
    """Return who binds with these credentials from there, or None.

    Right credentials at a wrong address are a line of the customer's login activity, at most one an
    hour for each address: a program that tries again every second would bury the others.
    """
    binder = queries.smpp_holder(system_id=system_id, password=password, now=now)
    if binder is None or queries.smpp_allowed(binder, address=address):
        return binder
    note_stranger(
        binder.account_id, secret=binder.secret, method=SMPP_METHOD, address=address, now=now
    )
    return None


def note_stranger(
    account_id: int, *, secret: str, method: str, address: str, now: datetime
) -> None:
    """Write a line of login activity: right credentials came from an address not allowed.

    At most once an hour for each of both; `secret` is their name, not they.
    """
    if strangers.first(f"{secret} {address}"):
        record_login(
            None,
            account_id=account_id,
            succeeded=False,
            method=method,
            ip=address,
            agent="",
            now=now,
        )


def _require_dialect(dialect: str) -> None:
    if dialect not in DIALECTS:
        raise DialectUnknown


def revoke_key(account_id: int, *, key_id: UUID, now: datetime) -> None:
    """End a key; repeating it changes nothing. Refuses: NoSuchKey."""
    with transaction.atomic():
        rows = ApiKey.objects.filter(account_id=account_id, id=key_id)
        if not rows.exists():
            raise NoSuchKey
        if rows.filter(revoked_at=None).update(revoked_at=now):
            _record(
                account_id, verb="revoke_key", place="accounts_apikey", row=str(key_id), now=now
            )


def set_locale(account_id: int, *, locale: str, now: datetime) -> None:
    """Write to the customer in another language from now on (PP-4.1a)."""
    assert locale in LANGUAGES, "a customer is written to in a language that we have"
    with transaction.atomic():
        account = Account.objects.select_for_update().get(id=account_id)
        before, account.locale = account.locale, locale
        if profiles.note(account_id, Field.LANGUAGE, before=before, after=locale, now=now):
            account.save(update_fields=["locale"])
            _record(
                account_id,
                verb="set_locale",
                place="accounts_account",
                row=str(account_id),
                now=now,
            )


@clause(
    "LD-D3",
    quote="Login: time, internet address, device, method and result of each login. You can see "
    "your own list.",
)
@clause(
    "LD-A4",
    quote="Login: time, internet address, device, method and result of each login.",
)
def record_login(
    login_id: int | None,
    *,
    account_id: int | None,
    succeeded: bool,
    method: str,
    ip: str,
    agent: str,
    now: datetime,
) -> None:
    """Write a line of login activity (PP-1.2a, LD-A4); staff and unknown people: account None."""
    owner = OPERATOR_ACCOUNT_ID if account_id is None else account_id
    line_id = new_id()
    LoginActivity.objects.create(
        account_id=owner,
        id=line_id,
        login_id=login_id,
        at=now,
        succeeded=succeeded,
        method=method[:20],
        ip=_seal(ip, owner, "accounts_loginactivity.ip", line_id),
        agent=_seal(agent[:AGENT_LENGTH_MAX], owner, "accounts_loginactivity.agent", line_id),
    )


def forget_activity(*, now: datetime) -> None:
    """Forget the tries to sign in whose time is over (LD-A4)."""
    LoginActivity.objects.filter(at__lte=now - queries.ACTIVITY_KEPT).delete()


def _seal(text: str, account_id: int, place: str, row: UUID | int) -> bytes:
    return seal_text(text, account_id=account_id, klass=KeyClass.IDENTITY, place=place, row=row)


def _record(account_id: int, *, verb: str, place: str, row: str, now: datetime) -> None:
    audit.record(
        actor=f"customer:{account_id}",
        verb=verb,
        place=place,
        row=row,
        account_id=account_id,
        now=now,
    )
