"""A word that changes whenever the texts in force do."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_initial")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            "DROP FUNCTION agreements_stamp(timestamptz)",
        )
    ]
