"""Sums of visits, by day and kind of page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="PageDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "page",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("page", models.CharField(max_length=100)),
                ("views", models.BigIntegerField(default=0)),
                ("timed", models.BigIntegerField(default=0)),
                ("seconds", models.BigIntegerField(default=0)),
            ],
        ),
    ]
