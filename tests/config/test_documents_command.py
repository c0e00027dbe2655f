"""`nummer documents` as an operator uses it."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings

from nummer.apps.agreements import actions as agreements
from nummer.config.cli import nummer
from nummer.kernel import clock
from tests.builders import newest


def ask(*words: str) -> str:
    told = CliRunner().invoke(nummer, ["documents", *words], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return told.stdout


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    """Return a folder with a version of the terms that is not published yet."""
    agreements.install_documents(now=clock.now())
    copied = shutil.copytree(settings.DOCUMENTS, tmp_path / "documents")
    shutil.copytree(copied / "terms" / newest("terms"), copied / "terms" / "2099-01-01")
    return copied


def test_the_operator_lists_checks_and_publishes(folder: Path) -> None:
    waiting = ask("check", "--folder", str(folder))
    said = ask("publish", "--folder", str(folder))
    listed = json.loads(ask("list", "--json"))

    assert waiting == "terms 2099-01-01 waits to be published\n"
    assert said.startswith("terms 2099-01-01 is published; in force from ")
    [row] = [row for row in listed if row["version"] == "2099-01-01"]
    notice = datetime.fromisoformat(row["effective_at"]) - datetime.fromisoformat(
        row["published_at"]
    )
    assert (row["in_force"], notice) == (False, settings.NOTICE)
    assert f"terms {newest('terms')}  in force since" in ask("list")
    assert ask("publish", "--folder", str(folder)) == "There was nothing to publish.\n"
    assert ask("check", "--folder", str(folder)) == "Everything is published.\n"


def test_half_a_version_is_refused_in_one_sentence(folder: Path) -> None:
    (folder / "terms" / "2099-01-01" / "nb.md").unlink()
    told = CliRunner().invoke(nummer, ["documents", "publish", "--folder", str(folder)])
    assert told.exit_code == 1
    assert "terms 2099-01-01 (nb) is missing" in str(told.exception)
