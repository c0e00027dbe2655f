"""When a payout began to leave, so that those of a day are counted together.

For those that left before, the moment of the decision is near enough.
"""

from django.db import migrations, models
from django.db.models import F


def _fill(apps, schema_editor):
    payouts = apps.get_model("payouts", "Payout").objects
    payouts.filter(state__in=("paying", "done")).update(granted_at=F("decided_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0002_unasked"),
    ]

    operations = [
        migrations.AddField(
            model_name="payout",
            name="granted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(_fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("granted_at__isnull", False)),
                fields=["account_id", "granted_at"],
                name="payout_granted_lately",
            ),
        ),
    ]
