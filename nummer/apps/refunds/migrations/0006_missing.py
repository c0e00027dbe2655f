from pathlib import Path

import django.contrib.postgres.fields
from django.db import migrations, models

HERE = Path(__file__).parent


class Migration(migrations.Migration):
    dependencies = [("refunds", "0005_payouts_found")]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="unsaid",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=12), default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="claim",
            name="state",
            field=models.CharField(
                choices=[
                    ("unconfirmed", "Unconfirmed"),
                    ("waiting", "Waiting"),
                    ("held", "Held"),
                    ("missing", "Missing"),
                    ("decided", "Decided"),
                ],
                max_length=11,
            ),
        ),
        migrations.RunSQL(
            [(HERE / "missing.sql").read_text()], [(HERE / "missing_back.sql").read_text()]
        ),
    ]
