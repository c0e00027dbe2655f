"""Reads of buyers and keys for the statements of other apps."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION accounts_key_lives(bigint, uuid, text);
            DROP FUNCTION accounts_buyer(bigint);
            """,
        )
    ]
