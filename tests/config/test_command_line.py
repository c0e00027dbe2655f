"""The command line as an operator meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nummer.config import run
from nummer.config.cli import COMMANDS, nummer
from nummer.config.processes import lock

ROOT = Path(__file__).resolve().parents[2]


def command(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NUMMER_")}
    return subprocess.run(
        [sys.executable, "-m", "nummer.config", *words],
        cwd=ROOT,
        env={**kept, **{f"NUMMER_{name}": value for name, value in variables.items()}},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "manage"])
def test_every_command_explains_itself(name: str) -> None:
    told = CliRunner().invoke(nummer, [name, "--help"])
    assert told.exit_code == 0
    assert told.output.startswith("Usage: nummer")


def test_second_start_in_the_same_home_is_refused(tmp_path: Path) -> None:
    held = lock(tmp_path / run.LOCK_FILE)
    assert held is not None
    with held:
        told = command("run", HOME=str(tmp_path))
    assert told.returncode == 1
    assert told.stderr.startswith(f"nummer: Nummer runs already with the home {tmp_path}.")


def test_production_needs_its_settings(tmp_path: Path) -> None:
    told = command("run", HOME=str(tmp_path), MODE="production")
    assert told.returncode == 1
    assert "NUMMER_PUBLIC_URL and NUMMER_MAIL_URL" in told.stderr


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("PORT", "0", "NUMMER_PORT must be a port from 1 to 65535"),
        ("MODE", "test", "NUMMER_MODE must be 'sandbox' or 'production'"),
        ("LOG_LEVEL", "loud", "NUMMER_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR"),
        ("WEB_WORKERS", "many", "NUMMER_WEB_WORKERS must be a number from 1 to 64"),
    ],
)
def test_wrong_setting_is_named(variable: str, value: str, sentence: str, tmp_path: Path) -> None:
    told = command("run", HOME=str(tmp_path), **{variable: value})
    assert (told.returncode, told.stderr) == (2, f"nummer: {sentence}\n")


def test_audit_without_a_database_says_so(tmp_path: Path) -> None:
    told = command("audit", HOME=str(tmp_path))
    assert told.returncode == 1
    assert told.stderr == "nummer: The database does not answer. Is Nummer running?\n"
