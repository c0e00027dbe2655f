"""What becomes of texts, for many at a time, and the money of those of rented numbers."""

from pathlib import Path

from django.db import migrations, models

_DROP = """
DROP FUNCTION messaging_receipts(text[], text[], boolean[], timestamptz);
DROP FUNCTION messaging_reroute(text[], integer);
DROP FUNCTION messaging_fates(
  bigint[], uuid[], text[], text[], text[], bigint[], text[], timestamptz, timestamptz);
DROP FUNCTION messaging_close(bigint, uuid, timestamptz, timestamptz);
DROP FUNCTION messaging_take(text[], integer[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0013_sending")]
    operations = [
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("lease_id__isnull", False), ("state", "queued")),
                fields=["queued_at", "account_id", "id"],
                name="outgoing_still_waiting",
            ),
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), _DROP),
    ]
