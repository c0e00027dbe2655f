"""All languages of a version at one moment, and the notice that was promised with it."""

from pathlib import Path

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0002_stamp")]
    operations = [
        migrations.AddField(
            model_name="published",
            name="notice_days",
            field=models.PositiveSmallIntegerField(default=14),
        ),
        migrations.RunSQL(
            Path(__file__).with_suffix(".sql").read_text(),
            "DROP TRIGGER published_together ON agreements_published;"
            "DROP FUNCTION agreements_published_together()",
        ),
    ]
