"""The tables that an installation really has keep the rules of growth and of time.

They can be spread over machines by `account_id` later, so what belongs to a customer carries it
everywhere; and the clock is an argument, so SQL never asks for the time itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

import nummer

pytestmark = pytest.mark.django_db

PACKAGE = Path(nummer.__file__).parent

LIBRARIES = re.compile(r"(account|auth|django|mfa|procrastinate|socialaccount|usersessions)_")

DIRECTORY = {  # unsharded: they say whose something is, or hold what is unique for everybody
    "accounts_account": "gives out account_id",
    "accounts_apikey": "a program shows only its key",
    "accounts_authtoken": "a program shows only its sid and token",
    "accounts_subaccount": "a program shows only its sid and token",
    "accounts_login": "an e-mail is one login's; the staff have no account",
    "accounts_phone": "a phone is confirmed by one account",
    "leases_rentable": "a number for rent is one customer's; free ones have no account",
    "numbers_slot": "stock, local to one machine; free slots have no account",
    "payments_reference": "a provider's call names only its own reference",
    "invoices_issued": "a number of an invoice is given out once",
    "cases_casenumber": "a caller and the token of a mail name only the number",
    "notify_dispatch": "what comes back about a mail names only its number",
    "vouchers_voucher": "a code is one customer's; before, nobody's",
    "banking_reference": "a payer says nothing but the reference",
    "banking_entry": "a bank's entry is nobody's until it is matched",
    "audit_line": "the operator's record; deeds about nobody's account are in it too",
}

COMPOSITE_KEY = ("ledger.transfer", "ledger.hold", "ledger.earmark", "messaging_message")

SPREAD_BY_THE_CALLER = {  # rule 6: functions that serve more than one customer at once
    "ledger.post_many",
    "ledger.rollup",
    "leases_elsewhere",
    "leases_route",
    "messaging_fates",
    "messaging_hand_out",
    "messaging_receipts",
    "messaging_report",
    "messaging_reroute",
    "messaging_store",
    "messaging_take",
    "messaging_tell",
    "numbers_receive",
    "numbers_route",
    "outbound_pass",
    "standing_blocked_senders",
    "webhooks_announce",
}

READS_WHAT_IS_NOBODYS = {  # rule 4: reference tables, digits, the directory of stock
    "leases_pieces",
    "agreements_stamp",
    "catalogue_notices_stamp",
    "catalogue_offer",
    "numbers_free_slot",
    "catalogue_rate_stamp",
    "catalogue_rate_version",
    "catalogue_sms_rate",
    "catalogue_sms_routes",
}

CLOCK_READ = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)"
    r"|\b(CURRENT_(DATE|TIME|TIMESTAMP)|LOCALTIME(STAMP)?)\b",
    re.IGNORECASE,
)
STATEMENT = re.compile(r"\b(SELECT|UPDATE|INSERT|DELETE|CREATE|ALTER)\b")
MADE_ID = re.compile(r"\b(gen_random_uuid|uuid_generate_v\d\w*|uuidv\d)\s*\(", re.IGNORECASE)

OURS = "n.nspname NOT LIKE 'pg_%%' AND n.nspname <> 'information_schema'"
NAME = "CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END"


def read(sql: str) -> list[tuple[Any, ...]]:
    """Answer a question to the catalogue of the database, without the libraries' own things."""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(ours=OURS, name=NAME), [])
        return [row for row in cursor.fetchall() if not LIBRARIES.match(row[0])]


def tables_with_account_id() -> dict[str, bool]:
    """Return each table that has `account_id`, and whether it is a bigint that is never null."""
    rows = read(
        """
        SELECT {name} || c.relname, a.attnotnull AND a.atttypid = 'bigint'::regtype
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id'
         WHERE c.relkind IN ('r', 'p') AND {ours}
        """
    )
    return dict(rows)


def customers_tables() -> set[str]:
    return set(tables_with_account_id()) - set(DIRECTORY)


def unique_indexes() -> list[tuple[Any, ...]]:
    """Return (table, index, its columns) of everything that is unique."""
    return read(
        """
        SELECT {name} || c.relname, i.indexrelid::regclass::text,
               ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(n, at)
                       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.n
                      ORDER BY k.at)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE i.indisunique AND {ours}
        """
    )


def test_the_named_tables_exist() -> None:
    known = tables_with_account_id().keys() | {"accounts_account"}

    assert known >= {*DIRECTORY, *COMPOSITE_KEY}


def test_models_and_migrations_say_the_same() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_what_belongs_to_a_customer_says_to_whom() -> None:
    tables = tables_with_account_id()

    assert sorted(table for table in customers_tables() if not tables[table]) == []


def test_whatever_is_unique_is_unique_within_a_customer() -> None:
    ours = customers_tables()

    assert [
        (table, index)
        for table, index, columns in unique_indexes()
        if table in ours and columns[0] != "account_id"
    ] == []


def test_money_and_messages_are_found_by_customer_and_id() -> None:
    keys = {
        table: columns[:2] for table, index, columns in unique_indexes() if index.endswith("_pkey")
    }

    assert [table for table in COMPOSITE_KEY if keys[table] != ["account_id", "id"]] == []


def test_no_foreign_key_joins_a_directory_or_two_apps_over_a_customers_table() -> None:
    ours = customers_tables()
    links = read(
        """
        SELECT {name} || c.relname, f.conname,
               (SELECT CASE m.nspname WHEN 'public' THEN '' ELSE m.nspname || '.' END || t.relname
                  FROM pg_class t JOIN pg_namespace m ON m.oid = t.relnamespace
                 WHERE t.oid = f.confrelid)
          FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE f.contype = 'f' AND {ours}
        """
    )

    assert links
    assert [
        (table, name, target)
        for table, name, target in links
        if (table in ours) != (target in ours) and (table in DIRECTORY or target in DIRECTORY)
    ] == []
    assert [
        (table, name)
        for table, name, target in links
        if table in ours and target in ours and app(table) != app(target)
    ] == []


def app(table: str) -> str:
    """Return the app that a table belongs to."""
    return re.split(r"[._]", table)[0]


def test_a_function_serves_one_customer_or_is_a_named_exception() -> None:
    functions = read(
        """
        SELECT {name} || p.proname, coalesce(p.proargnames[1], ''), p.prorettype::regtype::text,
               coalesce(p.proargtypes[0]::regtype::text, '')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE {ours} AND p.prokind = 'f'
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        """
    )
    callable_ = {name: first for name, first, returns, _ in functions if returns != "trigger"}
    # steps inside the ledger are handed the wallet's row, which holds its account_id
    inner = {name for name, _, _, kind in functions if kind == "ledger.wallet"}
    inner |= {"ledger.refused", "ledger.hold_answered", *READS_WHAT_IS_NOBODYS}

    assert callable_.keys() >= SPREAD_BY_THE_CALLER | READS_WHAT_IS_NOBODYS
    assert {name for name, first in callable_.items() if first != "p_account_id"} - inner == (
        SPREAD_BY_THE_CALLER
    )


def test_no_column_takes_its_time_or_its_id_from_the_database() -> None:
    defaults = read(
        """
        SELECT {name} || c.relname, a.attname::text, pg_get_expr(d.adbin, d.adrelid)
          FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
               JOIN pg_namespace n ON n.oid = c.relnamespace
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
         WHERE {ours}
        """
    )

    assert defaults
    assert [row for row in defaults if CLOCK_READ.search(row[2]) or MADE_ID.search(row[2])] == []


def test_no_function_in_the_database_reads_a_clock() -> None:
    bodies = read(
        """
        SELECT {name} || p.proname, p.prosrc
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE {ours}
        """
    )

    assert bodies
    assert [name for name, body in bodies if CLOCK_READ.search(body) or MADE_ID.search(body)] == []


def statements() -> Iterator[tuple[str, str]]:
    """Return every file of SQL, and every string of the code that is SQL, with its file."""
    for path in sorted(PACKAGE.rglob("*.sql")):
        yield path.name, path.read_text()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and STATEMENT.search(text):
                yield path.name, text


def test_no_statement_of_ours_reads_a_clock_or_makes_an_id() -> None:
    found = list(statements())

    assert len({name for name, _ in found}) > 10, "the statements are found"
    wrong = {name for name, sql in found if CLOCK_READ.search(sql) or MADE_ID.search(sql)}
    assert wrong == {"machine.py"}, "`nummer check` alone asks: it compares the two clocks"


@pytest.mark.parametrize("sql", ["SELECT now()", "at < CURRENT_TIMESTAMP", "SELECT now ( )"])
def test_a_read_of_the_clock_is_seen(sql: str) -> None:
    assert CLOCK_READ.search(sql)


@pytest.mark.parametrize("sql", ["WHERE at < p_now", "TO CURRENT_USER", "known()"])
def test_a_moment_handed_in_is_no_read_of_the_clock(sql: str) -> None:
    assert not CLOCK_READ.search(sql)
