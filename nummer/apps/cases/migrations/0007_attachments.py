"""Files that come with messages of the page."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_desk"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
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
                ("message_id", models.UUIDField()),
                ("media", models.CharField(max_length=15)),
                ("content", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["account_id", "message_id"], name="case_files")],
            },
        ),
    ]
