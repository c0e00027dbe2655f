"""Texts of rented numbers: their price, their money, and the call that accepts them."""

from pathlib import Path

import django.db.models.expressions
from django.db import migrations, models

_SQL = Path(__file__).with_suffix(".sql").read_text()
_DROP = """DROP FUNCTION messaging_submit(
  bigint, uuid, text, uuid[], uuid[], uuid[], text[], text[], bytea[], bytea[], smallint[], uuid[],
  bigint[], bigint[], text[], boolean[], boolean, bigint[], text, uuid, timestamptz, timestamptz)"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0012_announced"),
        ("leases", "0001_initial"),
        ("ledger", "0002_fewer_steps"),
    ]

    operations = [
        migrations.CreateModel(
            name="Charge",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("currency", models.CharField(max_length=3)),
                ("held_micro", models.BigIntegerField()),
                ("waiting", models.IntegerField()),
                ("unknown", models.IntegerField(db_default=0)),
                ("net_micro", models.BigIntegerField(db_default=0)),
                ("tax_micro", models.BigIntegerField(db_default=0)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Sender",
            fields=[
                ("account_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("minute_from", models.DateTimeField()),
                ("minute_count", models.IntegerField()),
                ("day_from", models.DateTimeField()),
                ("day_count", models.IntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="outgoing",
            name="charge_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="content",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="cost_currency",
            field=models.CharField(db_default="", max_length=3),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="cost_micro",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="currency",
            field=models.CharField(db_default="", max_length=3),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="key_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="lease_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="net_micro",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="ours",
            field=models.CharField(db_default="", max_length=16),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="parts",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="rate_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="reason",
            field=models.CharField(db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="routes",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="supplier",
            field=models.CharField(db_default="", max_length=40),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="surface",
            field=models.CharField(db_default="", max_length=12),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="tax_micro",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="outgoing",
            name="theirs_index",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="outgoing",
            name="text",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="outgoing",
            name="to",
            field=models.BinaryField(null=True),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("lease_id__isnull", False)),
                fields=["account_id", "lease_id", "id"],
                name="outgoing_of_lease",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(
                    ("charge_id__isnull", False), ("state__in", ["queued", "taken", "unknown"])
                ),
                fields=["account_id", "charge_id"],
                name="outgoing_of_charge",
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("content", None),
                        ("lease_id", None),
                        ("text__isnull", False),
                        ("to__isnull", False),
                    ),
                    models.Q(
                        ("charge_id__isnull", False),
                        ("content__isnull", False),
                        ("lease_id__isnull", False),
                        ("net_micro__isnull", False),
                        ("parts__gte", 1),
                        ("tax_micro__isnull", False),
                        ("text", None),
                        ("to", None),
                    ),
                    _connector="OR",
                ),
                name="outgoing_is_ours_or_a_priced_one_of_a_lease",
            ),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("unknown__gte", 0),
                    ("waiting__gte", 0),
                    models.Q(
                        ("closed_at", None),
                        models.Q(("unknown", 0), ("waiting", 0)),
                        _connector="OR",
                    ),
                ),
                name="charge_closed_when_nothing_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="charge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "held_micro__gte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("net_micro"), "+", models.F("tax_micro")
                        ),
                    )
                ),
                name="charge_takes_at_most_what_is_held",
            ),
        ),
        migrations.RemoveIndex(
            model_name="outgoing",
            name="outgoing_waiting",
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["carrier", "queued_at"],
                name="outgoing_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("lease_id__isnull", False), ("state", "unknown")),
                fields=["carrier", "ours", "done_at"],
                name="outgoing_of_unknown_fate",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(("lease_id__isnull", False)),
                fields=["account_id", "theirs_index", "lease_id", "id"],
                name="outgoing_of_conversation",
            ),
        ),
        migrations.CreateModel(
            name="Quiet",
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
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SendingLimits",
            fields=[
                ("account_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("per_minute", models.IntegerField()),
                ("per_day", models.IntegerField()),
                ("new_recipients_per_hour", models.IntegerField()),
                ("new_abroad_per_day", models.IntegerField()),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="sender",
            name="abroad_count",
            field=models.IntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("lease_id", models.UUIDField()),
                ("theirs_index", models.BinaryField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "lease_id", "theirs_index"), name="optout_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(_SQL, _DROP),
    ]
