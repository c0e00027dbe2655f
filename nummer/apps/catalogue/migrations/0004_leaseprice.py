"""Prices of numbers that are rented by the month."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0003_partner"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeasePrice",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=10)),
                ("currency", models.CharField(max_length=3)),
                ("monthly_net_micro", models.BigIntegerField(null=True)),
                ("setup_net_micro", models.BigIntegerField()),
                ("from_at", models.DateTimeField()),
                (
                    "country",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="catalogue.country"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "kind", "currency", "from_at"),
                        name="lease_price_one_begins_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("monthly_net_micro", None),
                                ("monthly_net_micro__gt", 0),
                                _connector="OR",
                            ),
                            ("setup_net_micro__gte", 0),
                        ),
                        name="lease_price_is_positive",
                    ),
                ],
            },
        ),
    ]
