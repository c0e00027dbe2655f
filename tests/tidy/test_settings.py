"""Every setting is described, and every described setting exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"NUMMER_[A-Z_]+")


def test_the_list_of_settings_is_the_list_of_the_code() -> None:
    read = set(re.findall(r'"(NUMMER_[A-Z_]+)"', (ROOT / "nummer/config/env.py").read_text()))
    rows = (ROOT / "docs/operate/settings.md").read_text().splitlines()
    described = {row.split("`")[1] for row in rows if row.startswith("| `NUMMER_")}
    assert described == read


def test_only_one_module_reads_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "nummer").rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)\b", path.read_text())
    ]
    assert readers == ["nummer/config/env.py"]


def test_documents_name_no_setting_that_does_not_exist() -> None:
    known = set(NAME.findall((ROOT / "nummer/config/env.py").read_text()))
    texts = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {name for text in texts for name in NAME.findall(text.read_text())}
    assert named <= known
