"""The page of stories names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = TESTS.parent / "docs" / "develop" / "stories.md"


def test_every_file_and_every_test_that_the_page_of_stories_names_exists() -> None:
    page = PAGE.read_text(encoding="utf-8")
    files = set(re.findall(r"`([a-z_/]+/test_[a-z_]+\.py)`", page))
    names = set(re.findall(r"`(test_[a-z0-9_]+)`", page))
    assert len(files) > 20
    assert len(names) > 30
    missing = [name for name in files if not (TESTS / name).exists()]
    source = "\n".join((TESTS / name).read_text(encoding="utf-8") for name in files - {*missing})
    assert missing + [name for name in sorted(names) if f"def {name}(" not in source] == []
