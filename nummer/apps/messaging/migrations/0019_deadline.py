"""Texts that are only worth sending until a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0018_planned_anew")]

    operations = [
        migrations.CreateModel(
            name="Deadline",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["until"], name="deadline_due")],
            },
        ),
    ]
