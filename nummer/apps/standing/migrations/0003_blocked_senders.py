"""Asking for blocked senders as a function, so that the way of an SMS asks in one round trip."""

from pathlib import Path

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("standing", "0002_admit")]
    operations = [
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            "DROP FUNCTION standing_blocked_senders(text[])",
        )
    ]
