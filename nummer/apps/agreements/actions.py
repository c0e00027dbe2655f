"""The verbs of agreements: publish, sign up, accept, create a key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app

from nummer.apps.accounts import actions as accounts
from nummer.apps.accounts import queries as customers
from nummer.apps.accounts.actions import NewKey
from nummer.apps.accounts.errors import NoSuchKey
from nummer.apps.accounts.models import Login
from nummer.apps.agreements.errors import AcceptanceMissing, BadDocument, TextsChanged
from nummer.apps.agreements.models import Acceptance, Published
from nummer.apps.agreements.publishing import Draft, drafts
from nummer.apps.agreements.queries import announced, published, versions_in_force
from nummer.apps.agreements.queries import operator as current_operator
from nummer.apps.agreements.texts import (
    KEY_DOCUMENTS,
    SIGN_UP_DOCUMENTS,
    TERMS,
    AcceptedText,
    PublishedText,
)
from nummer.apps.standing import actions as standing
from nummer.kernel.ids import new_id
from nummer.kernel.jobs import TELL_KEY_CREATED, TELL_TEXTS_PUBLISHED
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.operator import Operator
from nummer.kernel.phone import PhoneNumber
from nummer.policy.clause import clause

__all__ = [
    "AcceptedText",
    "Installed",
    "NewKey",
    "PublishedText",
    "accept",
    "check_documents",
    "create_key",
    "install_documents",
    "install_first_documents",
    "sign_up",
]

_log = structlog.get_logger(__name__)

_INSTALLING = 50_001  # the number of the advisory lock: two processes may start together


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation of documents did, as "document version".

    `waiting` are versions that were not published, `operator_changed` published ones that name
    facts of the operator which are others today.
    """

    published: tuple[str, ...]
    operator_changed: tuple[str, ...]
    waiting: tuple[str, ...] = ()


def install_first_documents(*, now: datetime) -> Installed:
    """Publish the documents that have no version yet, as every start does.

    A new version of the others waits for the operator's word, `nummer documents publish`: it
    binds him, and his customers have to accept it.
    """
    done = _install(settings.DOCUMENTS, current_operator(), only_first=True, now=now)
    for name in done.waiting:
        _log.warning("a version waits to be published", text=name)
    for name in done.operator_changed:
        _log.warning("a published text names old facts of the operator", text=name)
    return done


@clause(
    "PP-5.1b",
    quote="A change of this notice is published on this site in all languages together before it "
    "takes effect, and earlier versions stay readable.",
)
@clause(
    "PP-L",
    quote="This notice exists in English, Norwegian and German with the same version date.",
)
@clause(
    "RP-L",
    quote="This policy exists in English, Norwegian and German with the same version date.",
)
def install_documents(
    *, now: datetime, folder: Path | None = None, operator: Operator | None = None
) -> Installed:
    """Publish every version of the folder that is not published yet.

    The first version of a document is in force at once, a later one after the notice, and every
    customer gets a letter before. Where only the operator's facts changed, the published text
    stays and its name is returned: a new dated version must say it. Repeating it changes nothing.
    Raises BadDocument: a language is missing, or a published text was edited. Locks: itself.
    """
    folder = settings.DOCUMENTS if folder is None else folder
    operator = current_operator() if operator is None else operator
    return _install(folder, operator, only_first=False, now=now)


def check_documents(*, folder: Path | None = None) -> Installed:
    """Return what an installation of a folder would publish, as waiting. Raises BadDocument."""
    folder = settings.DOCUMENTS if folder is None else folder
    waiting, changed = [], []
    for texts in drafts(folder, operator=current_operator(), notice_days=settings.NOTICE.days):
        name = f"{texts[0].document} {texts[0].version}"
        if not _is_published(texts):
            waiting.append(name)
        elif not _same_words(texts):
            changed.append(name)
    return Installed((), tuple(changed), tuple(waiting))


def _install(folder: Path, operator: Operator, *, only_first: bool, now: datetime) -> Installed:
    done, changed, waiting = [], [], []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALLING])
        known = set(Published.objects.order_by("document").values_list("document", flat=True))
        notice = _notice(now)
        for texts in drafts(folder, operator=operator, notice_days=settings.NOTICE.days):
            document, name = texts[0].document, f"{texts[0].document} {texts[0].version}"
            if _is_published(texts):
                changed += [] if _same_words(texts) else [name]
            elif only_first and document in known:
                waiting.append(name)
            else:
                effective_at = now + notice if document in known else now
                _publish(texts, effective_at=effective_at, now=now)
                done.append(name)
        if known and done:
            row = Published.objects.filter(published_at=now).order_by("id")[0]
            app.configure_task(TELL_TEXTS_PUBLISHED).defer(publication_id=str(row.id))
    return Installed(tuple(done), tuple(changed), tuple(waiting))


def _notice(now: datetime) -> timedelta:
    """Return the notice of the settings, or a longer one that the terms in force promise."""
    promised = (
        Published.objects.filter(document=TERMS, effective_at__lte=now)
        .order_by("-effective_at", "-version")
        .values_list("notice_days", flat=True)
        .first()
    )
    notice: timedelta = settings.NOTICE
    return max(notice, timedelta(days=promised or 0))


def _is_published(texts: Sequence[Draft]) -> bool:
    rows = Published.objects.filter(document=texts[0].document, version=texts[0].version)
    sources = dict(rows.order_by("language").values_list("language", "source_sha256"))
    if sources and sources != {text.language: text.source_sha256 for text in texts}:
        raise BadDocument(
            f"{texts[0].document} {texts[0].version} is published and was edited afterwards;"
            " write a new version instead"
        )
    return bool(sources)


def _same_words(texts: Sequence[Draft]) -> bool:
    stored = [
        published(text.document, version=text.version, language=text.language) for text in texts
    ]
    return [text.sha256 for text in texts] == [text.sha256 for text in stored if text]


def _publish(texts: Sequence[Draft], *, effective_at: datetime, now: datetime) -> None:
    assert {text.language for text in texts} == set(LANGUAGES), "every language at once"
    document, version = texts[0].document, texts[0].version
    if (
        Published.objects.filter(document=document, version__gt=version)
        .exclude(published_at=now)
        .exists()
    ):
        raise BadDocument(f"{document} {version} is older than what is published")
    Published.objects.bulk_create(
        Published(
            id=new_id(),
            document=text.document,
            version=text.version,
            language=text.language,
            title=text.title,
            text=text.text,
            sha256=text.sha256,
            source_sha256=text.source_sha256,
            published_at=now,
            effective_at=effective_at,
            notice_days=settings.NOTICE.days,
        )
        for text in texts
    )


def sign_up(
    *,
    email: str,
    password: str | None,
    phone: PhoneNumber | None,
    kind: str,
    country: str,
    currency: str,
    locale: str,
    accepted: Sequence[AcceptedText],
    surface: str,
    login: Login | None = None,
    now: datetime,
) -> Login:
    """Open an account with the acceptance of SIGN_UP_DOCUMENTS (LD-R0, PP-5.1a).

    `login` is an unsaved one of the login library, filled and saved here, or None.
    Refuses: AcceptanceMissing, TextsChanged; EmailTaken, PhoneTaken, PhoneNotReal, PhoneIsOurs,
    PhoneBlocked.
    """
    _require(SIGN_UP_DOCUMENTS, accepted)
    if phone is not None:
        standing.check_phone(phone)
    with transaction.atomic():
        opened = accounts.open_account(
            email=email,
            password=password,
            phone=phone,
            kind=kind,
            country=country,
            currency=currency,
            locale=locale,
            login=login,
            now=now,
        )
        assert opened.account is not None, "a customer's login has an account"
        _write(opened.account.id, accepted=accepted, surface=surface, key_id=None, now=now)
    return opened


def create_key(
    *,
    account_id: int,
    label: str,
    accepted: Sequence[AcceptedText],
    surface: str,
    dialect: str = "classic",
    reads_only: bool = False,
    scopes: Collection[str] = (),
    expires_at: datetime | None = None,
    now: datetime,
) -> NewKey:
    """Make a key for a program, with the acceptance that its purchases will stand on.

    A letter tells the customer, so that a key made by a thief is not silent.

    Refuses: AcceptanceMissing, TextsChanged, TooManyKeys, ScopeUnknown, ExpiryNotPossible;
    NotConfirmed.
    """
    _require(KEY_DOCUMENTS, accepted)
    customers.require_confirmed(account_id)
    with transaction.atomic():
        key = accounts.add_key(
            account_id,
            label=label,
            dialect=dialect,
            reads_only=reads_only,
            scopes=scopes,
            expires_at=expires_at,
            now=now,
        )
        _write(account_id, accepted=accepted, surface=surface, key_id=key.id, now=now)
        app.configure_task(TELL_KEY_CREATED).defer(account_id=account_id, key_id=str(key.id))
    return key


@clause(
    "PP-5.1a",
    quote="We do not take mere use for consent: where consent is needed we ask for it, and we "
    "record what you agreed to.",
)
def accept(
    account_id: int,
    *,
    accepted: Sequence[AcceptedText],
    surface: str,
    key_id: UUID | None = None,
    now: datetime,
) -> None:
    """Write down that a customer accepted texts; for a key, with `key_id`.

    A version that is published and not yet in force may be accepted before, so that nothing
    stops on the day itself.

    Refuses: TextsChanged (neither in force nor to come), NoSuchKey.
    """
    if key_id is not None and key_id not in {key.id for key in customers.keys(account_id)}:
        raise NoSuchKey
    with transaction.atomic():
        _write(account_id, accepted=accepted, surface=surface, key_id=key_id, ahead=True, now=now)


def _require(documents: Sequence[str], accepted: Sequence[AcceptedText]) -> None:
    given = {text.document for text in accepted}
    for document in documents:
        if document not in given:
            raise AcceptanceMissing(document=document)


def _write(
    account_id: int,
    *,
    accepted: Sequence[AcceptedText],
    surface: str,
    key_id: UUID | None,
    ahead: bool = False,
    now: datetime,
) -> None:
    allowed = set(versions_in_force(languages={text.language for text in accepted}, now=now))
    if ahead:
        allowed |= {text.as_accepted() for each in LANGUAGES for text in announced(each, now=now)}
    for text in accepted:
        if text not in allowed:
            raise TextsChanged(document=text.document)
    Acceptance.objects.bulk_create(
        Acceptance(
            account_id=account_id,
            id=new_id(),
            document=text.document,
            version=text.version,
            language=text.language,
            sha256=text.sha256,
            surface=surface,
            key_id=key_id,
            accepted_at=now,
        )
        for text in accepted
    )
