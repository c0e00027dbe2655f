"""An index to what belongs to nobody, by number: the time line of an order asks for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_purge")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX message_of_nobody ON messaging_message (e164, received_at)"
            " WHERE account_id = 0",
            "DROP INDEX message_of_nobody",
        )
    ]
