"""What an account lets itself spend on texts within a day is judged where they are accepted."""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__)
_BEFORE = (_HERE.parent / "0016_accept.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("messaging", "0019_deadline")]
    operations = [
        migrations.AddField("sender", "spend_max_micro", models.BigIntegerField(null=True)),
        migrations.AddField("sender", "spent_micro", models.BigIntegerField(db_default=0)),
        migrations.RunSQL(
            _HERE.with_suffix(".sql").read_text(),
            _BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
        ),
    ]
