"""Storing a batch keeps its plan, as the functions of numbers do (numbers, 0010).

The plan is one by indexes, or a session that began with an empty table would read all of it.
"""

from django.db import migrations

_STORE = "ALTER FUNCTION messaging_store"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_one_seal"), ("numbers", "0010_one_plan")]
    operations = [
        migrations.RunSQL(
            f"{_STORE} SET plan_cache_mode = force_generic_plan; {_STORE} SET enable_seqscan = off",
            f"{_STORE} RESET ALL",
        ),
    ]
