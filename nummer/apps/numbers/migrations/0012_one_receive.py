"""Nobody calls the function of before any more."""

from pathlib import Path

from django.db import migrations

_BEFORE = Path(__file__).with_name("0010_one_plan.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("numbers", "0011_one_update"), ("messaging", "0007_fewer_steps")]
    operations = [
        migrations.RunSQL(
            "DROP FUNCTION numbers_receive(bigint[], uuid[], timestamptz[], boolean[],"
            " timestamptz)",
            _BEFORE[_BEFORE.index("-- Bring messages") :],
        ),
    ]
