"""A kind of case for numbers that are taken to another provider."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_latest_found"),
    ]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="kind",
            field=models.CharField(
                choices=[
                    ("question", "Question"),
                    ("refund", "Refund"),
                    ("outage", "Outage"),
                    ("withdrawal", "Withdrawal"),
                    ("payout", "Payout"),
                    ("erasure", "Erasure"),
                    ("copy", "Copy"),
                    ("complaint", "Complaint"),
                    ("port-out", "Port Out"),
                ],
                max_length=10,
            ),
        ),
    ]
