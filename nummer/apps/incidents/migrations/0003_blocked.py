from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent
_REVERSE = "DROP FUNCTION incidents_suspension_has_its_block() CASCADE;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_purge"), ("standing", "0003_blocked_senders")]

    operations = [migrations.RunSQL([(HERE / "blocked.sql").read_text()], _REVERSE)]
