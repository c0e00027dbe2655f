"""Finding a free slot and opening its window as functions, so that a purchase calls them in SQL."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbers", "0004_import")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION numbers_open(bigint, uuid, uuid, bigint, text, text, text, text,
                                       timestamptz, timestamptz);
            DROP FUNCTION numbers_free_slot(text, text, text, text[]);
            """,
        )
    ]
