"""Cases of reports of misuse."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_access"),
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
                    ("papers", "Papers"),
                    ("abuse", "Abuse"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="standardanswer",
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
                    ("papers", "Papers"),
                    ("abuse", "Abuse"),
                ],
                max_length=10,
            ),
        ),
    ]
