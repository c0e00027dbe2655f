"""Why a customer ended a lease, if he said so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leases", "0004_programs"),
    ]

    operations = [
        migrations.AddField(
            model_name="lease",
            name="leave_reason",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
    ]
