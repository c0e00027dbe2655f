"""What becomes of texts is planned anew for each batch, which costs less than a wrong plan.

A plan that a session made while the table was small looks at all texts of an account for each of
a batch: seconds for a batch, until the server counts its rows again.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0017_report")]
    operations = [
        migrations.RunSQL(
            "ALTER FUNCTION messaging_fates SET plan_cache_mode = force_custom_plan",
            "ALTER FUNCTION messaging_fates SET plan_cache_mode = force_generic_plan",
        )
    ]
