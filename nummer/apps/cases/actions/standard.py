"""The verb of standard answers: a new version, in every language at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from nummer.apps.audit import actions as audit
from nummer.apps.cases.actions.opening import checked
from nummer.apps.cases.actions.store import one_at_a_time
from nummer.apps.cases.errors import PlaceholdersDiffer, UnknownPlaceholder
from nummer.apps.cases.models import Kind, StandardAnswer
from nummer.apps.cases.standard import fillable, placeholders
from nummer.kernel.ids import id_of


def set_standard_answer(
    code: str,
    *,
    kind: Kind,
    title: str,
    texts: Mapping[str, str],
    retired: bool,
    actor: str,
    now: datetime,
) -> int:
    """Write the next version of a standard answer and return its number.

    What was answered before keeps naming the version that it began with. Refuses:
    NothingWritten, MessageTooLong, UnknownPlaceholder, PlaceholdersDiffer.
    """
    written = {language: checked(text) for language, text in texts.items()}
    wanted = [placeholders(text) for text in written.values()]
    for name in sorted(set.union(*wanted) - fillable(now=now)):
        raise UnknownPlaceholder(name=name)
    if any(names != wanted[0] for names in wanted):
        raise PlaceholdersDiffer
    with transaction.atomic():
        one_at_a_time(id_of("case-standard", code))
        before = StandardAnswer.objects.filter(code=code).order_by("-version").first()
        version = 1 if before is None else before.version + 1
        StandardAnswer.objects.create(
            code=code,
            version=version,
            kind=kind,
            title=title,
            **written,
            retired=retired,
            actor=actor,
            at=now,
        )
        audit.record(
            actor=actor,
            verb="set_standard_answer",
            place="cases_standard_answer",
            row=code,
            fields=["text", f"version-{version}"],
            now=now,
        )
    return version
