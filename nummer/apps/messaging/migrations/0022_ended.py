"""A text leaves from no number whose lease has ended."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0021_charged_apart"), ("leases", "0001_initial")]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(), (_HERE.parent / "0022_back.sql").read_text()
        )
    ]
