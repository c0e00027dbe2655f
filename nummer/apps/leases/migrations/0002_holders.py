"""Whose a number for rent was at a moment, asked by batches of SMS; see the SQL beside."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leases", "0001_initial")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION leases_route(text[], timestamptz);
            DROP FUNCTION leases_elsewhere(bigint[], uuid[], text[], timestamptz[], boolean[]);
            """,
        ),
    ]
