"""The two functions that bring an SMS to the activation that holds its number."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbers", "0002_public_id")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION numbers_receive(bigint[], uuid[], timestamptz[], boolean[], timestamptz);
            DROP FUNCTION numbers_route(text[]);
            """,
        )
    ]
