"""Routes say whether a person allowed their cost to be above what it brings."""

from pathlib import Path

from django.db import migrations

_BEFORE = Path(__file__).with_name("0006_smsrating.sql").read_text()
_DROP = "DROP FUNCTION catalogue_sms_routes(text[], timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0008_smslists")]
    operations = [
        migrations.RunSQL(
            _DROP + Path(__file__).with_suffix(".sql").read_text(),
            _DROP + _BEFORE[_BEFORE.index("-- Which carriers take an SMS") :],
        ),
    ]
