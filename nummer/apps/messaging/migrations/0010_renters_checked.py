"""Look through the messages for the constraint of 0009, without locking anybody out."""

from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("messaging", "0009_renters")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE messaging_message VALIDATE CONSTRAINT message_shown_exactly_to_its_holder",
            migrations.RunSQL.noop,
        ),
    ]
