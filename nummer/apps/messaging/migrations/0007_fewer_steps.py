"""Storing a batch takes fewer steps, and a batch without repeats one look; see the SQL beside."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)
_STORE = "ALTER FUNCTION messaging_store"
_BEFORE = (
    _HERE.with_name("0005_one_seal.sql")
    .read_text()
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0006_one_plan"), ("numbers", "0011_one_update")]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(),
            f"{_BEFORE}; {_STORE} RESET ALL; {_STORE} SET plan_cache_mode = force_generic_plan;"
            f" {_STORE} SET enable_seqscan = off",
        ),
    ]
