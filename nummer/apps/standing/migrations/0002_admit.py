"""The judgement and the count of an order as functions, so that a purchase calls them in SQL."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("standing", "0001_initial")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION standing_count(bigint, timestamptz);
            DROP FUNCTION standing_admit(bigint, text, text, integer[], timestamptz);
            """,
        )
    ]
