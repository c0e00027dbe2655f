"""Which texts are in force, and who accepted which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection

from nummer.apps.agreements.errors import AcceptanceMissing, TermsNotAccepted, TextsChanged
from nummer.apps.agreements.models import Acceptance, Published
from nummer.apps.agreements.texts import (
    DOCUMENTS,
    KEY_DOCUMENTS,
    SIGN_UP_DOCUMENTS,
    AcceptedText,
    PublishedText,
)
from nummer.kernel.locale import DRAFTING_LANGUAGE, LANGUAGES
from nummer.kernel.operator import Operator
from nummer.policy.clause import clause

__all__ = [
    "DOCUMENTS",
    "KEY_DOCUMENTS",
    "SIGN_UP_DOCUMENTS",
    "AcceptanceRow",
    "AcceptedText",
    "Pending",
    "PublishedText",
    "acceptances",
    "all_in_force",
    "announced",
    "audit_lines",
    "current_for_key",
    "in_force",
    "operator",
    "outstanding",
    "pending",
    "published",
    "published_with",
    "require_accepted",
    "stamp",
    "texts_to_accept",
    "version_before",
    "versions",
    "versions_in_force",
]


@dataclass(frozen=True, slots=True)
class AcceptanceRow:
    """One text that a customer accepted."""

    text: AcceptedText
    surface: str
    key_id: UUID | None
    accepted_at: datetime


@clause(
    "PP-0.1",
    quote='Where it says "we", it means {operator_name} and the companies of its group that are '
    'named here and on the page "About us", no others: {operator_group}.',
)
def operator() -> Operator:
    """Return who runs this installation, for pages, mails and invoices."""
    found = settings.OPERATOR
    assert isinstance(found, Operator), "the settings hold what operator.toml says"
    return found


def in_force(document: str, *, language: str, now: datetime) -> PublishedText:
    """Return the version that counts at `now`; unknown languages get the drafting language."""
    language = language if language in LANGUAGES else DRAFTING_LANGUAGE
    row = (
        Published.objects.filter(document=document, language=language, effective_at__lte=now)
        .order_by("-effective_at", "-version")
        .first()
    )
    assert row is not None, f"no version of {document} is published; install the documents first"
    return _text(row)


def version_in_force(document: str, *, now: datetime) -> str:
    """Return which version of a document counts at `now`; empty where none is published yet."""
    rows = Published.objects.filter(
        document=document, language=DRAFTING_LANGUAGE, effective_at__lte=now
    ).order_by("-effective_at", "-version")
    return rows.values_list("version", flat=True).first() or ""


def all_in_force(*, language: str, now: datetime) -> list[PublishedText]:
    """Return every document as it counts at `now`, with one read."""
    language = language if language in LANGUAGES else DRAFTING_LANGUAGE
    rows = (
        Published.objects.filter(language=language, effective_at__lte=now)
        .order_by("document", "-effective_at", "-version")
        .distinct("document")
    )
    return [_text(row) for row in rows]


def announced(language: str, *, now: datetime) -> list[PublishedText]:
    """Return the texts that are published and not yet in force, in the order they will be."""
    language = language if language in LANGUAGES else DRAFTING_LANGUAGE
    rows = Published.objects.filter(language=language, effective_at__gt=now)
    return [_text(row) for row in rows.order_by("effective_at", "document", "version")[:200]]


def version_before(document: str, *, version: str) -> str | None:
    """Return the version that a version replaces; None where it is the first."""
    rows = Published.objects.filter(
        document=document, version__lt=version, language=DRAFTING_LANGUAGE
    )
    return rows.order_by("-version").values_list("version", flat=True).first()


def published_with(publication_id: UUID, *, language: str) -> list[PublishedText]:
    """Return the texts that were published together with the row of an id."""
    moment = Published.objects.get(id=publication_id).published_at
    rows = Published.objects.filter(published_at=moment, language=language)
    return [_text(row) for row in rows.order_by("document", "version")]


def versions_in_force(*, languages: Collection[str], now: datetime) -> list[AcceptedText]:
    """Return which version of every document counts at `now`, in each language that we have.

    One read, without the words: a purchase compares and notes versions, it shows none.
    """
    known = [language for language in LANGUAGES if language in languages]
    rows = (
        Published.objects.filter(language__in=known, effective_at__lte=now)
        .order_by("document", "language", "-effective_at", "-version")
        .distinct("document", "language")
    )
    return [
        AcceptedText(*row) for row in rows.values_list("document", "version", "language", "sha256")
    ]


def stamp(*, now: datetime) -> str:
    """Return a word that changes whenever the texts in force do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM agreements_stamp(%s)", [now])
        return str(cursor.fetchone()[0])


def texts_to_accept(
    documents: tuple[str, ...], *, language: str, now: datetime
) -> list[PublishedText]:
    """Return the texts that a page shows beside its tick boxes, in the given order."""
    texts = {text.document: text for text in all_in_force(language=language, now=now)}
    return [texts[document] for document in documents]


def published(document: str, *, version: str, language: str) -> PublishedText | None:
    """Return one version, whether in force, past or to come; None where there is none."""
    row = Published.objects.filter(document=document, version=version, language=language).first()
    return _text(row) if row else None


def versions(document: str, *, language: str = DRAFTING_LANGUAGE) -> list[PublishedText]:
    """Return every version of a document, newest first: the public archive."""
    rows = Published.objects.filter(document=document, language=language)
    return [_text(row) for row in rows.order_by("-effective_at", "-version")[:200]]


def current_for_key(key_id: UUID, *, now: datetime) -> list[AcceptedText]:
    """Return what was accepted for a key, if it is what counts at `now`; it may be accepted before.

    Refuses: AcceptanceMissing, TextsChanged.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ACCEPTED_BY_KEY, [now, key_id, list(KEY_DOCUMENTS)])
        rows = cursor.fetchall()
    found = {row[0]: row for row in rows}
    for document in KEY_DOCUMENTS:
        if document not in found:
            raise AcceptanceMissing(document=document)
        if found[document][1] != found[document][4]:
            raise TextsChanged(document=document)
    return [AcceptedText(*found[document][:4]) for document in KEY_DOCUMENTS]


_ACCEPTED_BY_KEY = """
    SELECT DISTINCT ON (a.document) a.document, a.version, a.language, a.sha256, p.version
      FROM agreements_acceptance a
      CROSS JOIN LATERAL (
        SELECT p.version FROM agreements_published p
         WHERE p.document = a.document AND p.language = a.language AND p.effective_at <= %s
         ORDER BY p.effective_at DESC, p.version DESC LIMIT 1) p
     WHERE a.key_id = %s AND a.document = ANY(%s)
     ORDER BY a.document, a.version = p.version DESC, a.accepted_at DESC, a.id DESC
"""


@clause(
    "PP-5.1a",
    quote="If you do not accept a change, you cannot place new orders, but your balance stays "
    "yours, and you can still read, claim, cancel, export your data and leave.",
)
def require_accepted(account_id: int, *, now: datetime) -> None:
    """Require that a customer accepted what counts now. Refuses: TermsNotAccepted."""
    if outstanding(account_id, now=now):
        raise TermsNotAccepted


def outstanding(account_id: int, *, now: datetime) -> list[str]:
    """Return the documents of sign-up whose version in force the customer has not accepted."""
    wanted = {
        (text.document, text.version)
        for text in all_in_force(language=DRAFTING_LANGUAGE, now=now)
        if text.document in SIGN_UP_DOCUMENTS
    }
    accepted = set(
        Acceptance.objects.filter(account_id=account_id, document__in=SIGN_UP_DOCUMENTS)
        .order_by("id")
        .values_list("document", "version")
    )
    return sorted(document for document, _ in wanted - accepted)


@dataclass(frozen=True, slots=True)
class Pending:
    """A text that a customer has not accepted; `due` if no order is possible without it."""

    text: PublishedText
    accepted_before: str
    due: bool


def pending(account_id: int, *, language: str, now: datetime) -> list[Pending]:
    """Return the texts of sign-up that count or will count and are not accepted.

    Those that count come first.
    """
    accepted = Acceptance.objects.filter(account_id=account_id, document__in=SIGN_UP_DOCUMENTS)
    versions = list(accepted.order_by("document", "version").values_list("document", "version"))
    return _pending(_count_or_will(SIGN_UP_DOCUMENTS, language=language, now=now), versions, now)


def pending_of_keys(
    account_id: int, *, key_ids: Sequence[UUID], language: str, now: datetime
) -> dict[UUID, list[Pending]]:
    """Return the same for each of these keys, of the texts of keys."""
    accepted = Acceptance.objects.filter(
        account_id=account_id, document__in=KEY_DOCUMENTS, key_id__in=key_ids
    )
    versions: dict[UUID | None, list[tuple[str, str]]] = {}
    for key_id, document, version in accepted.order_by("document", "version").values_list(
        "key_id", "document", "version"
    ):
        versions.setdefault(key_id, []).append((document, version))
    texts = _count_or_will(KEY_DOCUMENTS, language=language, now=now)
    return {key_id: _pending(texts, versions.get(key_id, []), now) for key_id in key_ids}


def _count_or_will(
    documents: tuple[str, ...], *, language: str, now: datetime
) -> list[PublishedText]:
    coming = [text for text in announced(language, now=now) if text.document in documents]
    return [*texts_to_accept(documents, language=language, now=now), *coming]


def _pending(
    texts: Sequence[PublishedText], versions: Sequence[tuple[str, str]], now: datetime
) -> list[Pending]:
    last = dict(versions)  # the newest of each document
    return [
        Pending(text, last.get(text.document, ""), text.is_in_force(now=now))
        for text in texts
        if (text.document, text.version) not in versions
    ]


def acceptances(
    account_id: int, *, key_id: UUID | None = None, limit: int = 200
) -> list[AcceptanceRow]:
    """Return what a customer accepted, newest first; of one key, if `key_id` is given."""
    rows = Acceptance.objects.filter(account_id=account_id).order_by("-id")
    if key_id is not None:
        rows = rows.filter(key_id=key_id)
    return [
        AcceptanceRow(
            AcceptedText(row.document, row.version, row.language, row.sha256),
            row.surface,
            row.key_id,
            row.accepted_at,
        )
        for row in rows[:limit]
    ]


def _text(row: Published) -> PublishedText:
    return PublishedText(
        row.document,
        row.version,
        row.language,
        row.sha256,
        row.title,
        row.text,
        row.published_at,
        row.effective_at,
    )


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for `nummer audit`."""
    with connection.cursor() as cursor:
        cursor.execute(_KEYS_WITHOUT_ACCEPTANCE, [list(KEY_DOCUMENTS), len(KEY_DOCUMENTS)])
        bare = cursor.fetchone()[0]
        cursor.execute(_ACCEPTED_BUT_NEVER_PUBLISHED)
        unknown = cursor.fetchone()[0]
    return [
        ("agreements: every key stands on an acceptance", bare, "keys that are not withdrawn"),
        ("agreements: every accepted text was published", unknown, "version, language and hash"),
    ]


_KEYS_WITHOUT_ACCEPTANCE = """
    SELECT count(*) FROM accounts_apikey k
     WHERE k.revoked_at IS NULL
       AND (SELECT count(DISTINCT a.document) FROM agreements_acceptance a
             WHERE a.account_id = k.account_id AND a.key_id = k.id AND a.document = ANY(%s)) < %s
"""
_ACCEPTED_BUT_NEVER_PUBLISHED = """
    SELECT count(*) FROM agreements_acceptance a
     WHERE NOT EXISTS (SELECT FROM agreements_published p
                        WHERE p.document = a.document AND p.version = a.version
                          AND p.language = a.language AND p.sha256 = a.sha256)
"""
