"""The record's path by time, as block ranges: a line pays next to nothing for it (ADR 427)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX audit_by_time ON audit_line USING brin (at)"
            " WITH (pages_per_range = 32, autosummarize = on)",
            "DROP INDEX audit_by_time",
        ),
    ]
