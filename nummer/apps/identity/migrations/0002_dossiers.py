"""Dossiers that go to suppliers, and when papers are purged."""

from datetime import timedelta

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import F, Q

KEPT = timedelta(days=30)


def plan_purges(apps, schema_editor):
    """Look at papers that were judged before this a month after their judgement."""
    apps.get_model("identity", "Papers").objects.filter(judged_at__isnull=False).update(
        purge_at=F("judged_at") + KEPT
    )


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial")]

    operations = [
        migrations.AlterField("Papers", "declared", models.BinaryField(null=True)),
        migrations.AlterField("Document", "content", models.BinaryField(null=True)),
        migrations.AddField("Papers", "purge_at", models.DateTimeField(null=True)),
        migrations.AddField("Papers", "purged_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "Papers",
            models.Index(
                fields=["purge_at"],
                name="papers_to_purge",
                condition=Q(purge_at__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "Papers",
            models.CheckConstraint(
                condition=Q(purged_at=None, declared__isnull=False)
                | Q(purged_at__isnull=False, purge_at=None, declared=None, words=None),
                name="papers_purged_are_empty",
            ),
        ),
        migrations.CreateModel(
            name="Transfer",
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
                ("papers_id", models.UUIDField()),
                ("supplier", models.CharField(max_length=20)),
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                (
                    "documents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("accepted", "accepted"),
                            ("refused", "refused"),
                        ],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("sending_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("judged_at", models.DateTimeField(null=True)),
                ("said", models.BinaryField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account_id", "papers_id"], name="transfers_of_papers")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(verdict="pending", judged_at=None)
                        | (
                            ~Q(verdict="pending")
                            & Q(judged_at__isnull=False, sent_at__isnull=False)
                        ),
                        name="transfer_is_judged_once_sent",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Acknowledgement",
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
                (
                    "fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                (
                    "documents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=10), size=None
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunPython(plan_purges, migrations.RunPython.noop),
    ]
