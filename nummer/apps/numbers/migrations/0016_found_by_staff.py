"""How the staff finds an activation by its number or its time: block ranges, which cost an insert
next to nothing (ADR 427)."""

from django.db import migrations

_BRIN = "CREATE INDEX {name} ON numbers_activation USING brin ({column})"


class Migration(migrations.Migration):
    dependencies = [("numbers", "0015_probe_use")]
    operations = [
        migrations.RunSQL(
            _BRIN.format(name=name, column=column)
            + " WITH (pages_per_range = 32, autosummarize = on)",
            f"DROP INDEX {name}",
        )
        for name, column in (
            ("activation_by_public_id", "public_id"),
            ("activation_by_time", "opened_at"),
        )
    ]
