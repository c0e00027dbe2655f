"""SMS of rented numbers are announced by the statement that stores them; see the SQL beside."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_inbox"), ("webhooks", "0002_announce")]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(),
            _HERE.with_name("0011_inbox.sql").read_text(),
        ),
    ]
