"""The function that stores a batch of messages in one call."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("numbers", "0003_route")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION messaging_store(
              bigint[], uuid[], uuid[], uuid[], text[], text[], text[], text[], timestamptz[],
              smallint[], bytea[], bytea[], bytea[], bytea[], bytea[], timestamptz);
            """,
        )
    ]
