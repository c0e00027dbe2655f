"""Reads who runs this installation: operator.toml in NUMMER_HOME, in the sandbox an example."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import Locale
from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from nummer.config.env import Environment, environment
from nummer.kernel.money import known_currencies
from nummer.kernel.operator import (
    BankAccount,
    Body,
    Company,
    Opening,
    Operator,
    Supervisor,
    Watch,
)
from nummer.kernel.phone import PhoneNumber
from nummer.policy import calendar

FILE: Final = "operator.toml"
EXAMPLE: Final = Path(__file__).with_name("operator_example.toml")

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPENING: Final = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? (\d\d:\d\d)-(\d\d:\d\d)", re.ASCII)
_MAILBOX: Final = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]+")


@cache
def operator() -> Operator:
    """Return the operator of this installation. Raises ValueError with all that is wrong."""
    env = environment()
    try:
        found = read_operator(operator_file(env))
        if env.mode == "production":
            _require_own_accounts(found)
    except ValueError as wrong:
        raise ValueError(f"NUMMER_HOME: {wrong}") from None
    return found


def operator_file(env: Environment) -> Path:
    """Return the file that counts: the operator's own, or the sandbox's example."""
    own = env.home / FILE
    return EXAMPLE if env.mode == "sandbox" and not own.exists() else own


def read_operator(path: Path) -> Operator:
    """Read a file. Raises ValueError: one sentence that lists everything missing or wrong."""
    written = _table(path)
    found: dict[str, Any] = {}
    known = {**_FACTS, **_OPTIONAL}
    wrong = [f"knows no {name}" for name in sorted(written.keys() - known.keys())]
    for name in written.keys() & known.keys():
        try:
            found[name] = known[name](written[name])
        except ValueError as reason:
            wrong.append(f"{name}: {reason}")
    if missing := [name for name in _FACTS if name not in written]:
        wrong.insert(0, f"lacks {', '.join(missing)}")
    if wrong:
        raise ValueError(f"{path} {'; '.join(wrong)}")
    return _operator(found)


def _require_own_accounts(found: Operator) -> None:
    """Refuse an account of the example, to which customers would pay in vain."""
    strange = {account.iban for account in read_operator(EXAMPLE).accounts}
    if any(account.iban in strange for account in found.accounts):
        raise ValueError(f"{FILE} bank: still names an account of the example")


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as reason:
        raise ValueError(f"{path} is not TOML: {reason}") from None


def _operator(found: Mapping[str, Any]) -> Operator:
    return Operator(
        brand=found["brand"],
        company=Company(
            found["name"], found["address"], found["country"], found["register_number"]
        ),
        seat=found["seat"],
        represented_by=found["represented_by"],
        register=found["register"],
        tax_number=found["tax_number"],
        group=found["group"],
        phone=found["phone"],
        mailbox=found["mailbox"],
        hours=found["hours"],
        zone=found["time_zone"],
        supervision=found["supervision"],
        disputes=found["disputes"],
        accounts=found.get("bank", ()),
    )


def _text(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ValueError("must be a text")
    if not given.isprintable() or set("{}<>") & set(given):
        raise ValueError("must be one line without braces and angle brackets")
    return given.strip()


def _lines(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        raise ValueError("must be a list of lines")
    return tuple(_text(line) for line in given)


def _country(given: object) -> str:
    code = _text(given)
    if len(code) != 2 or code not in Locale("en").territories:  # noqa: PLR2004 -- ISO 3166
        raise ValueError("must be a country of ISO 3166 such as NO")
    return code


def _own_country(given: object) -> str:
    """Read the country whose holidays count for our deadlines (RP-T3)."""
    code = _country(given)
    if not calendar.known_country(code):
        raise ValueError(f"has no calendar of public holidays for {code}")
    return code


def _phone(given: object) -> PhoneNumber:
    try:
        return PhoneNumber.parse(_text(given))
    except ValueError:
        raise ValueError("must be a phone number with its country code") from None


def _mailbox(given: object) -> str:
    address = _text(given) if isinstance(given, str) else ""
    if not _MAILBOX.fullmatch(address):
        raise ValueError("must be an e-mail address")
    return address


def _zone(given: object) -> ZoneInfo:
    try:
        return ZoneInfo(_text(given))
    except (ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError("must be a time zone such as Europe/Oslo") from None


def _hours(given: object) -> tuple[Opening, ...]:
    return tuple(_opening(line) for line in _lines(given))


def _opening(line: str) -> Opening:
    found = _OPENING.fullmatch(line)
    first, last, opens, closes = found.groups() if found else ("", "", "", "")
    last = last or first
    try:
        days = _DAYS.index(first), _DAYS.index(last)
        hours = time.fromisoformat(opens), time.fromisoformat(closes)
    except ValueError:
        raise ValueError('must be written like "mon-fri 09:00-16:00"') from None
    if days[0] > days[1] or hours[0] >= hours[1]:
        raise ValueError("must begin before they end")
    return Opening(*days, *hours)


def _group(given: object) -> tuple[Company, ...]:
    return tuple(_company(table) for table in _tables(given))


def _company(table: Mapping[str, object]) -> Company:
    facts = {"name": _text, "address": _lines, "country": _country, "register_number": _text}
    read = _keys(table, facts)
    return Company(read["name"], read["address"], read["country"], read["register_number"])


def _supervision(given: object) -> tuple[Supervisor, ...]:
    bodies = []
    for table in _tables(given):
        read = _keys(table, {"watches": _watch, "name": _text, "url": _url})
        bodies.append(Supervisor(read["watches"], Body(read["name"], read["url"])))
    if Watch.DATA_PROTECTION not in {body.watch for body in bodies}:
        raise ValueError(f'needs one that watches "{Watch.DATA_PROTECTION.value}"')
    return tuple(bodies)


def _disputes(given: object) -> tuple[Body, ...]:
    tables = [_keys(table, {"name": _text, "url": _url}) for table in _tables(given)]
    if not tables:
        raise ValueError("needs at least one body")
    return tuple(Body(read["name"], read["url"]) for read in tables)


def _banks(given: object) -> tuple[BankAccount, ...]:
    facts = {
        "currency": _currency,
        "beneficiary": _text,
        "bank": _text,
        "iban": _iban,
        "bic": _bic,
        "kid": _kid,
    }
    accounts = []
    for table in _tables(given):
        read = _keys({"kid": "", **table}, facts)
        accounts.append(BankAccount(**read))
    for each in ("currency", "iban"):
        if len({getattr(one, each) for one in accounts}) < len(accounts):
            raise ValueError(f"two of them have the same {each}")
    return tuple(accounts)


def _currency(given: object) -> str:
    code = _text(given)
    if code not in known_currencies():
        raise ValueError("must be a currency of ISO 4217 such as EUR")
    return code


def _iban(given: object) -> str:
    try:
        return str(iban.validate(_text(given)))
    except ValidationError:
        raise ValueError("must be an IBAN with right check digits") from None


def _bic(given: object) -> str:
    try:
        return str(bic.validate(_text(given)))
    except ValidationError:
        raise ValueError("must be a BIC such as DNBANOKK") from None


def _kid(given: object) -> str:
    if given not in ("", "mod10", "mod11"):
        raise ValueError("must be mod10 or mod11, as agreed with the bank, or left out")
    return str(given)


def _watch(given: object) -> Watch:
    try:
        return Watch(_text(given))
    except ValueError:
        raise ValueError(f"must be one of {', '.join(Watch)}") from None


def _url(given: object) -> str:
    url = _text(given)
    if not url.startswith("https://") or any(sign in url for sign in ' "()'):
        raise ValueError("must begin with https://")
    return url


def _tables(given: object) -> list[Mapping[str, object]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValueError("must be a list of tables")
    return given


def _keys(
    table: Mapping[str, object], facts: Mapping[str, Callable[[object], Any]]
) -> dict[str, Any]:
    if wrong := table.keys() ^ facts.keys():
        raise ValueError(f"unknown or missing: {', '.join(sorted(wrong))}")
    read = {}
    for name, fact in facts.items():
        try:
            read[name] = fact(table[name])
        except ValueError as reason:
            raise ValueError(f"{name} {reason}") from None
    return read


_OPTIONAL: Final[Mapping[str, Callable[[object], Any]]] = {"bank": _banks}
_FACTS: Final[Mapping[str, Callable[[object], Any]]] = {
    "name": _text,
    "brand": _text,
    "address": _lines,
    "country": _own_country,
    "seat": _text,
    "represented_by": _text,
    "register": _text,
    "register_number": _text,
    "tax_number": _text,
    "phone": _phone,
    "mailbox": _mailbox,
    "time_zone": _zone,
    "hours": _hours,
    "group": _group,
    "supervision": _supervision,
    "disputes": _disputes,
}
