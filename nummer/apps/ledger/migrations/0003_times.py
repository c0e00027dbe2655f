"""The journal's path by time, as block ranges: an insert pays next to nothing for it (ADR 391)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0002_fewer_steps"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX transfer_by_time ON ledger.transfer USING brin (booked_at)"
            " WITH (pages_per_range = 32, autosummarize = on)",
            "DROP INDEX ledger.transfer_by_time",
        ),
    ]
