"""What customers said to something that they may refuse and take back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0003_together")]
    operations = [
        migrations.CreateModel(
            name="Consent",
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
                ("purpose", models.CharField(max_length=20)),
                ("given", models.BooleanField()),
                ("version", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=5)),
                ("words", models.TextField()),
                ("surface", models.CharField(max_length=12)),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["account_id", "purpose", "decided_at"], name="consent_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE, TRUNCATE ON agreements_consent FROM nummer_app",
            migrations.RunSQL.noop,
        ),
    ]
