"""The operator's facts are complete, or the program says all that is missing in one message."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nummer.config.identity import EXAMPLE, read_operator
from nummer.kernel.locale import LANGUAGES
from nummer.kernel.operator import Watch
from tests.config.test_command_line import command

FACTS = re.findall(r"^([a-z_]+) =", EXAMPLE.read_text().split("[[group]]")[0], re.MULTILINE)


def changed(folder: Path, old: str, new: str) -> Path:
    """Write the example with one thing changed."""
    text = EXAMPLE.read_text()
    assert old in text
    path = folder / "operator.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_the_example_is_complete() -> None:
    found = read_operator(EXAMPLE)
    assert (found.name, found.brand, found.country) == ("Nummer Sandbox AS", "Nummer", "NO")
    assert [one.name for one in found.group] == ["Nummer Sandbox Drift AS"]
    assert found.watching(Watch.DATA_PROTECTION)[0].name == "Datatilsynet"
    assert all(found.blanks(language).values() for language in LANGUAGES)


@pytest.mark.parametrize(
    ("language", "address", "hours"),
    [
        (
            "en",
            "Storgata 1, 0155 Oslo, Norway",
            "Monday-Thursday 09:00-16:00; Friday 09:00-15:00 (Central European Time)",
        ),
        (
            "nb",
            "Storgata 1, 0155 Oslo, Norge",
            "mandag-torsdag 09:00-16:00; fredag 09:00-15:00 (sentraleuropeisk tid)",
        ),
        (
            "de",
            "Storgata 1, 0155 Oslo, Norwegen",
            "Montag-Donnerstag 09:00-16:00; Freitag 09:00-15:00 (Mitteleuropäische Zeit)",
        ),
    ],
)
def test_address_and_hours_are_said_in_the_readers_language(
    language: str, address: str, hours: str
) -> None:
    found = read_operator(EXAMPLE)
    assert found.company.address_line(language) == address
    assert found.hours_said(language).replace("\N{EN DASH}", "-") == hours


def test_production_says_everything_that_is_missing_in_one_message(tmp_path: Path) -> None:
    told = command("run", HOME=str(tmp_path), MODE="production")
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    named = ["NUMMER_PUBLIC_URL", "NUMMER_MAIL_URL", *FACTS, "group", "supervision", "disputes"]
    assert [name for name in named if name not in told.stderr] == []


@pytest.mark.parametrize("words", [["run"], ["migrate"], ["audit"]])
def test_production_without_an_operator_does_nothing(words: list[str], tmp_path: Path) -> None:
    told = command(
        *words,
        HOME=str(tmp_path),
        MODE="production",
        PUBLIC_URL="https://nummer.example",
        MAIL_URL="smtp://127.0.0.1:9",
    )
    assert told.returncode in (1, 2)
    assert f"{tmp_path}/operator.toml lacks name, brand, address" in told.stderr
    assert "Traceback" not in told.stderr


def test_production_takes_no_money_to_an_account_of_the_example(tmp_path: Path) -> None:
    (tmp_path / "operator.toml").write_text(EXAMPLE.read_text())
    told = command(
        "audit",
        HOME=str(tmp_path),
        MODE="production",
        PUBLIC_URL="https://nummer.example",
        MAIL_URL="smtp://127.0.0.1:9",
    )
    assert told.returncode in (1, 2)
    assert "still names an account of the example" in told.stderr


def test_without_an_account_at_a_bank_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "operator.toml"
    path.write_text(EXAMPLE.read_text().split("[[bank]]")[0])
    assert read_operator(path).accounts == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "Nummer Sandbox AS"\n', "", "lacks name"),
        ('seat = "Oslo"', 'seat = ""', "seat: must be a text"),
        ('seat = "Oslo"', 'seat = "{operator_name}"', "seat: must be one line without braces"),
        ('"NO"', '"Norway"', "country: must be a country of ISO 3166"),
        ('"NO"', '"EU"', "country: has no calendar of public holidays for EU"),
        ('"+47 21 23 45 67"', '"21 23 45 67"', "phone: must be a phone number"),
        ('"hello@nummer.example"', '"hello"', "mailbox: must be an e-mail address"),
        ("Europe/Oslo", "Europe/Osl", "time_zone: must be a time zone"),
        ("mon-thu 09", "man-tor 09", "hours: must be written like"),
        ("mon-thu 09:00-16:00", "mon-thu 16:00-09:00", "hours: must begin before they end"),
        ('"data-protection"', '"data"', "supervision: watches must be one of"),
        ('"data-protection"', '"consumers"', 'needs one that watches "data-protection"'),
        ("https://nkom.no", "http://nkom.no", "supervision: url must begin with https://"),
        ('seat = "Oslo"', 'seat = "Oslo"\nfax = "1"', "knows no fax"),
        ('seat = "Oslo"', "seat = Oslo", "is not TOML"),
        ("NO93 8601 1117 947", "NO93 8601 1117 948", "bank: iban must be an IBAN"),
        ("SBOXNOKK", "SBOX", "bank: bic must be a BIC"),
        ('NOKK"\nkid = "mod10"', 'NOKK"\nkid = "mod12"', "bank: kid must be mod10 or mod11"),
        ('currency = "NOK"', 'currency = "KRONER"', "bank: currency must be a currency"),
        ('currency = "NOK"', 'currency = "EUR"', "bank: two of them have the same currency"),
        ('bic = "SBOXNOKK"', 'bic = "SBOXNOKK"\nowner = "x"', "bank: unknown or missing: owner"),
    ],
)
def test_a_wrong_fact_is_named(old: str, new: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read_operator(changed(tmp_path, old, new))


def test_two_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = changed(tmp_path, 'brand = "Nummer"\n', "")
    path.write_text(path.read_text().replace("Europe/Oslo", "nowhere"))
    with pytest.raises(ValueError, match=r"lacks brand; time_zone: must be"):
        read_operator(path)
