"""A stopped number sends nothing, the others of its account go on; services stop no sending."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)
_BEFORE = (_HERE.parent / "0020_spending.sql").read_text()
_SETTINGS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")  # replacing resets them


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0024_minutes"),
        ("standing", "0004_stopped_number"),
    ]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(),
            _BEFORE
            + "; ".join(f"ALTER FUNCTION messaging_accept SET {name} = off" for name in _SETTINGS),
        )
    ]
