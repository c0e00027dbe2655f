"""What programs are owed by SMPP, and texts that their holder deleted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0014_fates"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoing",
            name="deleted",
            field=models.BooleanField(db_default=False),
        ),
        migrations.CreateModel(
            name="Pushed",
            fields=[
                ("account_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("upto", models.UUIDField()),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="outgoing",
            name="receipt_owed",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddIndex(
            model_name="outgoing",
            index=models.Index(
                condition=models.Q(
                    ("receipt_owed", True), ("state__in", ["delivered", "undelivered", "failed"])
                ),
                fields=["account_id", "id"],
                name="outgoing_receipt_owed",
            ),
        ),
    ]
