"""Announcing as a function of the database, for statements that cannot leave it; see the SQL."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            "DROP FUNCTION webhooks_announce("
            "bigint[], uuid[], text[], text[], uuid[], uuid[], text[], timestamptz)",
        ),
    ]
