"""Carriers' price lists, compared before they are taken over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0007_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="smscost",
            name="reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.CreateModel(
            name="SmsList",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=20)),
                ("currency", models.CharField(max_length=3)),
                ("decimal", models.CharField(max_length=1)),
                ("whole", models.BooleanField()),
                ("from_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("comparing", "Comparing"),
                            ("ready", "Ready"),
                            ("taken", "Taken"),
                            ("dropped", "Dropped"),
                        ],
                        max_length=9,
                    ),
                ),
                ("actor", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField()),
                ("content", models.BinaryField()),
                ("total", models.PositiveIntegerField()),
                ("done", models.PositiveIntegerField(default=0)),
                ("stamp", models.BigIntegerField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False), ("state__in", ["taken", "dropped"])
                            ),
                            models.Q(
                                ("ended_at", None),
                                ("ended_by", ""),
                                ("state__in", ["comparing", "ready"]),
                            ),
                            _connector="OR",
                        ),
                        name="sms_list_ended_exactly_at_its_end",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsListLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "list_id",
                        "prefix",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("list_id", models.UUIDField()),
                ("prefix", models.CharField(max_length=15)),
                ("line", models.PositiveIntegerField(null=True)),
                ("destination", models.CharField(blank=True, max_length=100)),
                ("change", models.CharField(max_length=7)),
                ("cost_micro", models.BigIntegerField(null=True)),
                ("before_micro", models.BigIntegerField(null=True)),
                ("before_currency", models.CharField(blank=True, max_length=3)),
                ("change_bp", models.IntegerField(null=True)),
                ("from_at", models.DateTimeField()),
                ("sold_micro", models.BigIntegerField(null=True)),
                ("sold_currency", models.CharField(blank=True, max_length=3)),
                ("margin_bp", models.IntegerField(null=True)),
                ("loss", models.BooleanField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["list_id", "change", "prefix"], name="sms_list_line_change"
                    ),
                    models.Index(
                        condition=models.Q(("loss", True)),
                        fields=["list_id", "prefix"],
                        name="sms_list_line_loss",
                    ),
                ],
            },
        ),
    ]
