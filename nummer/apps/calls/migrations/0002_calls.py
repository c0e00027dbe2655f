"""Calls are let go on, extended and ended by one call each."""

from pathlib import Path

from django.db import migrations

_BACK = """
DROP FUNCTION calls_open(bigint, uuid, bytea, uuid, uuid, text, bytea, bytea, text, text, uuid, uuid,
  boolean, text, integer, bigint, bigint, smallint, smallint, smallint, uuid, integer, integer,
  bigint, integer[], timestamptz, timestamptz, timestamptz);
DROP FUNCTION calls_extend(bigint, uuid, integer, integer, bigint, timestamptz, timestamptz,
  timestamptz);
DROP FUNCTION calls_close(bigint, uuid, text, timestamptz, timestamptz, integer, integer, integer,
  bigint, bigint, text, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0001_initial"),
        ("catalogue", "0011_call_rates"),
        ("leases", "0013_pieces_of_a_place"),
        ("ledger", "0002_fewer_steps"),
        ("standing", "0004_stopped_number"),
    ]
    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), _BACK)]
