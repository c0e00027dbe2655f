"""Cases about papers that were handed in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_port_out")]

    operations = [
        migrations.AlterField(
            "Case",
            "kind",
            models.CharField(
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
                ],
                max_length=10,
            ),
        ),
    ]
