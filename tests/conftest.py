"""What every test shares: a home of its own and a database server that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow to think of examples and to run them, and no test is about that.
settings.register_profile("nummer", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("nummer")

_kept = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start one database server for the whole run, before any worker does."""
    if "NUMMER_HOME" not in os.environ:
        os.environ["NUMMER_HOME"] = tempfile.mkdtemp(prefix="nummer-test-")
        _kept.callback(shutil.rmtree, os.environ["NUMMER_HOME"], ignore_errors=True)
    if hasattr(config, "workerinput") or "NUMMER_DATABASE_URL" in os.environ:
        return
    from tests.databases import temporary_postgres

    os.environ["NUMMER_DATABASE_URL"] = _kept.enter_context(temporary_postgres("embedded"))


def pytest_unconfigure() -> None:
    """Stop the server that this run started and remove its home."""
    _kept.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest) -> None:
    """Let tests connect as the owner of the tables, to the server of this run."""
    from django.conf import settings
    from django.db import connections

    from nummer.config.database import connection_settings
    from nummer.config.env import environment

    environment.cache_clear()
    wanted = connection_settings(environment())
    wanted["OPTIONS"].pop("options", None)
    wanted["CONN_MAX_AGE"] = 0  # a thread of the live server leaves no connection behind
    settings.DATABASES["default"].update(wanted)
    connections["default"].settings_dict.update(wanted)
    request.getfixturevalue("django_db_modify_db_settings_parallel_suffix")  # one for each worker


@pytest.fixture(scope="session", autouse=True)
def _folder_of_static_files() -> None:
    """Make the folder that a start would fill; its absence would be a warning in each test."""
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def _no_cookie_without_an_entry() -> None:
    """Let every test fail in which an answer would set a cookie that is not in the register."""
    from nummer.faces.site import middleware

    def fail() -> None:
        raise AssertionError("an answer sets a cookie that nummer.faces.site.cookies does not name")

    middleware.report_unknown_cookie = fail


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """Hash passwords cheaply: the slowness that protects real ones would only cost time here."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def scanner_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run the sandbox's virus scanner; a word in this folder says what it can do."""
    from nummer.apps.identity import ports
    from nummer.gateways.scanner.clamd import Clamd
    from tests.scanning import running_scanner

    folder = tmp_path_factory.mktemp("scanner")
    before = ports.scanner()
    with running_scanner(folder) as port:
        ports.install_scanner(Clamd(lambda: ("127.0.0.1", port)))
        yield folder
    ports.install_scanner(before)


@pytest.fixture(scope="session", autouse=True)
def _scanned(scanner_folder: Path) -> None:
    """Have every document of every test scanned."""
