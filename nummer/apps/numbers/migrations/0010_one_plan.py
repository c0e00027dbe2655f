"""The functions on the way of an SMS keep their plans; see the SQL beside this file."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)
_DROP = """
DROP FUNCTION numbers_receive(bigint[], uuid[], timestamptz[], boolean[], timestamptz);
DROP FUNCTION numbers_route(text[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("numbers", "0009_one_path_to_free_slots")]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(),
            _DROP + _HERE.with_name("0007_receive_in_place.sql").read_text(),
        ),
    ]
