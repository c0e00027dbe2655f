"""The sequence of public activation ids; it begins high enough to look like an id."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbers", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE numbers_activation_public AS bigint START 1000001",
            "DROP SEQUENCE numbers_activation_public",
        )
    ]
