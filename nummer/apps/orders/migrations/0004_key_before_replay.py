"""A withdrawn key is told no earlier order either."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_place")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            migrations.RunSQL.noop,  # the function of 0003 is called in the same way
        )
    ]
