"""The page on which a newcomer reads his codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from nummer.suppliers.sandbox import carrier_control, page
from nummer.suppliers.sandbox.mail import Mail

pytestmark = pytest.mark.usefixtures("db")
AT = "2026-11-22T12:00:00+00:00"


@pytest.fixture(autouse=True)
def world(settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one mail and one SMS have gone out, both with what a page must not run."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.SANDBOX_FOLDER = tmp_path / "sandbox"
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    texts = [{"to": "+12125550100", "from": "Nummer", "text": "<b>4821</b>", "sent_at": AT}]
    sent = [
        Mail("a@example.com", f"<i>{n}</i>", "Go to http://127.0.0.1:8000/x<script>", "", AT)
        for n in range(40)
    ]
    monkeypatch.setattr(carrier_control, "sent", lambda **_: texts)
    monkeypatch.setattr(page, "mails", lambda: sent)


def test_mails_and_texts_are_shown_newest_first_and_inert() -> None:
    shown = Client().get("/sandbox/").content.decode()

    assert "&lt;b&gt;4821&lt;/b&gt;" in shown
    assert 'href="http://127.0.0.1:8000/x' in shown
    assert "<script>" not in shown.replace("<script src", "")
    assert shown.index("&lt;i&gt;39&lt;/i&gt;") < shown.index("&lt;i&gt;10&lt;/i&gt;")
    assert "&lt;i&gt;9&lt;/i&gt;" not in shown


def test_the_lists_alone_are_asked_for_again_and_again() -> None:
    answer = Client().get("/sandbox/news")

    assert b"<html" not in answer.content
    assert b"4821" in answer.content
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("language", ["en", "nb", "de"])
def test_the_page_speaks_three_languages(language: str) -> None:
    shown = Client().get("/sandbox/", headers={"accept-language": language}).content.decode()

    assert f'<html lang="{language}">' in shown


def test_a_text_for_no_number_is_refused_beside_its_field() -> None:
    shown = Client().post("/sandbox/", {"to": "12", "sender": "X", "text": "y"}).content.decode()

    assert '<span class="error">Give a phone number with + and its digits.</span>' in shown


def test_a_carrier_that_does_not_run_is_said_so() -> None:
    call = {"to": "+47 594 40 001", "sender": "Telegram", "text": "Code 12345"}

    shown = Client().post("/sandbox/", call).content.decode()

    assert "The carrier is not running." in shown


def test_the_carrier_delivers_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str, str]] = []

    def deliver(to: str, *, sender: str, text: str, home: Path) -> dict[str, object]:
        told.append((to, sender, text))
        return {"sent": 1, "acknowledged": 1, "refused": []}

    monkeypatch.setattr(carrier_control, "deliver", deliver)
    call = {"to": "+47 594 40 001", "sender": "Telegram", "text": "Code 12345"}

    shown = Client().post("/sandbox/", call).content.decode()

    assert told == [("+4759440001", "Telegram", "Code 12345")]
    assert "Delivered and acknowledged." in shown
