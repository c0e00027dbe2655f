"""Partners, and which of their pushes were taken."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_offer"),
    ]

    operations = [
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=20, unique=True)),
                ("key_sha256", models.BinaryField(unique=True)),
                ("key", models.BinaryField()),
                ("url", models.CharField(blank=True, max_length=300)),
                ("added_at", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PartnerPush",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "partner_id",
                        "push_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("push_id", models.BigIntegerField()),
                ("taken_at", models.DateTimeField()),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalogue.partner",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["taken_at"], name="partner_push_taken")],
            },
        ),
    ]
