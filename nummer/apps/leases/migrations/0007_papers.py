"""When the papers that an order waited for were complete."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leases", "0006_instruction")]

    operations = [
        migrations.AddField("lease", "papers_at", models.DateTimeField(null=True)),
    ]
