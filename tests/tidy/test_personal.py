"""Every column of every table says what it keeps about people (PP-1.1)."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, models

import nummer
from nummer.apps.accounts.personal import THIRD_PARTY
from nummer.apps.vault.fields import SealedField
from nummer.config.jobs import offered_jobs
from nummer.policy.privacy import Inventory, Keep, NotPersonal, Personal

COLUMNS = """
    SELECT table_schema, table_name, column_name, data_type
      FROM information_schema.columns JOIN information_schema.tables
           USING (table_catalog, table_schema, table_name)
     WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'
"""


def inventories() -> Iterator[Inventory]:
    for module in pkgutil.walk_packages(nummer.__path__, "nummer."):
        if module.name.endswith(".personal"):
            yield import_module(module.name).PERSONAL
    yield THIRD_PARTY


def inventory() -> Inventory:
    merged: Inventory = {}
    for part in inventories():
        assert not merged.keys() & part.keys(), "a table is described by one app"
        merged.update(part)
    return merged


def personal() -> Iterator[tuple[str, str, Personal]]:
    for table, columns in inventory().items():
        for column, entry in columns.items():
            if isinstance(entry, Personal):
                yield table, column, entry


def real_columns() -> dict[tuple[str, str], str]:
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        return {
            (table if schema == "public" else f"{schema}.{table}", column): kind
            for schema, table, column, kind in cursor.fetchall()
        }


def sealed_columns() -> set[tuple[str, str]]:
    return {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, SealedField)
    }


@pytest.mark.django_db
def test_every_column_is_classified_and_nothing_else() -> None:
    described = {(table, column) for table, columns in inventory().items() for column in columns}
    # the cache's table is made by a command of its own, not by a migration
    existing = set(real_columns()) | {("config_cache", c) for c in THIRD_PARTY["config_cache"]}

    assert sorted(existing - described) == [], "columns that nobody classified"
    assert sorted(described - existing) == [], "classified columns that are gone"


def test_a_personal_column_is_sealed_or_says_why_not() -> None:
    sealed = sealed_columns()

    assert [
        (table, column)
        for table, column, entry in personal()
        if not entry.plain and (table, column) not in sealed
    ] == []


def test_a_sealed_column_is_personal_and_does_not_excuse_itself() -> None:
    known = {(table, column): entry for table, column, entry in personal()}

    for place in sealed_columns():
        entry = known.get(place)
        assert entry is not None, f"{place} is sealed, so it is about somebody"
        assert not entry.plain, f"{place} is sealed and has nothing to excuse"


def test_a_sealed_column_names_its_key() -> None:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SealedField):
                assert field.klass is not None, f"{model.__name__}.{field.name}"


@pytest.mark.django_db
def test_a_sealed_column_holds_bytes() -> None:
    kinds = real_columns()

    assert {kinds[place] for place in sealed_columns()} == {"bytea"}


def test_only_what_names_nobody_is_kept_for_ever() -> None:
    for table, column, entry in personal():
        if entry.kept is Keep.ALWAYS:
            assert entry.erased.name == "KEPT", f"{table}.{column}"


def test_no_reason_is_a_shrug() -> None:
    for columns in inventory().values():
        for entry in columns.values():
            why = entry.why if isinstance(entry, NotPersonal) else entry.plain or "sealed"
            assert len(why) >= 5


def test_free_forms_are_declared_too() -> None:
    """A JSON column can hold anything, so its entry must say what it holds."""
    for model in apps.get_models():
        if not model._meta.app_config or not model._meta.app_config.name.startswith("nummer."):
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.JSONField):
                entry = inventory()[model._meta.db_table][field.column]
                why = entry.why if isinstance(entry, NotPersonal) else entry.plain
                assert len(why) >= 20, f"{model._meta.db_table}.{field.column}"


def test_jobs_are_handed_ids_only() -> None:
    """Job arguments stand in a table in clear, so no job may ask for anything but ids."""
    for name, do in offered_jobs().items():
        for parameter in inspect.signature(do, eval_str=True).parameters.values():
            assert parameter.name.endswith("_id"), f"{name}: {parameter.name}"
            assert parameter.annotation in (int, str), f"{name}: {parameter.name}"
