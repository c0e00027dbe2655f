"""Activations are locked and changed by one statement; see the SQL beside this file.

The function of before stays until messaging calls the new one (0012), which takes other arguments.
"""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)
_BEFORE = _HERE.with_name("0010_one_plan.sql").read_text()
_ROUTE_BEFORE = _BEFORE[: _BEFORE.index("-- Bring messages")]
_DROP = "DROP FUNCTION numbers_receive(bigint[], uuid[], timestamptz[], text[], timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("numbers", "0010_one_plan")]
    operations = [
        migrations.RunSQL(_HERE.with_suffix(".sql").read_text(), _ROUTE_BEFORE + _DROP),
    ]
