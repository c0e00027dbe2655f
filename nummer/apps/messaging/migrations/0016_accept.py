"""Accepting texts that were priced by what the caller remembers (ADR 360)."""

from pathlib import Path

from django.db import migrations

_HERE = Path(__file__)
_DROP_FIRST = """DROP FUNCTION messaging_submit(
  bigint, uuid, text, uuid[], uuid[], uuid[], text[], text[], bytea[], bytea[], smallint[], uuid[],
  bigint[], bigint[], text[], boolean[], boolean, bigint[], text, uuid, timestamptz, timestamptz)"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0015_owed"),
        ("catalogue", "0010_rateversion"),
        ("standing", "0001_initial"),
        ("accounts", "0001_initial"),
        ("outbound", "0002_pass"),
    ]
    operations = [
        migrations.RunSQL(_HERE.with_suffix(".sql").read_text(), "DROP FUNCTION messaging_accept"),
        migrations.RunSQL(_DROP_FIRST, (_HERE.parent / "0013_sending.sql").read_text()),
    ]
