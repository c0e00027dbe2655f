"""What becomes of texts counts in the charge that they have by then, also of two calls at once."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0020_spending")]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(), (_HERE.parent / "0021_back.sql").read_text()
        )
    ]
