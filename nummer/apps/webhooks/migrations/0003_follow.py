"""Addresses that follow one subject alone, and announcing that knows them; see the SQL."""

from pathlib import Path

from django.db import migrations, models


_SQL = Path(__file__).with_suffix(".sql").read_text()
_BEFORE = (Path(__file__).parent / "0002_announce.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0002_announce"),
    ]

    operations = [
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "subject_id",
                        "endpoint_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("subject_id", models.UUIDField()),
                ("endpoint_id", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="webhook_follow_old")],
            },
        ),
        migrations.RunSQL(_SQL, _BEFORE.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
    ]
