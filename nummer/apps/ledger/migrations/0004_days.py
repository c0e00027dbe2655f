"""What moved on each day, added up by the roll-up (ADR 425)."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent
_ROLL_UP = "CREATE FUNCTION ledger.rollup(p_now timestamptz)"


def _as_before() -> str:
    """Return the roll-up of the first migration."""
    functions = (HERE / "0001_functions.sql").read_text()
    body = functions.partition(_ROLL_UP)[2].partition("END $$;")[0]
    return _ROLL_UP.replace("CREATE", "CREATE OR REPLACE") + body + "END $$;"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_times")]

    operations = [
        migrations.RunSQL(
            (HERE / "0004_days.sql").read_text(),
            _as_before() + " DROP VIEW ledger.day_sum; DROP TABLE ledger.day_total;",
        )
    ]
