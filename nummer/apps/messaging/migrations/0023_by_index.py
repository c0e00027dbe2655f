"""What accepts texts finds rows by their indexes, whatever the size of its tables was at first.

A session keeps its plan, and one made while the table was small reads the whole of it: 25,000 rows
for a text after a minute of sending, until the server counts its rows again.
"""

from django.db import migrations

_ACCEPT = "ALTER FUNCTION messaging_accept"
_SETTINGS = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


class Migration(migrations.Migration):
    dependencies = [("messaging", "0022_ended")]
    operations = [
        migrations.RunSQL(
            "; ".join(f"{_ACCEPT} SET {name} = off" for name in _SETTINGS),
            "; ".join(f"{_ACCEPT} RESET {name}" for name in _SETTINGS),
        )
    ]
