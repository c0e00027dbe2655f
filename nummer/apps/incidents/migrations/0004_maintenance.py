"""Work that is planned."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0003_blocked"),
    ]

    operations = [
        migrations.CreateModel(
            name="Maintenance",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("words", models.CharField(max_length=500)),
                ("begins_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("published_at", models.DateTimeField()),
                ("called_off_at", models.DateTimeField(null=True)),
                ("actor", models.CharField(max_length=40)),
            ],
            options={
                "indexes": [models.Index(fields=["ends_at"], name="maintenance_in_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("begins_at__gte", models.F("published_at")),
                            ("ends_at__gt", models.F("begins_at")),
                        ),
                        name="maintenance_lasts_and_is_said_before",
                    )
                ],
            },
        ),
    ]
