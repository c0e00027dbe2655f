"""What customers say of themselves, and the history of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_open_sessions")]
    operations = [
        migrations.CreateModel(
            name="Details",
            fields=[
                ("account_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("organisation_number", models.BinaryField(null=True)),
                ("time_zone", models.CharField(blank=True, default="", max_length=40)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ProfileChange",
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
                ("field", models.CharField(max_length=20)),
                ("before", models.BinaryField(null=True)),
                ("after", models.BinaryField(null=True)),
                ("actor", models.CharField(max_length=40)),
                ("notice", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="profilechange",
            index=models.Index(
                condition=models.Q(after__isnull=False),
                fields=["at"],
                name="profile_change_with_values",
            ),
        ),
    ]
