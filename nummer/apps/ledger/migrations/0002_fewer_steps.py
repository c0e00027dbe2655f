"""The verbs' short ways, and tables that ask less of each posting (ADR 25)."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    """There is no way back but a restore: 0001 would check rows that only the verbs vouch for."""

    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (HERE / "0002_tables.sql").read_text() + (HERE / "0002_functions.sql").read_text()
        )
    ]
