"""A suspension may be about one rented number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("standing", "0003_blocked_senders")]

    operations = [
        migrations.AddField("suspension", "lease_id", models.UUIDField(null=True)),
        migrations.AddConstraint(
            "suspension",
            models.CheckConstraint(
                condition=models.Q(("lease_id", None), ("service", "rented"), _connector="OR"),
                name="suspension_of_a_number_stops_no_orders",
            ),
        ),
    ]
