"""What a carrier says about a block in its own words, and letters about planned work."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_maintenance")]

    operations = [
        migrations.AddField(
            "carriernotice",
            "words",
            models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.CreateModel(
            name="PlanLetter",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "plan_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("plan_id", models.UUIDField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="plan_letter_due")],
            },
        ),
    ]
