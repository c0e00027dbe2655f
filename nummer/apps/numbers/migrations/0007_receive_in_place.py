"""Both functions of the way of an SMS anew, and room for its change in the activation's page.

The index of open windows no longer names the state: a first code changes it, and an update that
touches no index stays in its page (heap-only), which costs a third.
"""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__)
_BEFORE = _HERE.with_name("0003_route.sql").read_text()
_DROP = """
DROP FUNCTION numbers_receive(bigint[], uuid[], timestamptz[], boolean[], timestamptz);
DROP FUNCTION numbers_route(text[]);
"""
_DROP_NEW = """
DROP FUNCTION numbers_receive(bigint[], uuid[], timestamptz[], boolean[], timestamptz);
DROP FUNCTION numbers_route(text[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("numbers", "0006_code_rates")]
    operations = [
        migrations.RunSQL(
            _DROP + _HERE.with_suffix(".sql").read_text(),
            _DROP_NEW + _BEFORE,
        ),
        migrations.RunSQL(
            "ALTER TABLE numbers_activation SET (fillfactor = 70)",
            "ALTER TABLE numbers_activation RESET (fillfactor)",
        ),
        migrations.RemoveIndex(model_name="activation", name="activation_due"),
        migrations.AddIndex(
            model_name="activation",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["window_ends_at"],
                name="activation_due",
            ),
        ),
    ]
