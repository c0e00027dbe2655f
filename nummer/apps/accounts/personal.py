"""What accounts keep about people, and what the libraries we log in with keep."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import (
    Basis,
    Category,
    Copied,
    Erased,
    Inventory,
    Keep,
    NotPersonal,
    Personal,
    Purpose,
)


def _profile(why: str) -> Personal:
    return Personal(
        category=Category.PROFILE,
        purpose=Purpose.SERVICE,
        basis=Basis.CONTRACT,
        kept=Keep.ACCOUNT,
        copied=Copied.PLAIN,
        erased=Erased.KEPT,
        plain=why,
    )


def _contact(*, plain: str = "", copied: Copied = Copied.PLAIN, erased: Erased) -> Personal:
    return Personal(
        category=Category.CONTACT,
        purpose=Purpose.CONTACT,
        basis=Basis.CONTRACT,
        kept=Keep.ACCOUNT,
        copied=copied,
        erased=erased,
        plain=plain,
    )


def _former() -> Personal:
    return Personal(
        category=Category.CONTACT,
        purpose=Purpose.SAFETY,
        basis=Basis.INTEREST,
        kept=Keep.MONTHS_12,
        copied=Copied.PLAIN,
        erased=Erased.SHREDDED,
    )


def _credential(
    *, plain: str = "", copied: Copied = Copied.EXISTENCE, erased: Erased = Erased.DELETED
) -> Personal:
    return Personal(
        category=Category.CREDENTIAL,
        purpose=Purpose.LOGIN,
        basis=Basis.CONTRACT,
        kept=Keep.ACCOUNT,
        copied=copied,
        erased=erased,
        plain=plain,
    )


def _activity(*, plain: str = "", erased: Erased = Erased.DELETED) -> Personal:
    return Personal(
        category=Category.DEVICE,
        purpose=Purpose.SAFETY,
        basis=Basis.INTEREST,
        kept=Keep.MONTHS_12,
        copied=Copied.PLAIN,
        erased=erased,
        plain=plain,
    )


def _session(
    *, plain: str = "", copied: Copied = Copied.PLAIN, erased: Erased = Erased.DELETED
) -> Personal:
    return Personal(
        category=Category.DEVICE,
        purpose=Purpose.SAFETY,
        basis=Basis.INTEREST,
        kept=Keep.SESSION,
        copied=copied,
        erased=erased,
        plain=plain,
    )


_ID = NotPersonal("random, with the time in it")
_SERIAL = NotPersonal("a running number")
_OWNER = _profile("the number by which all rows of a customer are found")
_WHEN = _profile("compared and ordered by SQL")
_BY_LIBRARY = "django-allauth looks logins up by it; set to null or deleted at erasure"
_HASHED = "a hash that cannot be turned back"

PERSONAL: Final[Inventory] = {
    "accounts_account": {
        "id": _OWNER,
        "sid": _credential(plain="programs are looked up by it", copied=Copied.PLAIN),
        "kind": _profile("prices with and without tax are chosen by it"),
        "country": _profile("tax and rights are chosen by it"),
        "currency": _profile("the currency of the account's money"),
        "locale": _profile("the language of letters"),
        "created_at": _WHEN,
        "email_confirmed_at": _WHEN,
        "phone_confirmed_at": _WHEN,
        "closed_at": _WHEN,
    },
    "accounts_login": {
        "id": _SERIAL,
        "password": _credential(plain=_HASHED, erased=Erased.NULLED),
        "last_login": _activity(plain="written by the login library", erased=Erased.NULLED),
        "email": _contact(plain=_BY_LIBRARY, erased=Erased.NULLED),
        "staff_role": Personal(
            category=Category.STAFF,
            purpose=Purpose.LOGIN,
            basis=Basis.INTEREST,
            kept=Keep.ACCOUNT,
            copied=Copied.PLAIN,
            erased=Erased.DELETED,
            plain="rights are compared with it",
        ),
        "member_role": _profile("rights are compared with it"),
        "is_active": _profile("the login library asks for it"),
        "account_id": _OWNER,
    },
    "accounts_phone": {
        "id": _ID,
        "account_id": _OWNER,
        "number": _contact(erased=Erased.SHREDDED),
        "number_index": _contact(
            plain="a keyed digest: one account for each number, found by nothing else",
            copied=Copied.NO,
            erased=Erased.DELETED,
        ),
        "created_at": _WHEN,
        "confirmed_at": _WHEN,
        "replaced_at": _WHEN,
    },
    "accounts_authtoken": {
        "account_id": _OWNER,
        "token": _credential(copied=Copied.MASKED, erased=Erased.SHREDDED),
        "sha256": _credential(plain=_HASHED),
        "short_index": _credential(plain="a keyed digest; short clients are found by it"),
        "created_at": _WHEN,
    },
    "accounts_apikey": {
        "id": _ID,
        "account_id": _OWNER,
        "sha256": _credential(plain=_HASHED),
        "short_index": _credential(plain="a keyed digest; short clients are found by it"),
        "label": _credential(copied=Copied.PLAIN, erased=Erased.SHREDDED),
        "dialect": NotPersonal("a form of a protocol"),
        "networks": _credential(copied=Copied.PLAIN, erased=Erased.SHREDDED),
        "binds_max": NotPersonal("a limit of the key"),
        "reads_only": NotPersonal("what a key may do"),
        "scopes": NotPersonal("what a key may do"),
        "revision": NotPersonal("a count"),
        "expires_at": _WHEN,
        "old_sha256": _credential(plain=_HASHED),
        "old_short_index": _credential(plain="a keyed digest; short clients are found by it"),
        "old_until": _WHEN,
        "used_on": _profile("a day, compared by SQL"),
        "used_from": _activity(erased=Erased.SHREDDED),
        "created_at": _WHEN,
        "revoked_at": _WHEN,
    },
    "accounts_subaccount": {
        "id": _ID,
        "account_id": _OWNER,
        "sid": _credential(plain="programs are looked up by it", copied=Copied.PLAIN),
        "name": _contact(erased=Erased.SHREDDED),
        "name_index": _contact(
            plain="a keyed digest: sub-accounts are found by their whole name",
            copied=Copied.NO,
            erased=Erased.DELETED,
        ),
        "token": _credential(copied=Copied.MASKED, erased=Erased.SHREDDED),
        "sha256": _credential(plain=_HASHED),
        "state": _profile("one of our own words"),
        "created_at": _WHEN,
        "changed_at": _WHEN,
    },
    "accounts_loginactivity": {
        "account_id": _OWNER,
        "id": _ID,
        "login_id": _activity(plain="an id"),
        "at": _activity(plain="ordered by SQL"),
        "succeeded": _activity(plain="counted by SQL"),
        "method": _activity(plain="one of our own words"),
        "ip": _activity(erased=Erased.SHREDDED),
        "agent": _activity(erased=Erased.SHREDDED),
    },
    "accounts_opensession": {
        "account_id": _OWNER,
        "id": _ID,
        "login_id": _session(plain="an id"),
        "key": _session(copied=Copied.NO, erased=Erased.SHREDDED),
        "mark": _session(plain="a keyed digest of the password's hash", copied=Copied.NO),
        "ip": _session(erased=Erased.SHREDDED),
        "agent": _session(erased=Erased.SHREDDED),
        "method": _session(plain="one of our own words"),
        "begun_at": _session(plain="shown to its owner"),
        "seen_at": _session(plain="ordered by SQL"),
    },
    "accounts_details": {
        "account_id": _OWNER,
        "organisation_number": _contact(erased=Erased.SHREDDED),
        "time_zone": _profile("moments are shown in it"),
        "changed_at": _WHEN,
    },
    "accounts_profilechange": {
        "account_id": _OWNER,
        "id": _ID,
        "field": _profile("one of our own words"),
        "before": _former(),
        "after": _former(),
        "actor": _profile("a word and an id"),
        "notice": _profile("the version of a published text"),
        "at": _WHEN,
    },
    "accounts_membership": {
        "account_id": _OWNER,
        "id": _ID,
        "email": _former(),
        "email_index": _contact(
            plain="a keyed digest: one open invitation for an address",
            copied=Copied.NO,
            erased=Erased.DELETED,
        ),
        "role": _profile("one of our own words"),
        "invited_by": _profile("an id"),
        "invited_at": _WHEN,
        "expires_at": _WHEN,
        "login_id": _profile("an id"),
        "joined_at": _WHEN,
        "ended_at": _WHEN,
    },
    "accounts_deed": {
        "account_id": _OWNER,
        "id": _ID,
        "login_id": _activity(plain="an id"),
        "page": _activity(plain="the name of a page of ours"),
        "subject": _activity(plain="ids of what the page is about"),
        "at": _activity(plain="ordered by SQL"),
        "done": _activity(plain="shown beside the deed"),
    },
}

_INSIDE = NotPersonal("the library's own accounts of our code, not of people")
_JOB = NotPersonal("ids only: a test looks into the arguments of every kind of job")
_UNUSED = NotPersonal("always empty: our client stands in the settings, tokens are not kept")
_NO_EXTRA = NotPersonal("always {}: name, picture and address are read and not kept")
_SESSION = Personal(
    category=Category.CREDENTIAL,
    purpose=Purpose.LOGIN,
    basis=Basis.CONTRACT,
    kept=Keep.SESSION,
    copied=Copied.NO,
    erased=Erased.DELETED,
    plain="the library writes text; its serializer seals it (faces.site.sessions)",
)

# Tables of libraries; they are ours to answer for, and not ours to shape.
THIRD_PARTY: Final[Inventory] = {
    "account_emailaddress": {
        "id": _SERIAL,
        "email": _contact(plain=_BY_LIBRARY, erased=Erased.DELETED),
        "verified": _contact(plain="the library asks for it", erased=Erased.DELETED),
        "primary": _contact(plain="the library asks for it", erased=Erased.DELETED),
        "user_id": _OWNER,
    },
    "account_emailconfirmation": {
        "id": _SERIAL,
        "created": _WHEN,
        "sent": _WHEN,
        "key": _credential(plain="unused: our links are signed instead of stored"),
        "email_address_id": _OWNER,
    },
    "mfa_authenticator": {
        "id": _SERIAL,
        "type": _credential(plain="one of the library's words"),
        "data": _credential(plain="secrets and names are sealed by us; a passkey's key is public"),
        "user_id": _OWNER,
        "created_at": _WHEN,
        "last_used_at": _WHEN,
    },
    "socialaccount_socialaccount": {
        "id": _SERIAL,
        "provider": _credential(plain="one word: google"),
        "uid": _credential(plain="a keyed digest of Google's number of the person"),
        "extra_data": _NO_EXTRA,
        "user_id": _OWNER,
        "last_login": _WHEN,
        "date_joined": _WHEN,
    },
    "socialaccount_socialapp": dict.fromkeys(
        ("id", "provider", "provider_id", "name", "client_id", "secret", "key", "settings"), _UNUSED
    ),
    "socialaccount_socialtoken": dict.fromkeys(
        ("id", "app_id", "account_id", "token", "token_secret", "expires_at"), _UNUSED
    ),
    "django_session": {
        "session_key": _SESSION,
        "session_data": _SESSION,
        "expire_date": _SESSION,
    },
    "config_cache": {
        "cache_key": NotPersonal("hashes for the limits of tries; gone within a day"),
        "value": NotPersonal("times of tries"),
        "expires": NotPersonal("when the row goes"),
    },
    "auth_group": {"id": _INSIDE, "name": _INSIDE},
    "auth_group_permissions": {"id": _INSIDE, "group_id": _INSIDE, "permission_id": _INSIDE},
    "auth_permission": {
        "id": _INSIDE,
        "name": _INSIDE,
        "content_type_id": _INSIDE,
        "codename": _INSIDE,
    },
    "django_content_type": {"id": _INSIDE, "app_label": _INSIDE, "model": _INSIDE},
    "django_migrations": {"id": _INSIDE, "app": _INSIDE, "name": _INSIDE, "applied": _INSIDE},
    "procrastinate_jobs": {
        "id": _JOB,
        "queue_name": _JOB,
        "task_name": _JOB,
        "lock": _JOB,
        "args": _JOB,
        "status": _JOB,
        "scheduled_at": _JOB,
        "attempts": _JOB,
        "queueing_lock": _JOB,
        "priority": _JOB,
        "abort_requested": _JOB,
        "worker_id": _JOB,
    },
    "procrastinate_events": {"id": _JOB, "job_id": _JOB, "type": _JOB, "at": _JOB},
    "procrastinate_periodic_defers": {
        "id": _JOB,
        "task_name": _JOB,
        "defer_timestamp": _JOB,
        "job_id": _JOB,
        "periodic_id": _JOB,
    },
    "procrastinate_workers": {"id": _JOB, "last_heartbeat": _JOB},
}
