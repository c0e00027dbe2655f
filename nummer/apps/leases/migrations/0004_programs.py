"""What programs need of leases: names of numbers, and leases for one period."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leases", "0003_places"),
    ]

    operations = [
        migrations.CreateModel(
            name="Label",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "lease_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("lease_id", models.UUIDField()),
                ("text", models.BinaryField()),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="lease",
            name="for_one_period",
            field=models.BooleanField(default=False),
        ),
    ]
