"""Reads of offers and notices for the statements of other apps."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION catalogue_notices_stamp();
            DROP FUNCTION catalogue_offer(text, text, text, text, timestamptz);
            """,
        )
    ]
