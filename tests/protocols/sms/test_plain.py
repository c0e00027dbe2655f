"""Typographic characters and what is sent for them."""

from __future__ import annotations

import pytest

from nummer.protocols.sms.plain import plainer


@pytest.mark.parametrize(
    ("said", "text", "sent"),
    [
        ("what fits already stays", "Hei på deg, 5 €", "Hei på deg, 5 €"),
        ("quotes, dashes, dots", "\u201ea\u201c \u2013 \u2018b\u2019\u2026", "\"a\" - 'b'..."),
        ("hard and invisible spaces", "5\u00a0kr\u200b \ufeffx", "5 kr x"),
        ("one other letter keeps all as it is", "\u201c日本\u201d", "\u201c日本\u201d"),
        ("nothing", "", ""),
    ],
)
def test_characters_become_plain_where_the_whole_text_fits_then(
    said: str, text: str, sent: str
) -> None:
    assert plainer(text) == sent, said
