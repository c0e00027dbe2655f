"""A purchase in one call."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_note"),
        ("accounts", "0002_buyer"),
        ("agreements", "0002_stamp"),
        ("catalogue", "0002_offer"),
        ("ledger", "0001_initial"),
        ("numbers", "0005_open"),
        ("standing", "0002_admit"),
    ]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION orders_place;
            DROP FUNCTION orders_first(bigint, uuid);
            """,
        )
    ]
