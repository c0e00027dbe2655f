"""Digits anywhere are looked up among the numbers of one country and kind (ADR 240)."""

from pathlib import Path

from django.db import migrations

_BEFORE = Path(__file__).with_name("0003_places.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("leases", "0012_words_sealed")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            "DROP INDEX rentable_free_by_pieces;"
            f" DROP FUNCTION leases_pieces(text, text, text); {_BEFORE}",
        )
    ]
