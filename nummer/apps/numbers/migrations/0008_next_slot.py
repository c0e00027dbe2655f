"""An index in whose order free slots are sold."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbers", "0007_receive_in_place")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            Path(__file__)
            .with_name("0005_open.sql")
            .read_text()
            .partition("-- Give a slot")[0]
            .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
            + "DROP INDEX slot_next;",
        )
    ]
