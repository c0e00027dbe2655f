"""The ledger's schema: tables, the verbs as functions, and what the application may do."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    """Written in SQL: keys, constraints and functions are the design here."""

    initial = True

    dependencies = []

    operations = [
        # The role belongs to the whole server and stays when this database's ledger goes.
        migrations.RunSQL((HERE / "0001_role.sql").read_text(), migrations.RunSQL.noop),
        migrations.RunSQL(
            (HERE / "0001_tables.sql").read_text() + (HERE / "0001_functions.sql").read_text(),
            "DROP SCHEMA ledger CASCADE",
        ),
    ]
