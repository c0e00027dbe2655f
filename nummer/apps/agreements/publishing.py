"""Reads the folder of documents: <document>/<date>/<language>.md."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from nummer.apps.agreements.errors import BadDocument
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.operator import Operator

_BLANK: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A text as the folder holds it, with the operator's facts filled in."""

    document: str
    version: str
    language: str
    title: str
    text: str
    sha256: str
    source_sha256: str


def drafts(folder: Path, *, operator: Operator, notice_days: int) -> Iterator[list[Draft]]:
    """Yield each version with its texts in every language, oldest first.

    Raises BadDocument: a language is missing, a date is none, a blank has no answer.
    """
    for version in sorted(folder.glob("*/*/"), key=lambda path: (path.parent.name, path.name)):
        if not version.is_dir():
            continue
        _require_date(version)
        yield [
            _draft(
                version,
                language,
                {**operator.blanks(language), "notice_days": str(notice_days)},
            )
            for language in LANGUAGES
        ]


def _require_date(version: Path) -> None:
    try:
        date.fromisoformat(version.name)
    except ValueError:
        raise BadDocument(f"{version.parent.name}: {version.name} is not a date") from None


def _draft(version: Path, language: str, facts: Mapping[str, str]) -> Draft:
    name = f"{version.parent.name} {version.name} ({language})"
    path = version / f"{language}.md"
    if not path.exists():
        raise BadDocument(f"{name} is missing: a version is published in every language at once")
    source = path.read_text(encoding="utf-8").strip() + "\n"
    if blanks := sorted(set(_BLANK.findall(source)) - facts.keys()):
        raise BadDocument(f"{name} asks for facts that the operator did not give: {blanks}")
    text = _BLANK.sub(lambda blank: facts[blank[1]], source)
    first = text.splitlines()[0]
    if not first.startswith("# "):
        raise BadDocument(f"{name} does not begin with its title")
    return Draft(
        version.parent.name,
        version.name,
        language,
        first.removeprefix("# ").strip(),
        text,
        _sha256(text),
        _sha256(source),
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
