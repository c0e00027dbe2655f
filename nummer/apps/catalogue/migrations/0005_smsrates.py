"""What SMS cost, whom, with which carrier, and how well each does."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0004_leaseprice"),
    ]

    operations = [
        migrations.CreateModel(
            name="Parity",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("euro_micro", models.BigIntegerField()),
                ("from_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("currency", "from_at"), name="parity_one_begins_at_a_moment"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("euro_micro__gt", 0)), name="parity_is_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RateStamp",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("stamp", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="rate_stamp_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsCost",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=20)),
                ("prefix", models.CharField(blank=True, max_length=15)),
                ("destination", models.CharField(blank=True, max_length=100)),
                ("currency", models.CharField(max_length=3)),
                ("cost_micro", models.BigIntegerField(null=True)),
                ("from_at", models.DateTimeField()),
                ("import_id", models.UUIDField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["carrier", "prefix", "from_at"], name="sms_cost_list")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("prefix", "carrier", "from_at"),
                        name="sms_cost_one_begins_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cost_micro", None), ("cost_micro__gte", 0), _connector="OR"
                        ),
                        name="sms_cost_is_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("prefix__regex", "^[0-9]*$")),
                        name="sms_cost_prefix_is_digits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsQuality",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier", models.CharField(max_length=20)),
                ("prefix", models.CharField(blank=True, max_length=15)),
                ("sent", models.PositiveIntegerField()),
                ("delivered", models.PositiveIntegerField()),
                ("delay_ms", models.PositiveIntegerField(null=True)),
                ("measured_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("prefix", "carrier"), name="sms_quality_once"),
                    models.CheckConstraint(
                        condition=models.Q(("delivered__lte", models.F("sent"))),
                        name="sms_quality_delivers_what_was_sent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsRate",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("local", models.BooleanField()),
                ("prefix", models.CharField(blank=True, max_length=15)),
                ("net_micro", models.BigIntegerField(null=True)),
                ("from_at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("prefix", "currency", "local", "from_at"),
                        name="sms_rate_one_begins_at_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("net_micro", None), ("net_micro__gt", 0), _connector="OR"
                        ),
                        name="sms_rate_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("prefix__regex", "^[0-9]*$")),
                        name="sms_rate_prefix_is_digits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SmsRoute",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("carrier", models.CharField(max_length=20)),
                ("supplier", models.CharField(max_length=20)),
                ("prefix", models.CharField(blank=True, max_length=15)),
                ("enabled", models.BooleanField()),
                ("priority", models.PositiveSmallIntegerField()),
                ("throughput_per_s", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("prefix", "carrier"), name="sms_route_once"),
                    models.CheckConstraint(
                        condition=models.Q(("prefix__regex", "^[0-9]*$")),
                        name="sms_route_prefix_is_digits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("throughput_per_s__gt", 0)),
                        name="sms_route_lets_something_through",
                    ),
                ],
            },
        ),
    ]
