"""What became of texts, written and told in one call, and every fate can be written (ADR 360)."""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0016_accept"),
        ("outbound", "0002_pass"),
        ("webhooks", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(), (_HERE.parent / "0017_back.sql").read_text()
        ),
        migrations.RemoveIndex(model_name="outgoing", name="outgoing_still_waiting"),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("lease_id__isnull", False), ("state__in", ["queued", "taken"])),
                fields=["queued_at", "account_id", "id"],
                name="outgoing_still_waiting",
            ),
        ),
    ]
