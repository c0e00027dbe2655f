"""Sessions that their owner sees and ends, and an end for the record of sign-ins."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_reading_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenSession",
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
                ("login_id", models.BigIntegerField()),
                ("key", models.BinaryField()),
                ("mark", models.BinaryField()),
                ("ip", models.BinaryField()),
                ("agent", models.BinaryField()),
                ("method", models.CharField(max_length=20)),
                ("begun_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="loginactivity",
            index=models.Index(fields=["at"], name="login_activity_by_age"),
        ),
        migrations.AddIndex(
            model_name="opensession",
            index=models.Index(fields=["account_id", "login_id"], name="open_session_of_login"),
        ),
        migrations.AddIndex(
            model_name="opensession",
            index=models.Index(fields=["seen_at"], name="open_session_by_age"),
        ),
    ]
