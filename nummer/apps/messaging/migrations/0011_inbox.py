"""The inbox of rented numbers: what its holder wants done, what he read, and what goes on."""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__)
_BEFORE = (
    _HERE.with_name("0009_renters.sql")
    .read_text()
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0010_renters_checked")]
    operations = [
        migrations.CreateModel(
            name="Inbox",
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
                ("mailed", models.BooleanField()),
                ("reply", models.BinaryField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "lease_id",
                        "theirs_index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("lease_id", models.UUIDField()),
                ("theirs_index", models.BinaryField()),
                ("read_until", models.UUIDField(null=True)),
                ("replied_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["changed_at"], name="conversation_changed")],
            },
        ),
        migrations.CreateModel(
            name="Forward",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        "kind",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(choices=[("mail", "Mail"), ("reply", "Reply")], max_length=5),
                ),
                ("lease_id", models.UUIDField()),
                ("due_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "due_at"], name="forward_due")],
            },
        ),
        migrations.RunSQL(_HERE.with_suffix(".sql").read_text(), _BEFORE),
    ]
