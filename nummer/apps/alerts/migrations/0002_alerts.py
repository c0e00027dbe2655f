"""What was wrong, and when each thing is looked at next."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                ("kind", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("due_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("subject", models.CharField(max_length=100)),
                ("said", models.CharField(max_length=300)),
                ("seen_at", models.DateTimeField()),
                ("raised_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("times_told", models.PositiveIntegerField(default=0)),
                ("cleared_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at", None)),
                        fields=("kind", "subject"),
                        name="alert_open_once",
                    )
                ],
            },
        ),
    ]
