"""Reads of rates and routes for SMS, and how often they changed."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0005_smsrates")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            """
            DROP FUNCTION catalogue_sms_routes(text[], timestamptz);
            DROP FUNCTION catalogue_sms_rate(text[], boolean, text, text, timestamptz);
            DROP FUNCTION catalogue_rate_stamp();
            """,
        ),
    ]
