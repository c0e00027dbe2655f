"""Documents to publish, and a customer who accepted them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nummer.apps.accounts import actions as accounts
from nummer.apps.agreements.actions import install_documents, sign_up
from nummer.apps.agreements.texts import DOCUMENTS, SIGN_UP_DOCUMENTS
from tests.apps.agreements.world import NOW, OPERATOR, PHONE, texts


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a version of a document in every language."""

    def write_version(document: str, version: str, words: str = "Promised.") -> Path:
        folder = tmp_path / document / version
        folder.mkdir(parents=True)
        for language in ("en", "nb", "de"):
            (folder / f"{language}.md").write_text(
                f"# {document} ({language})\n\n{{operator_name}}: {words}\n"
            )
        return tmp_path

    return write_version


@pytest.fixture
def folder(write: Callable[..., Path]) -> Path:
    """Return a folder with one version of each document."""
    return [write(document, "2026-11-01") for document in DOCUMENTS][-1]


@pytest.fixture
def installed(folder: Path, db: None) -> Path:
    """Publish the folder."""
    install_documents(now=NOW, folder=folder, operator=OPERATOR)
    return folder


@pytest.fixture
def account_id(installed: Path) -> int:
    """Return a confirmed customer, made by the public verbs."""
    login = sign_up(
        email="Ola@Example.no",
        password="correct horse battery",
        phone=PHONE,
        kind="person",
        country="NO",
        currency="NOK",
        locale="nb",
        accepted=texts(SIGN_UP_DOCUMENTS),
        surface="site",
        now=NOW,
    )
    assert login.account is not None
    accounts.confirm_email(login.account.id, now=NOW)
    accounts.confirm_phone(login.account.id, number=PHONE, now=NOW)
    return login.account.id
