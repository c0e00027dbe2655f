"""Every package that an installation gets has its reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=!;~ ]", line)[0].casefold() for line in project["dependencies"]}
    rows = (ROOT / "docs/adr/0003-dependencies.md").read_text().splitlines()
    reasons = {
        re.split(r"[\[ ]", row.split("|")[1].strip())[0].casefold()
        for row in rows
        if row.startswith("| ")
    }
    assert asked <= reasons


def test_exact_versions_come_with_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
        pinned = [block for block in blocks if "==" in block.split("\n")[0]]
        assert pinned
        assert [block.split("==")[0] for block in pinned if "--hash=sha256:" not in block] == []
