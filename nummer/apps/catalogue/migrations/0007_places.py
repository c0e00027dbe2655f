"""Cities, and what holds for the numbers for rent of a country and kind."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0006_smsrating"),
    ]

    operations = [
        migrations.CreateModel(
            name="City",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("region", models.CharField(blank=True, max_length=6)),
                ("region_name", models.CharField(blank=True, max_length=60)),
                ("area", models.CharField(blank=True, max_length=6)),
                ("names", models.JSONField()),
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
                        fields=("country", "code"), name="city_once_per_country"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LeaseTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=10)),
                ("delivery_h", models.PositiveSmallIntegerField()),
                ("papers", models.JSONField(default=list)),
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
                        fields=("country", "kind"), name="lease_terms_stand_once"
                    )
                ],
            },
        ),
    ]
